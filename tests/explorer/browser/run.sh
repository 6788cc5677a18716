#!/bin/bash
# Starts the gateway on its sandbox and uses its explorer in Chromium; then the status page, on made-up figures.
#
#   run.sh         the gateway of this checkout (.venv)
#   run.sh URL     the explorer of a gateway that runs already
#
# SCREENSHOTS=folder keeps the pictures there (else build/explorer); CHROMIUM=path names another browser;
# SCREENSHOT_FOR_README=path makes the README's picture anew (docs/pages/images/explorer.png).
# Needs Node 20; on Debian, Chromium is installed if it is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
screenshots=${SCREENSHOTS:-$repository/build/explorer}
if [[ -n ${SCREENSHOT_FOR_README:-} ]]; then
  SCREENSHOT_FOR_README=$(realpath -m "$SCREENSHOT_FOR_README")
  export SCREENSHOT_FOR_README
fi
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

say() { echo "explorer-check: $*" >&2; }

command -v npm > /dev/null || { say "Node 20 or newer with npm is needed."; exit 2; }
if [[ ! -x $CHROMIUM ]]; then
  command -v apt-get > /dev/null || { say "$CHROMIUM was not found: install Chromium and set CHROMIUM."; exit 2; }
  say "installing Chromium ..."
  root=(); [[ $(id -u) == 0 ]] || root=(sudo)
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq chromium > /dev/null
fi
if [[ ! $here/node_modules/.package-lock.json -nt $here/package-lock.json ]]; then
  (cd "$here" && npm ci --silent)
fi

if [[ $# -gt 0 ]]; then
  exec node "$here/check.mjs" "$1" "$screenshots"
fi

state=$(mktemp -d)
gateway=
figures=
stop() {
  for process in $gateway $figures; do { kill -TERM "$process" 2> /dev/null && wait "$process"; } || true; done
  rm -rf "$state"
}
trap stop EXIT

# In a folder of its own, so that no settings file is found and nothing is left behind.
cd "$state"
NO_COLOR=1 COLUMNS=200 PYTHONUNBUFFERED=1 "$repository/.venv/bin/gateway" serve --sandbox --port 0 > log 2>&1 &
gateway=$!

# The stand-ins may print addresses too: the gateway's is the one that serves the page.
page=
for _ in $(seq 120); do
  for url in $(grep -oE 'http://127\.0\.0\.1:[0-9]+/' log | sort -u); do
    if node "$here/is-explorer.mjs" "$url"; then page=$url; break 2; fi
  done
  kill -0 "$gateway" 2> /dev/null || break
  sleep 0.5
done
if [[ -z $page ]]; then
  say "the gateway did not come up:"
  cat log >&2
  exit 1
fi
good=0
node "$here/check.mjs" "$page" "$screenshots" || { say "what the gateway said last:"; tail -n 40 log >&2; good=1; }

"$repository/.venv/bin/python" "$here/status_page.py" "$here/trace.json" > figures.log 2>&1 &
figures=$!
for _ in $(seq 120); do
  grep -q '^http' figures.log && break
  kill -0 "$figures" 2> /dev/null || break
  sleep 0.5
done
grep -q '^http' figures.log || { say "the status page did not come up:"; cat figures.log >&2; exit 1; }
node "$here/status.mjs" "$(grep -m 1 '^http' figures.log)" "$screenshots" || { cat figures.log >&2; good=1; }
exit $good
