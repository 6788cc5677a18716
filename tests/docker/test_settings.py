"""What docker/ sets are settings; what it asks for is served."""

import inspect
import tomllib

import httpx
import pytest

from gateway.app import Gateway
from gateway.cli.commands import sandbox_
from gateway.settings import Settings, load
from gateway.settings.environment import read_environment
from gateway.settings.places import shape_of

pytestmark = pytest.mark.anyio

OVERLAYS = "docker/kubernetes/overlays"


def lines(root):
    text = (root / OVERLAYS / "production" / "credentials.env.example").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.fixture
def environ(root, dockerfile, manifests):
    """All variables of all containers, with their values."""
    found = {**dockerfile.environ, **lines(root)}
    for service in manifests.compose["services"].values():
        found |= service.get("environment", {})
    pods = [each["spec"]["template"]["spec"] for each in manifests.of("Deployment").values()]
    given = [each for pod in pods for container in pod["containers"] for each in container.get("env", [])]
    given += [each["value"] for each in manifests.patches if each["path"].endswith("/env/-")]
    return found | {each["name"]: each["value"] for each in given}


def test_each_variable_is_a_setting(environ):
    ours = {name: value for name, value in environ.items() if name.startswith("GATEWAY_")}
    read = read_environment(ours, shape_of(Settings))
    assert len(read.given) == len(ours) >= 10
    assert (read.mistakes, read.ignored) == ((), ())


def test_a_variable_that_is_no_setting_would_be_found():
    read = read_environment({"GATEWAY_SERVER__PROT": "1", "GATEWAY_HOME": "/"}, shape_of(Settings))
    assert len(read.mistakes) == len(read.ignored) == 1


def test_the_sandbox_overlay_has_the_settings_of_the_sandbox(root, untouched_sandbox):
    text = (root / OVERLAYS / "sandbox" / "gateway.toml").read_text()
    own = tomllib.loads(untouched_sandbox.settings_toml())
    ports = {
        name[:-5]: each.default for name, each in inspect.signature(sandbox_).parameters.items() if name[-5:] == "_port"
    }
    for name, port in ports.items():
        own["upstreams"][name]["url"] = f"http://sandbox:{port}" + ("/v1" if name == "locktera" else "")
    assert tomllib.loads(text) == own


def test_the_sandbox_overlay_serves_all_four_upstreams(root):
    environ = {"GATEWAY_CACHE__URL": "valkey://:sandbox@valkey:6379/0"}
    settings = load(root / OVERLAYS / "sandbox" / "gateway.toml", environ)
    assert settings.configured_upstreams == ("losant", "nks", "locktera", "clickhouse")
    assert (settings.profile, settings.exposed_upstreams, settings.warnings) == ("explore", (), ())


def test_the_production_overlay_with_its_secret_serves_all_four_upstreams_to_known_callers(root):
    environ = {name: value or "a-secret" for name, value in lines(root).items()}
    settings = load(root / OVERLAYS / "production" / "gateway.toml", environ)
    assert settings.configured_upstreams == ("losant", "nks", "locktera", "clickhouse")
    assert (settings.profile, settings.exposed_upstreams, settings.warnings) == ("production", (), ())
    assert settings.cache.address.tls
    assert settings.callers.jwt.issuer


def test_the_production_overlay_holds_no_secret_itself(root):
    text = (root / OVERLAYS / "production" / "gateway.toml").read_text()
    assert not {"token", "key_secret", "url"} & {line.partition("=")[0].strip() for line in text.splitlines()}
    assert not load(root / OVERLAYS / "production" / "gateway.toml", {}).configured_upstreams


async def test_every_path_that_is_asked_is_served(dockerfile, manifests, untouched_sandbox):
    (container,) = manifests.gateway["containers"]
    paths = {each["httpGet"]["path"] for name, each in container.items() if name.endswith("Probe")}
    for monitor in manifests.of("ServiceMonitor").values():
        paths |= {each["path"] for each in monitor["spec"]["endpoints"]}
    assert paths == {"/livez", "/readyz", "/metrics"}
    assert "'GET', '/livez'" in dockerfile.one("HEALTHCHECK")
    gateway = Gateway(Settings.model_validate(tomllib.loads(untouched_sandbox.settings_toml())), on_sandbox=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
        for path in paths:
            assert (await client.get(path)).status_code == 200
        assert (await client.get("/livezz")).status_code == 404
    await gateway.close()
