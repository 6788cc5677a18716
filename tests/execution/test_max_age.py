"""How long the answer to a GET may be used again."""

import httpx
import pytest

from gateway.sandbox.faults import Fault

pytestmark = pytest.mark.anyio

NAME = '{ organization(id: "acme") { name } }'
KEEPING = "[cache]\nfresh_seconds = 30"
PARTLY = """
[cache]
fresh_seconds = 30
[cache.operations]
"nks.orgs.get" = 5
"""


async def got(graph, query=NAME, **headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        return await client.get("/graphql", params={"query": query}, headers=headers)


async def test_it_is_as_long_as_all_of_its_parts_are_fresh(graphs):
    graph = graphs(PARTLY)

    assert (await got(graph)).headers["cache-control"] == "private, max-age=30"
    both = await got(graph, '{ organization(id: "acme") { name slug } }')
    assert both.headers["cache-control"] == "private, max-age=5"


async def test_it_is_the_callers_own(graphs):
    vary = (await got(graphs(KEEPING))).headers["vary"]

    assert {"Accept", "Authorization", "ClickHouse-Authorization"} <= set(vary.split(", "))


async def test_a_kept_answer_grows_no_younger(graphs):
    graph = graphs(KEEPING)
    await got(graph)

    assert (await got(graph)).headers["cache-control"] in {"private, max-age=29", "private, max-age=28"}


@pytest.mark.parametrize(
    "query", ["{ viewer { kind } }", "{ __typename }", '{ organization(id: "nobody") { id } }', "{ nope }"]
)
async def test_what_rests_on_no_upstream_is_not_to_be_kept(graphs, query):
    assert (await got(graphs(KEEPING), query)).headers["cache-control"] == "no-store"


async def test_nothing_is_to_be_kept_where_the_gateway_keeps_nothing(graph):
    assert (await got(graph)).headers["cache-control"] == "no-store"


async def test_an_answer_with_an_error_is_not_to_be_kept(graphs):
    graph = graphs(KEEPING)
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=403))

    response = await got(graph, '{ organization(id: "acme") { planFromLosant: plan { name } slug } }')

    assert "errors" in response.json()
    assert response.headers["cache-control"] == "no-store"


async def test_a_stale_answer_is_not_to_be_kept(graphs):
    graph = graphs("[cache]\nfresh_seconds = 0.001\nstale_if_error_seconds = 600\n[upstream_defaults]\nattempts = 1")
    await got(graph)
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=503))

    response = await got(graph)

    assert response.json()["extensions"]["staleness"][0]["upstream"] == "LOSANT"
    assert response.headers["cache-control"] == "no-store"


async def test_a_post_is_not_to_be_kept(graphs):
    graph = graphs(KEEPING)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        response = await client.post("/graphql", json={"query": NAME})

    assert response.headers["cache-control"] == "no-store"
