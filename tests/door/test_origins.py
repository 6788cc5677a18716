"""GET on behalf of other sites: browsers send it unasked."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.endpoint import routes
from gateway.door.origins import Origins
from gateway.execution.operation import Execute

pytestmark = pytest.mark.anyio

APP = "https://app.example.com"
EVIL = "https://evil.example"


@pytest.fixture
async def client(execute_on_graphql_core: Execute) -> AsyncIterator[httpx.AsyncClient]:
    door = routes(execute_on_graphql_core, origins=Origins([APP]))
    transport = httpx.ASGITransport(Starlette(routes=door))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example:8000") as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://gateway.example:8000"},
        {"Origin": "https://Gateway.example:8000"},
        {"Origin": APP},
        {"Origin": APP, "Sec-Fetch-Site": "cross-site"},
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "GraphQL-Preflight": "1"},
        {"Origin": EVIL, "Apollo-Require-Preflight": "true"},
        {"Sec-Fetch-Site": "same-site", "X-Apollo-Operation-Name": "Greeting"},
    ],
)
async def test_a_get_is_served_for_people_tools_own_pages_listed_apps_and_after_a_preflight(client, headers) -> None:
    answer = await client.get("/graphql", params={"query": "{ greeting }"}, headers=headers)
    assert answer.status_code == 200
    assert answer.json() == {"data": {"greeting": "Hello, you!"}}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "CROSS-SITE"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://gateway.example:8000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
        {"Sec-Fetch-Site": "cross-site", "GraphQL-Preflight": ""},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://gateway.example"},
        {"Origin": "http://gateway.example:8000.evil.example"},
        {"Origin": f"{APP}, {EVIL}"},
    ],
)
async def test_a_get_that_another_sites_page_may_have_caused_is_403(client, seen, headers) -> None:
    answer = await client.get("/graphql", params={"query": "{ greeting }"}, headers=headers)
    assert answer.status_code == 403
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "GraphQL-Preflight: 1" in error["message"]
    assert seen == []


async def test_a_post_of_json_needs_nothing_more(client) -> None:
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/graphql", json={"query": "{ greeting }"}, headers=headers)).status_code == 200
