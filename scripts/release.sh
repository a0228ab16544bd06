#!/usr/bin/env bash
# Builds target/release/waypost as releases are built: guided by a profile of traffic, where the machine has the
# `llvm-profdata` that belongs to this Rust; without it, as `make build` does. The profile is kept with the build and made
# anew by `scripts/release.sh profile`.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
profile=$(realpath -m "$target")/waypost.profdata
build=(build --release --locked -p waypost-server --bin waypost)

llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
tool=
for found in "$(rustc --print sysroot)"/lib/rustlib/*/bin/llvm-profdata "$(command -v "llvm-profdata-$llvm" || true)" \
  "/usr/lib/llvm-$llvm/bin/llvm-profdata"; do
  [ -x "$found" ] && tool=$found && break
done

if [ -z "$tool" ]; then
  echo "Without llvm-profdata for LLVM $llvm (rustup component add llvm-tools, or Debian's llvm-$llvm): not profile-guided." >&2
  exec "$cargo" "${build[@]}"
fi

if [ "${1:-}" = profile ] || [ ! -f "$profile" ]; then
  raw=$(mktemp -d)
  trap 'rm -rf "$raw"' EXIT
  "$cargo" build --release --locked -p waypost-bench --bin waypost-bench
  RUSTFLAGS="-Cprofile-generate=$raw" "$cargo" "${build[@]}" --target-dir "$target/profile"
  LLVM_PROFILE_FILE="$raw/%p.profraw" "$target/release/waypost-bench" train "$target/profile/release/waypost"
  "$tool" merge -o "$profile" "$raw"/*.profraw
fi

# What the traffic of the training never reached is compiled as usual; that is no news.
RUSTFLAGS="-Cprofile-use=$profile -Cllvm-args=-pgo-warn-missing-function=false" "$cargo" "${build[@]}" --target-dir "$target/guided"
mkdir -p "$target/release"
cp "$target/guided/release/waypost" "$target/release/waypost"
