#!/usr/bin/env bash
# Says in one line what a build needs and this machine lacks; installs Debian packages where it may.
set -euo pipefail

missing=()
command -v cargo >/dev/null || { echo "Rust is missing: install Rust 1.95 or later (rustup.rs), then run this again." >&2; exit 1; }
version=$(rustc --version | awk '{print $2}')
if [ "$(printf '%s\n' 1.95.0 "$version" | sort -V | head -n1)" != "1.95.0" ]; then
  echo "Rust $version is too old: Waypost needs 1.95 or later (rustup update)." >&2
  exit 1
fi
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v c++ >/dev/null || missing+=(g++)
command -v cmake >/dev/null || missing+=(cmake)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Missing: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
