#!/usr/bin/env bash
# Joins the gateway to other services by Apollo Federation (Apollo's and Hive's gateways) and by schema stitching
# (graphql-tools, and Hive Gateway with and without Mesh Compose).
# Usage: run.sh [COMMAND ...]   the command serves the gateway and prints its address; by default the sandbox
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
gateway="$root/.venv/bin/gateway"
if [ $# -eq 0 ]; then
  set -- "$gateway" serve --sandbox --port 0
fi

command -v npm >/dev/null || { echo "npm is needed for the gateways to join it to." >&2; exit 2; }
[ "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ] || (cd "$here" && npm ci --silent --no-audit --no-fund)

kept=$(mktemp -d)
"$@" >"$kept/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$kept"' EXIT
"$gateway" schema print --federation >"$kept/federation.graphql"
"$gateway" schema print --stitching >"$kept/stitching.graphql"

url=
for _ in $(seq 300); do
  url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$kept/log" | head -n 1 || true)
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  echo "The gateway did not say where it listens:" >&2
  cat "$kept/log" >&2
  exit 1
fi

node "$here/check.mjs" "$url/graphql" "$kept/federation.graphql" "$kept/stitching.graphql"
