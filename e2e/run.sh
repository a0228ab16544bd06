#!/usr/bin/env bash
# Official SDKs against the real gateway: the Python lane, then the Node lane. `e2e/run.sh [python|node] [arguments of the lane]`.
#
# WAYPOST_BIN and TESTPROVIDER_BIN name the binaries; without them the newest build under target/ is taken.
# What is missing is installed below .cache/ and sdk-node/node_modules/. Exit code: 0 only when both lanes passed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
install_seconds=600
lane_seconds=900

say() { printf 'e2e: %s\n' "$*" >&2; }
fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }

# Runs an installation unless the files it depends on are those of the last one that succeeded.
once() {
    local stamp=$1 wanted=$2
    shift 2
    [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return 0
    "$@" || return 1
    printf '%s\n' "$wanted" >"$stamp"
}

find_python() {
    local name
    for name in python3.11 python3 python3.12 python3.13; do
        "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && {
            command -v "$name"
            return 0
        }
    done
    return 1
}

install_python() {
    local python=$1 venv=$2
    rm -rf "$venv"
    "$python" -m venv "$venv" &&
        timeout "$install_seconds" "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$here/sdk-python/requirements.txt"
}

python_lane() {
    local venv=$root/.cache/e2e-python python
    python=$(find_python) || {
        say "the Python lane needs Python 3.11 or newer with venv (apt-get install python3 python3-venv)"
        return 1
    }
    mkdir -p "$root/.cache"
    once "$venv/.installed" "$("$python" --version) $(fingerprint "$here/sdk-python/requirements.txt")" \
        install_python "$python" "$venv" || {
        say "the packages of sdk-python/requirements.txt could not be installed"
        return 1
    }
    (cd "$here/sdk-python" && timeout -k 20 "$lane_seconds" "$venv/bin/python" -B -m pytest -p no:cacheprovider "$@")
}

install_node() { (cd "$here/sdk-node" && timeout "$install_seconds" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); }

node_lane() {
    node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor < 2011 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || {
        say "the Node lane needs Node 20.11 or newer with npm"
        return 1
    }
    once "$here/sdk-node/node_modules/.installed" "$(fingerprint "$here/sdk-node/package-lock.json")" install_node || {
        say "the packages of sdk-node/package-lock.json could not be installed"
        return 1
    }
    (cd "$here/sdk-node" && timeout -k 20 "$lane_seconds" node --test --test-concurrency=1 --test-timeout=120000 "$@")
}

for variable in WAYPOST_BIN TESTPROVIDER_BIN; do
    path=${!variable:-}
    [[ -z $path || -x $path ]] || {
        say "$variable names $path, which is not there"
        exit 1
    }
done

failed=()
case ${1:-all} in
    python | node)
        lane=$1
        shift
        "${lane}_lane" "$@" || failed+=("$lane")
        ;;
    all)
        python_lane || failed+=(python)
        node_lane || failed+=(node)
        ;;
    *)
        say "usage: e2e/run.sh [python|node] [arguments of the lane]"
        exit 2
        ;;
esac
if ((${#failed[@]})); then
    say "failed: ${failed[*]}"
    exit 1
fi
