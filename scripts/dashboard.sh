#!/usr/bin/env bash
# Builds the dashboard into dashboard/dist when its sources changed since it was built last. `UI=skip` leaves it as it is.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"

stamp=.build-stamp
sources=(src public index.html package.json package-lock.json vite.config.ts tsconfig.json postcss.config.cjs)

[ "${UI:-}" = skip ] && exit 0
if [ -f dist/index.html ] && [ -f "$stamp" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then
  exit 0
fi

found=$( (command -v npm >/dev/null && node --version 2>/dev/null | tr -d v) || true)
if [ -z "$found" ] || [ "$(printf '%s\n' 20.19.0 "$found" | sort -V | head -n1)" != 20.19.0 ]; then
  echo "Node 20.19 or later with npm is needed to build the dashboard (found: ${found:-none}). Install it, or go without: make run UI=skip" >&2
  exit 1
fi

started=$(mktemp)
trap 'rm -f "$started"' EXIT
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi
npm run build
# What changed while it was built is built next time.
touch -r "$started" "$stamp"
