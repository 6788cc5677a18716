#!/usr/bin/env bash
# Holds the gateway against the audits of GraphQL over HTTP (npm: graphql-http).
# Usage: run.sh [COMMAND ...]   the command serves the gateway and prints its address; by default the sandbox
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ $# -eq 0 ]; then
  set -- "$root/.venv/bin/gateway" serve --sandbox --port 0
fi

command -v npm >/dev/null || { echo "npm is needed for the audits." >&2; exit 2; }
[ -d "$here/node_modules/graphql-http" ] || (cd "$here" && npm ci --silent --no-audit --no-fund)

log=$(mktemp)
"$@" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT

url=
for _ in $(seq 150); do
  url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$log" | head -n 1 || true)
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  echo "The gateway did not say where it listens:" >&2
  cat "$log" >&2
  exit 1
fi

node "$here/audit.mjs" "$url/graphql"
