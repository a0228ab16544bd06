#!/usr/bin/env bash
# Says in one line what a lane needs and this machine lacks; installs Debian packages where it may.
# `scripts/tools.sh [build|test|bench]`
set -euo pipefail

lane=${1:-build}
missing=()
want() { command -v "$1" >/dev/null || missing+=("${@:2}"); }

command -v cargo >/dev/null || { echo "Rust is missing: install Rust 1.95 or later (rustup.rs), then run this again." >&2; exit 1; }
version=$(rustc --version | awk '{print $2}')
if [ "$(printf '%s\n' 1.95.0 "$version" | sort -V | head -n1)" != "1.95.0" ]; then
  echo "Rust $version is too old: Waypost needs 1.95 or later (rustup update)." >&2
  exit 1
fi
want cc gcc libc6-dev
want c++ g++
if [ "$lane" = test ]; then
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
  command -v node >/dev/null || { echo "Node is missing: the Node lane needs Node 20 or later." >&2; exit 1; }
  want chromium chromium
fi
if [ "$lane" = bench ]; then
  PATH="$PATH:/usr/sbin" want nginx nginx-light
  # Releases are guided by a profile; without the tool for it the bench measures a plain build.
  llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
  apt-cache show "llvm-$llvm" >/dev/null 2>&1 && want "llvm-profdata-$llvm" "llvm-$llvm"
fi

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Missing: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
