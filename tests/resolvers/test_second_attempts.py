"""Upstreams that stumble and get up again: whoever reads does not notice."""

import httpx
import pytest

from gateway.sandbox.faults import Fault
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

SLUG = '{ organization(id: "acme") { slug } }'


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=503, times=2),
        Fault("status", status=500, times=1),
        Fault("reset", times=2),
        Fault("status", status=429, headers={"Retry-After": "0"}, times=1),
    ],
    ids=lambda fault: f"{fault.fault} {fault.status}",
)
async def test_a_read_has_its_value_all_the_same(graphs, fault):
    graph = graphs()
    fault.struck = 0
    graph.sandbox.applications["nks"].state.faults.add(fault)

    answer = await graph(SLUG)

    assert "errors" not in answer
    assert answer["data"]["organization"]["slug"]
    assert len(graph.calls) == fault.struck + 1 == fault.times + 1


async def test_an_upstream_that_never_gets_up_is_left_alone_after_a_while(graphs):
    graph = graphs("[cache]\nfresh_seconds = 0\nstale_if_error_seconds = 0")
    graph.sandbox.applications["nks"].state.faults.add(Fault("status", status=503))
    codes, calls = set(), 0
    for _ in range(12):
        answer = await graph(SLUG)
        codes.add(answer["errors"][0]["extensions"]["code"])
        calls += len(graph.calls)

    assert codes == {"UPSTREAM_UNAVAILABLE"}
    assert calls == 20
    assert answer["errors"][0]["message"].startswith("NKS failed too often; the gateway asks it again in ")
    assert 0 < answer["errors"][0]["extensions"]["retryAfterSeconds"] <= 5
    assert await graph.data('{ organization(id: "acme") { plan { upstream } } }')


async def test_one_upstream_that_fails_leaves_the_others_breakers_closed(graphs):
    graph = graphs()
    graph.sandbox.applications["nks"].state.faults.add(Fault("status", status=503))
    for _ in range(10):
        await graph(SLUG)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        shown = (await client.get("/status.json")).json()["upstreams"]
    states = {each["upstream"]: each["breaker"]["state"] for each in shown}
    assert states == {upstream.title: "OPEN" if upstream is Upstream.NKS else "CLOSED" for upstream in Upstream}
