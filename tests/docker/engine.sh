# What runs containers here: Docker where its daemon answers; else podman, installed from Debian, with a store of its own.
# Sets: engine (docker or podman), compose. Reads: scratch, python.
# shellcheck shell=bash

image_of_python=docker.io/library/python:3.11-slim-bookworm
image_of_valkey=docker.io/valkey/valkey:8.1

set_up_engine() {
  if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
    engine=docker compose=(docker compose)
    return
  fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "No Docker daemon answers here: start one, or run this as root on Debian, where podman is installed." >&2
    exit 2
  fi
  local packages=(podman buildah runc netavark aardvark-dns iptables debootstrap)
  if ! dpkg --status "${packages[@]}" >/dev/null 2>&1; then
    echo "Installing ${packages[*]} ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  fi
  engine=podman compose=("$python" -m podman_compose)
  set_up_podman
}

# Inside a container or a small virtual machine: no systemd, no cgroups to manage, and maybe no right to raise limits.
set_up_podman() {
  mkdir -p "$scratch/bin"
  cat > "$scratch/containers.conf" <<TOML
[containers]
default_ulimits = []
[network]
network_backend = "netavark"
[engine.runtimes]
runc = ["$scratch/bin/runc"]
TOML
  cat > "$scratch/bin/runc" <<'SCRIPT'
#!/usr/bin/env python3
"""runc; where CAP_SYS_RESOURCE is missing, containers get no limits of their own, which could not be set."""
import json, os, pathlib, sys

arguments = sys.argv[1:]
status = pathlib.Path("/proc/self/status").read_text()
effective = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)
if not effective >> 24 & 1 and "--bundle" in arguments:
    file = pathlib.Path(arguments[arguments.index("--bundle") + 1], "config.json")
    config = json.loads(file.read_text())
    if config["process"].pop("rlimits", None) is not None:
        file.write_text(json.dumps(config))
os.execv("/usr/sbin/runc", ["runc", *arguments])
SCRIPT
  cat > "$scratch/bin/podman" <<SCRIPT
#!/bin/sh
export CONTAINERS_CONF=$scratch/containers.conf
exec /usr/bin/podman --root $scratch/store --runroot $scratch/run --cgroup-manager cgroupfs --events-backend file \
  --log-level fatal --runtime runc "\$@"
SCRIPT
  chmod +x "$scratch"/bin/*
  PATH="$scratch/bin:$PATH"
}

# build CONTEXT DOCKERFILE TAG [OPTION...]
build() {
  local context=$1 file=$2 tag=$3
  shift 3
  if [ "$engine" = docker ]; then
    docker build --quiet --file "$file" --tag "$tag" "$@" "$context"
  else
    podman build --quiet --format docker --isolation chroot --network host --pull=never \
      --volume /etc/ssl/certs:/etc/ssl/certs:ro --file "$file" --tag "$tag" "$@" "$context"
  fi
}

# The two images of others: from their registry, or made of Debian's packages under the same names.
set_up_images() {
  local each
  if [ "$engine" = docker ]; then
    for each in "$image_of_python" "$image_of_valkey"; do
      have "$each" || { echo "$each cannot be pulled: see whether its registry can be reached." >&2 && exit 2; }
    done
    return
  fi
  if ! have "$image_of_python"; then
    echo "$image_of_python cannot be pulled: making one of Debian's packages ..."
    [ -e "$scratch/rootfs/complete" ] || { rm -rf "$scratch/rootfs" && debootstrap --variant=minbase \
      --include=python3,python3-venv,python3-pip,ca-certificates bookworm "$scratch/rootfs" >/dev/null; }
    touch "$scratch/rootfs/complete"
    tar -C "$scratch/rootfs" -c . | "$engine" import --change 'CMD ["python3"]' - "$image_of_python" >/dev/null
  fi
  if ! have "$image_of_valkey"; then
    echo "$image_of_valkey cannot be pulled: making one of Debian's redis-server ..."
    mkdir -p "$scratch/valkey"
    cat > "$scratch/valkey/Dockerfile" <<DOCKERFILE
FROM $image_of_python
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server >/dev/null 2>&1 \
    && ln -s redis-server /usr/bin/valkey-server && ln -s redis-cli /usr/bin/valkey-cli
DOCKERFILE
    build "$scratch/valkey" "$scratch/valkey/Dockerfile" "$image_of_valkey" >/dev/null
  fi
}

have() {
  "$engine" image inspect "$1" >/dev/null 2>&1 || timeout 300 "$engine" pull --quiet "$1" >/dev/null 2>&1
}

# healthy CONTAINER: what its HEALTHCHECK says; podman runs it at once, Docker's daemon does so by itself.
healthy() {
  if [ "$engine" = podman ]; then
    podman healthcheck run "$1" >/dev/null 2>&1
  else
    [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]
  fi
}

# part_of SERVICE: the id of its container in the composition that is up
part_of() {
  "$engine" ps --all --quiet --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1"
}
