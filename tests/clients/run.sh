#!/usr/bin/env bash
# Runs the examples of docs/snippets/clients, and the tools that apps are built with, against the gateway on its sandbox.
# Usage: make clients-check; needs Node 20, .venv and .venv/clients. What it makes stays in build/clients.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
built=$root/build/clients
bin=$here/node_modules/.bin
python=$root/.venv/clients/bin/python

say() { echo "clients-check: $*" >&2; }

command -v npm >/dev/null || { say "Node 20 or newer with npm is needed."; exit 2; }
if [[ ! $here/node_modules/.package-lock.json -nt $here/package-lock.json ]]; then
  say "installing the clients for JavaScript (once) ..."
  (cd "$here" && npm ci --silent)
fi
# The very files of the snippets, beside what they need: the schema, the packages and the checks.
rm -rf "$built"
mkdir -p "$built"
cp -r "$root/docs/snippets/clients" "$built/snippets"
cp -r "$here"/{checks,package.json,tsconfig.json,eslint.config.js,bundle.mjs} "$root/schema.graphql" "$built"
cp "$root/schema.graphql" "$built/snippets/schema.graphql"
ln -s "$here/node_modules" "$built/node_modules"
cp -r "$built/snippets/relay" "$built/snippets/relay-persisted"
for relay in relay relay-persisted; do
  mkdir "$built/snippets/$relay/checks"
  cp "$built/checks/relay.ts" "$built/snippets/$relay/checks/relay.ts"
done
rm "$built/checks/relay.ts"

declare -A gateways=()
stop() {
  for server in "${gateways[@]}"; do kill "$server" 2>/dev/null || true; done
  for server in "${gateways[@]}"; do wait "$server" 2>/dev/null || true; done
}
trap stop EXIT

# serve NAME SETTINGS: starts a gateway in a folder of its own; its address is told by `address NAME`.
serve() {
  mkdir -p "$built/gateways/$1"
  printf '%s\n' "$2" >"$built/gateways/$1/gateway.toml"
  (cd "$built/gateways/$1" && NO_COLOR=1 COLUMNS=200 PYTHONUNBUFFERED=1 exec "$root/.venv/bin/gateway" serve --sandbox --port 0) \
    >"$built/gateways/$1/log" 2>&1 &
  gateways[$1]=$!
}

address() {
  local log=$built/gateways/$1/log found=
  for _ in $(seq 1200); do
    found=$(grep -oE 'http://127\.0\.0\.1:[0-9]+/graphql' "$log" | head -n 1 || true)
    [[ -n $found ]] && { echo "$found"; return; }
    kill -0 "${gateways[$1]}" 2>/dev/null || break
    sleep 0.1
  done
  say "the gateway $1 did not come up:"
  cat "$log" >&2
  return 1
}

report=$built/report
: >"$report"

# later TEXT COMMAND ...: a claim that is told at the end, while the suites run.
later() {
  pending=$((pending + 1))
  claim "$@" >"$built/later.$pending" &
  waiting+=($!)
}
pending=0
waiting=()

# claim TEXT COMMAND ...: one line; where the command fails, what it said.
claim() {
  local text=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok   $text"; else echo "FAIL $text"; sed 's/^/       /' <<<"$said"; fi | tee -a "$report"
}

# A suite that ends badly without a line of its own is a failure, too.
suite() {
  local before
  before=$(grep -c '^FAIL' "$report" || true)
  timeout 300 "$@" 2>"$built/stderr" | tee -a "$report" || {
    if [[ $(grep -c '^FAIL' "$report" || true) == "$before" ]]; then
      { echo "FAIL $*"; tail -n 20 "$built/stderr" | sed 's/^/       /'; } | tee -a "$report"
    fi
  }
}

in_folder() { (cd "$1" && shift && "$@"); }

origins='origins = ["https://app.example.com"]'
key=clients-check-$(date +%s)
hash=$("$root/.venv/bin/gateway" hash-key <<<"$key" 2>/dev/null)
serve plain "[server]
$origins"
serve keyed "[server]
$origins
[callers]
anonymous = []
[[callers.api_keys]]
name = \"app\"
$hash
organizations = [\"*\"]
scopes = [\"read\", \"members:write\"]"

claim "eslint: the schema keeps graphql-eslint's rules, Relay's among them" in_folder "$built" "$bin/eslint" --max-warnings 0 schema.graphql
# Not the rules that want everything in the order of the alphabet; not for the names that Federation and schema stitching ask for.
claim "graphql-schema-linter: all is described and named as usual" "$bin/graphql-schema-linter" \
  --rules arguments-have-descriptions,defined-types-are-used,deprecations-have-a-reason,descriptions-are-capitalized,enum-values-all-caps,enum-values-have-descriptions,fields-are-camel-cased,fields-have-descriptions,input-object-values-are-camel-cased,input-object-values-have-descriptions,relay-connection-types-spec,relay-connection-arguments-spec,relay-page-info-spec,types-are-capitalized,types-have-descriptions \
  --ignore '{"fields-are-camel-cased": ["Query._entities", "Query._service", "Query._sdl"], "types-are-capitalized": ["_Service", "_Any", "_Entity"]}' "$built/schema.graphql"
claim "relay-compiler: an app's fragments compile" in_folder "$built/snippets/relay" "$bin/relay-compiler" relay.config.json
echo '{}' >"$built/snippets/relay-persisted/persisted.json" # the compiler adds to it
claim "relay-compiler: the same with persisted queries" in_folder "$built/snippets/relay-persisted" "$bin/relay-compiler" relay.persisted.config.json
claim "graphql-codegen: types and a manifest are written" in_folder "$built/snippets/graphql-codegen" "$bin/graphql-codegen" --config codegen.ts
claim "generate-persisted-query-manifest: a manifest is written" in_folder "$built/snippets/apollo" \
  "$bin/generate-persisted-query-manifest" --config persisted-query-manifest.config.json
claim "gql.tada: the schema is read" in_folder "$built/snippets/gql-tada" "$bin/gql.tada" generate output
later "gql.tada: its own check finds nothing" in_folder "$built/snippets/gql-tada" "$bin/gql.tada" check
claim "ariadne-codegen: a client is written" in_folder "$built/snippets/ariadne-codegen" "${python%/*}/ariadne-codegen"

trusting() { printf '[server]\n%s\n[documents]\nmanifest = "%s"\ntrusted_only = true' "$origins" "$1"; }
serve codegen "$(trusting "$built/snippets/graphql-codegen/generated/persisted-documents.json")"
serve apollo "$(trusting "$built/snippets/apollo/persisted-query-manifest.json")"
serve relay "$(trusting "$built/snippets/relay-persisted/persisted.json")"

later "tsc --strict: every example and check" in_folder "$built" "$bin/tsc" -p .

GATEWAY=$(address plain)
GATEWAY_KEYED=$(address keyed)
GATEWAY_KEY=$key
export GATEWAY GATEWAY_KEYED GATEWAY_KEY
claim "graphql-codegen: the gateway takes its manifest" address codegen
claim "generate-persisted-query-manifest: the gateway takes its manifest" address apollo
claim "relay-compiler: the gateway takes its file" address relay
GATEWAY_APOLLO=$(address apollo 2>/dev/null || true)
GATEWAY_CODEGEN=$(address codegen 2>/dev/null || true)
GATEWAY_RELAY=$(address relay 2>/dev/null || true)
export GATEWAY_APOLLO GATEWAY_CODEGEN GATEWAY_RELAY

cd "$built"
for client in apollo urql graphql-request graphql-ws graphql-sse graphql-codegen gql-tada; do
  suite "$bin/tsx" "checks/$client.ts"
done
for relay in relay relay-persisted; do
  claim "$relay: its page is bundled" node bundle.mjs "snippets/$relay/checks/relay.ts" "$relay.mjs"
  suite node "$relay.mjs"
done
for client in gql ariadne-codegen; do
  PYTHONPATH=$built/snippets/$client suite "$python" "checks/$(tr - _ <<<"$client")_client.py"
done

wait "${waiting[@]}" || true
cat "$built"/later.*

failed=$(grep -c '^FAIL' "$report" || true)
echo "$(grep -c '^ok' "$report" || true) passed, $failed failed"
[[ $failed == 0 ]]
