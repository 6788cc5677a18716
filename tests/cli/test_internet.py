"""The README's page for production: its configuration, started as it stands there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.callers.api_keys import hashed

README = Path(__file__).parents[2] / "README.md"
KEY = "a-key-that-only-this-test-knows-0123456789"
HOST = {"Host": "graph.example.com"}
CALLER = {**HOST, "Authorization": f"Bearer {KEY}"}
APP = "https://app.example.com"


def page() -> str:
    """The TOML block below the heading."""
    section = README.read_text().partition("## Put it on the internet")[2]
    block = re.search(r"```toml\n(.*?)```", section, re.DOTALL)
    assert block
    return block[1]


@pytest.fixture(scope="module")
def address(start: Any, stand_ins: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway of the page, with credentials from the environment, a hash, and a folder that may be written."""
    folder = tmp_path_factory.mktemp("internet")
    (folder / "gateway.toml").write_text(page().replace("sha256$…", hashed(KEY)))
    sandbox = tomllib.loads(stand_ins.out)["upstreams"]
    environ = {
        "GATEWAY_CONFIG": str(folder / "gateway.toml"),
        "GATEWAY_SERVER__STATE_DIR": str(folder),
        "GATEWAY_UPSTREAMS__CLICKHOUSE__URL": sandbox["clickhouse"]["url"],
    }
    for name in ("losant", "nks", "locktera"):
        environ[f"GATEWAY_UPSTREAMS__{name.upper()}__URL"] = sandbox[name]["url"]
        environ[f"GATEWAY_UPSTREAMS__{name.upper()}__TOKEN"] = sandbox[name]["token"]
    for number, key in enumerate(sandbox["clickhouse"]["keys"]):
        for member, value in key.items():
            environ[f"GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__{number}__{member.upper()}"] = value
    program = start("serve", "--port", "0", **environ).until("Ctrl+C")
    yield program.address
    assert KEY not in program.out + program.err
    assert not any(sandbox[name]["token"] in program.out + program.err for name in ("losant", "nks", "locktera"))


def ask(address: str, query: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{address}/graphql", json={"query": query}, headers=headers, timeout=30)


def test_its_caller_is_served(address: str) -> None:
    query = '{ organization(id: "acme") { name members { totalCount } } viewer { name rateLimit { limit remaining } } }'
    answer = ask(address, query, CALLER).json()

    assert "errors" not in answer
    assert answer["data"]["organization"]["name"] == "Acme Corporation"
    assert answer["data"]["organization"]["members"]["totalCount"] > 0
    assert answer["data"]["viewer"]["name"] == "dashboard"
    budget = answer["data"]["viewer"]["rateLimit"]
    assert budget["limit"] == 200_000
    assert 0 < budget["remaining"] < budget["limit"]


@pytest.mark.parametrize("headers", [HOST, {**HOST, "Authorization": "Bearer guessed"}])
def test_a_stranger_is_not(address: str, headers: dict[str, str]) -> None:
    response = ask(address, '{ organization(id: "acme") { name } }', headers)

    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


def test_another_organization_is_not_found(address: str) -> None:
    answer = ask(address, '{ organization(id: "losant:5f3c1a7be4b0c91d2f6a8b01") { name } }', CALLER).json()

    assert answer["data"] == {"organization": None}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_a_write_takes_its_scope(address: str) -> None:
    query = 'mutation { updateOrganization(input: { organizationId: "acme", name: "x" }) { userErrors { code } } }'

    assert "FORBIDDEN" in ask(address, query, CALLER).text


@pytest.mark.parametrize(
    "query", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }', "{ organisation }"]
)
def test_nothing_is_learnt_of_the_schema(address: str, query: str) -> None:
    response = ask(address, query, CALLER)

    assert "data" not in response.json()
    assert "Did you mean" not in response.text


def test_there_is_no_explorer_and_no_other_host(address: str) -> None:
    assert httpx.get(f"{address}/", headers=HOST).status_code == 404
    assert ask(address, "{ __typename }", {**CALLER, "Host": "evil.example"}).status_code == 400


def test_only_the_app_is_let_in_by_browsers(address: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = httpx.options(f"{address}/graphql", headers={**HOST, **asked, "Origin": APP})
    other = httpx.options(f"{address}/graphql", headers={**HOST, **asked, "Origin": "https://evil.example"})

    assert allowed.headers["access-control-allow-origin"] == APP
    assert "access-control-allow-origin" not in other.headers


def test_answers_carry_security_headers_and_no_banner(address: str) -> None:
    for path in ("/graphql", "/", "/livez", "/nowhere"):
        headers = httpx.get(f"{address}{path}", headers=HOST).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers
