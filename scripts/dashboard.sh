#!/usr/bin/env bash
# Builds the dashboard into dashboard/dist when its sources changed since it was built last. `UI=skip` leaves it as it is.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"

stamp=.build-stamp
sources=(src public ../docs/reference/errors.md index.html package.json package-lock.json vite.config.ts tsconfig.json postcss.config.cjs)

[ "${UI:-}" = skip ] && exit 0
if [ -f dist/index.html ] && [ -f "$stamp" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then
  exit 0
fi

../scripts/dashboard-modules.sh

started=$(mktemp)
trap 'rm -f "$started"' EXIT
npm run build
# What changed while it was built is built next time.
touch -r "$started" "$stamp"
