#!/usr/bin/env bash
# The dashboard's types and lints, and that its description of the management API is the one that the gateway gives.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "${UI:-}" = skip ] && exit 0
scripts/dashboard-modules.sh

described=$(mktemp)
typed=$(mktemp --suffix=.d.ts)
trap 'rm -f "$described" "$typed"' EXIT
${CARGO:-cargo} run -q --locked -p waypost-server --bin waypost -- openapi >"$described"
# The order of members says nothing, and differs from run to run.
sorted() {
  node -e 'const sort = (v) => Array.isArray(v) ? v.map(sort) : v && typeof v === "object"
    ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sort(v[k])])) : v;
    console.log(JSON.stringify(sort(JSON.parse(require("fs").readFileSync(0, "utf8")))))' <"$1"
}
if [ "$(sorted "$described")" != "$(sorted dashboard/openapi.json)" ]; then
  echo "dashboard/openapi.json is not what the gateway describes. Write it anew:" >&2
  echo "  cargo run -p waypost-server -- openapi > dashboard/openapi.json && npm --prefix dashboard run types" >&2
  exit 1
fi
cd dashboard
npx openapi-typescript openapi.json --empty-objects-unknown -o "$typed" >/dev/null
if ! cmp -s "$typed" src/api/schema.d.ts; then
  echo "dashboard/src/api/schema.d.ts is not what openapi.json gives. Write it anew: npm --prefix dashboard run types" >&2
  exit 1
fi
npm run --silent check
