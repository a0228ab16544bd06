#!/usr/bin/env bash
# Installs what the dashboard is built with, when its lock file changed since; says in one line when Node is missing or too old.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"

found=$( (command -v npm >/dev/null && node --version 2>/dev/null | tr -d v) || true)
if [ -z "$found" ] || [ "$(printf '%s\n' 20.19.0 "$found" | sort -V | head -n1)" != 20.19.0 ]; then
  echo "Node 20.19 or later with npm is needed for the dashboard (found: ${found:-none}). Install it, or go without: UI=skip" >&2
  exit 1
fi
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  # Untouched where nothing changed, it would look older than the lock file for ever.
  touch node_modules/.package-lock.json
fi
