"""What upstreams are told of a request: its id, and its trace."""

import pytest

pytestmark = pytest.mark.anyio

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OF_THE_WIRE = {"host", "accept", "accept-encoding", "connection", "user-agent", "authorization"}


def received(graph):
    return [
        request["headers"]
        for application in graph.sandbox.applications.values()
        for request in application.state.faults.requests
    ]


async def test_the_requests_id_and_trace_go_to_upstreams_and_nothing_else(graph):
    graph.forget()
    carried = {"X-Request-Id": "mine-1", "traceparent": TRACE, "tracestate": "a=1", "Cookie": "b=2", "X-Other": "3"}
    await graph.post('{ organization(id: "acme") { name members(first: 2) { nodes { id } } } }', {}, carried)

    heads = received(graph)
    assert len(heads) == 3
    assert {head["x-request-id"] for head in heads} == {"mine-1"}
    assert {head["traceparent"] for head in heads} == {TRACE}
    own = {"x-request-id", "traceparent"}
    assert {name for head in heads for name in head} <= OF_THE_WIRE | own | {"accept-version"}


async def test_a_request_without_a_trace_brings_none_to_upstreams(graph):
    await graph.data('{ organization(id: "acme") { name } }')

    [head] = received(graph)
    assert "traceparent" not in head
    assert head["x-request-id"]
