"""The operator's page of a whole gateway: who may see it, and what it shows after an operation."""

import hashlib

import httpx
import pytest

pytestmark = pytest.mark.anyio

KEYS = {"operator": ["read", "trace"], "app": ["read"]}


def key_of(name: str) -> str:
    return f"{name}-key-of-this-test-0123456789"


def production() -> str:
    """Settings with a key for each, by the plain form of a hash."""
    tables = []
    for name, scopes in KEYS.items():
        salt = bytes(16)
        digest = hashlib.sha256(salt + key_of(name).encode()).hexdigest()
        tables.append(
            f'[[callers.api_keys]]\nname = "{name}"\nhash = "sha256${salt.hex()}${digest}"\n'
            f'organizations = ["*"]\nscopes = {scopes}\n'
        )
    return 'profile = "production"\n[callers]\nanonymous = []\n' + "".join(tables)


async def got(graph, path, name=None):
    headers = {"Authorization": f"Bearer {key_of(name)}"} if name else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        return await client.get(path, headers=headers)


async def test_an_operation_is_shown_with_its_calls(graph):
    await graph.post('query Named { organization(id: "acme") { name } }', {}, {})

    shown = (await got(graph, "/status.json")).json()
    [operation] = shown["operations"]
    assert (operation["kind"], operation["name"]) == ("query", "Named")
    assert {each["upstream"]: each["state"] for each in shown["upstreams"]}["Losant"] == "UP"


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("stranger", 401), ("app", 403), ("operator", 200)])
async def test_in_production_it_takes_the_scope_trace(graphs, name, status):
    graph = graphs(production())

    response = await got(graph, "/status.json", name)

    assert response.status_code == status
    assert ("upstreams" in response.json()) is (status == 200)


async def test_its_page_holds_no_data(graphs):
    graph = graphs(production())

    page = await got(graph, "/status")

    assert page.status_code == 200
    assert "acme" not in page.text.lower()
