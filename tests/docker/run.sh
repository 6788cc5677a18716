#!/usr/bin/env bash
# Builds the image, runs it as a cluster would, brings up compose.yaml, renders the Kubernetes manifests. Every check is for real.
# Needs root on Debian, or a Docker daemon. What takes long is kept in $scratch for the next time; remove it at will.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
python=$PWD/.venv/containers/bin/python
scratch=${SCRATCH:-${TMPDIR:-/tmp}/organization-gateway-containers}
project=organization-gateway-check
image=organization-gateway:check
export IMAGE=$image FIRST_PORT=${FIRST_PORT:-18000} SECOND_PORT=${SECOND_PORT:-18001}
port=${PORT:-18002}
mkdir -p "$scratch"
# shellcheck source=tests/docker/engine.sh
. tests/docker/engine.sh

good=0 bad=0
check() { # check CLAIM COMMAND...
  local claim=$1 said
  shift
  if said=$("$@" 2>&1); then
    good=$((good + 1)) && echo "ok    $claim"
  else
    bad=$((bad + 1)) && echo "FAIL  $claim" && sed 's/^/      /' <<<"$said" | tail -n 15
  fi
}
refused() { ! "$@"; }
until_good() { # until_good SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.5
  done
}
says() { # says TEXT COMMAND...
  local text=$1 said
  shift
  said=$("$@" 2>&1)
  grep -qF -- "$text" <<<"$said" || { echo "$said" && return 1; }
}
ends_with() { # ends_with CODE COMMAND...
  local code=$1
  shift
  "$@"
  [ $? = "$code" ]
}

compose_() { "${compose[@]}" -p "$project" -f docker/compose.yaml "$@"; }
clean_up() {
  "$engine" rm --force --volumes gateway-check >/dev/null 2>&1
  compose_ down --volumes >/dev/null 2>&1
}

# confined NAME [OPTION...] -- [ARGUMENT...]: the image, run as restricted as a cluster does it
confined() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  "$engine" run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges "${options[@]}" "$image" "$@"
}
inside() { "$engine" exec gateway-check "$@"; }
ask() { curl --silent --show-error --fail --max-time 10 "$@"; }

stopped_cleanly() { # stopped_cleanly CONTAINER: SIGTERM is enough, within ten seconds, and the exit code is 0
  local began=$SECONDS
  "$engine" stop -t 30 "$1" >/dev/null
  [ $((SECONDS - began)) -le 10 ] && [ "$("$engine" inspect --format '{{.State.ExitCode}}' "$1")" = 0 ]
}
label() { "$engine" image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$1\"}}" "$image"; }
prints_the_schema() { confined --rm -- schema print | diff - schema.graphql; }
is_stuck() { "$engine" kill --signal STOP gateway-check >/dev/null && until_good 60 refused healthy gateway-check; }

check_image() {
  check "the image is built from the locked requirements" build . docker/Dockerfile "$image"
  check "its label names the version" says "$(.venv/bin/gateway --version | cut -d' ' -f2)" label version
  check "it runs commands: it prints the schema" prints_the_schema
  check "a wrong setting ends it with 2" ends_with 2 confined --rm --env GATEWAY_SERVER__PROT=1 --
  check "and is named" says GATEWAY_SERVER__PROT confined --rm --env GATEWAY_SERVER__PROT=1 --
  check "production without credentials does not start" ends_with 2 confined --rm --env GATEWAY_PROFILE=production --

  check "it starts with a read-only root, without capabilities" \
    confined --detach --name gateway-check --publish "127.0.0.1:$port:8000" --
  check "it answers on its port" until_good 60 ask --output /dev/null "http://127.0.0.1:$port/livez"
  check "it is ready" until_good 60 ask --output /dev/null "http://127.0.0.1:$port/readyz"
  check "it serves GraphiQL" says "<!doctype html>" ask --header "accept: text/html" "http://127.0.0.1:$port/"
  check "it answers queries" says Acme ask "http://127.0.0.1:$port/graphql" --header "content-type: application/json" \
    --data '{"query": "{ organization(id: \"acme\") { name } }"}'
  check "it is not root" says 10001:10001 inside /bin/sh -c 'echo "$(id -u):$(id -g)"'
  check "its root cannot be written" says "Read-only file system" inside touch /etc/gateway/x
  check "its state can" inside touch /var/lib/gateway/x
  check "it holds no more than it runs" inside /bin/sh -c 'test -d /opt/gateway/lib/python3*/site-packages/gateway \
    && ! test -e /src && ! test -e /opt/gateway/lib/python3*/site-packages/hatchling && ! test -e /opt/gateway/bin/pip'
  check "its HEALTHCHECK is good" until_good 60 healthy gateway-check
  check "its HEALTHCHECK is bad when it hangs" is_stuck
  "$engine" kill --signal CONT gateway-check >/dev/null
  check "SIGTERM ends it cleanly" stopped_cleanly gateway-check
  "$engine" rm --force --volumes gateway-check >/dev/null

  check "it starts in production, for one host name" confined --detach --name gateway-check --env GATEWAY_PROFILE=production \
    --env GATEWAY_SERVER__HOSTS=graph.example.com --publish "127.0.0.1:$port:8000" -- serve --sandbox
  check "its HEALTHCHECK is good there, too" until_good 60 healthy gateway-check
  check "it refuses other host names" says 400 \
    curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$port/livez"
  check "SIGTERM ends it cleanly in production" stopped_cleanly gateway-check
  "$engine" rm --force --volumes gateway-check >/dev/null

  check "with EXTRAS=otel it is built, too" build . docker/Dockerfile "$image-otel" --build-arg EXTRAS=otel
  check "and can send spans" "$engine" run --rm --entrypoint /opt/gateway/bin/python "$image-otel" \
    -c "import opentelemetry.exporter.otlp.proto.http.trace_exporter"
}

check_composition() {
  local each
  check "compose.yaml comes up" compose_ up --detach --no-build
  for each in valkey sandbox first second; do
    check "$each is healthy" until_good 90 healthy "$(part_of "$each")"
  done
  replicas() { .venv/bin/python tests/docker/replicas.py "http://127.0.0.1:$FIRST_PORT" "http://127.0.0.1:$SECOND_PORT" "$1"; }
  for each in explorer upstreams cache invalidation idempotency conflict; do
    check "two replicas: $each" replicas "$each"
  done
  check "the ledger of writes stands in Valkey" says :write: \
    "$engine" exec "$(part_of valkey)" valkey-cli --scan --pattern '*:write:*'
  check "one replica stops cleanly" stopped_cleanly "$(part_of first)"
  check "the other one answers alone" replicas alone
  check "the first one starts again" "$engine" start "$(part_of first)"
  check "and is healthy" until_good 90 healthy "$(part_of first)"
  check "two replicas: idempotency, after the start" replicas idempotency
  check "Valkey stops" "$engine" stop -t 10 "$(part_of valkey)"
  check "without Valkey both answer" replicas upstreams
  for each in second sandbox; do
    check "$each stops cleanly" stopped_cleanly "$(part_of "$each")"
  done
}

check_manifests() {
  local kustomize each
  if command -v kustomize >/dev/null; then kustomize=(kustomize build)
  elif command -v kubectl >/dev/null; then kustomize=(kubectl kustomize)
  else echo "skip  the Kubernetes manifests: neither kustomize nor kubectl is here" && return
  fi
  for each in docker/kubernetes/overlays/*/; do
    each=$(basename "$each")
    check "kustomize renders $each" "${kustomize[@]}" "docker/kubernetes/overlays/$each" --output "$scratch/$each.yaml"
    check "$each fits the schemas of Kubernetes" "$python" -m kubernetes_validate --strict "$scratch/$each.yaml"
  done
}

set_up_engine
set_up_images
trap clean_up EXIT
clean_up
check_image
check_composition
check_manifests
echo
echo "$good checks are good, $bad are not ($engine)."
[ "$bad" = 0 ]
