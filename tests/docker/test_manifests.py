"""docker/ agrees with itself and with the program."""

import json
import re

from gateway import __version__
from gateway.cli.commands import app
from gateway.cli.ending import LONGEST_SECONDS
from gateway.settings import Settings
from gateway.settings.reading import DEFAULT_FILE

COMMANDS = {each.name for each in app.registered_commands}


def containers(manifests):
    for name, each in manifests.of("Deployment").items():
        pod = each["spec"]["template"]["spec"]
        for container in pod["containers"]:
            yield name, pod, container


def mounted(manifests, path):
    """The name of the volume of the gateway's pod that is mounted there."""
    (container,) = manifests.gateway["containers"]
    return {each["mountPath"]: each["name"] for each in container["volumeMounts"]}.get(path)


def test_every_file_holds_objects(manifests):
    assert len(manifests.files) >= 15
    for file, documents in manifests.files.items():
        assert documents, file
        for each in documents:
            assert "services" in each or {"apiVersion", "kind"} <= each.keys(), file


def test_the_port_is_the_same_everywhere(dockerfile, manifests):
    port = Settings().server.port
    assert dockerfile.one("EXPOSE") == dockerfile.environ["GATEWAY_SERVER__PORT"] == str(port)
    (container,) = manifests.gateway["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    for name in ("first", "second"):
        assert manifests.compose["services"][name]["ports"][0].endswith(f":{port}")
    policies = [each for name, each in manifests.of("NetworkPolicy").items() if " gateway-" in name]
    allowed = {port["port"] for each in policies for rule in each["spec"]["ingress"] for port in rule["ports"]}
    assert (len(policies), allowed) == (2, {port})


def test_services_and_probes_name_ports_that_containers_have(manifests):
    named = {}
    for _, pod, container in containers(manifests):
        named[container["name"]] = {each["name"] for each in container["ports"]}
        for probe in (each for key, each in container.items() if key.endswith("Probe")):
            assert next(iter(probe.values()))["port"] in named[container["name"]]
        assert pod["containers"] == [container]
    for name, service in manifests.of("Service").items():
        pods = service["spec"]["selector"]["app.kubernetes.io/name"]
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= named[pods], name
    for monitor in manifests.of("ServiceMonitor").values():
        (service,) = (each for name, each in manifests.of("Service").items() if name.endswith(" gateway"))
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert {each["port"] for each in monitor["spec"]["endpoints"]} <= {
            each["name"] for each in service["spec"]["ports"]
        }


def test_state_and_settings_are_where_the_image_looks_for_them(dockerfile, manifests):
    state, folder = dockerfile.environ["GATEWAY_SERVER__STATE_DIR"], dockerfile.one("WORKDIR")
    assert dockerfile.one("VOLUME") == state
    assert (mounted(manifests, state), mounted(manifests, folder)) == ("state", "settings")
    for name in ("first", "second"):
        settings, own = manifests.compose["services"][name]["volumes"]
        assert settings.split(":")[1:] == [f"{folder}/{DEFAULT_FILE}", "ro"]
        assert own == f"{name}-state:{state}"


def test_nobody_is_root_and_nothing_can_be_written_or_gained(dockerfile, manifests):
    user, _, group = dockerfile.one("USER").partition(":")
    assert int(user) == manifests.gateway["securityContext"]["runAsUser"] > 0
    assert int(group) == manifests.gateway["securityContext"]["fsGroup"] > 0
    for name, pod, container in containers(manifests):
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["resources"]["limits"]["memory"], name
    for name, service in manifests.compose["services"].items():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_compose_shows_itself_to_this_machine_alone(manifests):
    published = {name: each["ports"] for name, each in manifests.compose["services"].items() if "ports" in each}
    assert published.keys() == {"first", "second"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert manifests.compose["networks"]["inside"] == {"internal": True}


def test_whoever_stops_a_gateway_waits_longer_than_it_takes(manifests):
    (container,) = manifests.gateway["containers"]
    grace = {each["name"]: each["value"] for each in container["env"]}["GATEWAY_SERVER__GRACE_SECONDS"]
    assert manifests.gateway["terminationGracePeriodSeconds"] > float(grace) + LONGEST_SECONDS
    for name in ("first", "second"):
        assert int(manifests.compose["services"][name]["stop_grace_period"].removesuffix("s")) > LONGEST_SECONDS


def test_what_is_run_are_commands(dockerfile, manifests):
    assert json.loads(dockerfile.one("ENTRYPOINT")) == ["/opt/gateway/bin/gateway"]
    started = [json.loads(dockerfile.one("CMD")), manifests.compose["services"]["sandbox"]["command"]]
    started += [each["args"] for _, _, each in containers(manifests) if each["image"] == "organization-gateway"]
    assert {each[0] for each in started} == {"serve", "sandbox"} <= COMMANDS


def test_the_version_is_that_of_the_program(dockerfile, manifests):
    assert f"VERSION={__version__}" in [rest for word, rest in dockerfile.instructions if word == "ARG"]
    tags = {each["newTag"] for one in manifests.kustomizations.values() for each in one.get("images", [])}
    assert tags == {__version__, "local"}


def test_overlays_name_files_that_are_there(manifests):
    assert {folder.name for folder in manifests.kustomizations} == {"base", "sandbox", "production"}
    for folder, each in manifests.kustomizations.items():
        for name in each["resources"]:
            assert (folder / name).exists(), name
        listed = {name for name in each["resources"] if name.endswith(".yaml")}
        assert listed == {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"}
        for made in each.get("configMapGenerator", []):
            assert made["files"] == [DEFAULT_FILE]
            assert made["name"] in {v["configMap"]["name"] for v in manifests.gateway["volumes"] if "configMap" in v}


def test_the_secret_that_is_read_is_the_one_that_is_told_to_make(manifests, root):
    (given,) = (each["value"] for each in manifests.patches if each["path"].endswith("/envFrom"))
    (secret,) = (each["secretRef"]["name"] for each in given)
    said = (root / "docker/kubernetes/overlays/production/kustomization.yaml").read_text()
    assert f"create secret generic {secret} --from-env-file=credentials.env" in said
    assert (root / "docker/kubernetes/.gitignore").read_text() == "credentials.env\n"


def test_the_image_is_built_from_what_is_there_and_let_in(dockerfile, root):
    let_in = {line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [each for name, rest in dockerfile.stages if name == "COPY" for each in rest.split()[:-1]]
    named = {each.rstrip("/") for each in sources if not each.startswith(("-", "/"))}
    assert named == let_in
    for each in named:
        assert (root / each).exists()


def test_valkey_is_the_same_everywhere(manifests, root):
    in_compose = manifests.compose["services"]["valkey"]["image"]
    in_cluster = {each["image"] for _, _, each in containers(manifests)} - {"organization-gateway"}
    assert in_cluster == {in_compose}
    checked = re.search(r"^image_of_valkey=(\S+)$", (root / "tests/docker/engine.sh").read_text(), re.MULTILINE)
    assert checked[1] == in_compose
