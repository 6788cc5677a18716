"""What an answer tells beside its data: a trace, omitted errors; and the time that a caller gives."""

import pytest

from gateway.execution.timeout import time_of
from gateway.sandbox.faults import Fault
from resolvers.errors import BadUserInput
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

NAME = '{ organization(id: "acme") { name } }'
PRODUCTION = """
profile = "production"
[callers]
anonymous = ["read"]
allow_anonymous_upstream_access = true
"""


async def test_a_trace_is_told_to_those_who_ask(graph):
    answer = await graph.post(NAME, {}, {"GraphQL-Trace": "1"})

    [call] = answer["extensions"]["trace"]["calls"]
    assert (call["upstream"], call["operation"], call["wave"], call["source"]) == ("LOSANT", "org.get", 1, "UPSTREAM")
    assert [attempt["outcome"] for attempt in call["attempts"]] == ["200"]
    assert "trace" not in (await graph.post(NAME, {}, {}))["extensions"]
    assert "trace" not in (await graph.post(NAME, {}, {"GraphQL-Trace": "yes"}))["extensions"]


async def test_a_list_that_answers_many_is_traced_with_how_many(graph):
    query = "query ($ids: [ID!]!) { organizationsByIds(ids: $ids) { slug } }"
    answer = await graph.post(query, {"ids": ["acme", "northwind", "megacorp"]}, {"GraphQL-Trace": "1"})

    calls = answer["extensions"]["trace"]["calls"]
    assert [(call["upstream"], call["operation"], call["batch"]) for call in calls] == [("NKS", "orgs.list", 3)]


async def test_in_production_a_trace_takes_its_scope(graphs):
    plain, granted = graphs(PRODUCTION), graphs(PRODUCTION.replace('["read"]', '["read", "trace"]'))

    assert "trace" not in (await plain.post(NAME, {}, {"GraphQL-Trace": "1"})).get("extensions", {})
    assert len((await granted.post(NAME, {}, {"GraphQL-Trace": "1"}))["extensions"]["trace"]["calls"]) == 1


async def test_a_kept_answer_is_traced_as_such(graphs):
    graph = graphs("[cache]\nfresh_seconds = 60")
    await graph.post(NAME, {}, {})
    trace = (await graph.post(NAME, {}, {"GraphQL-Trace": "1"}))["extensions"]["trace"]

    assert trace["upstreamCalls"] == 0
    assert [(call["source"], call["attempts"]) for call in trace["calls"]] == [("CACHE", [])]


async def test_errors_beyond_the_limit_are_counted_only(graphs):
    graph = graphs("[limits]\nerrors = 3\n[upstream_defaults]\nattempts = 1")
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=404))
    ids = [f"losant:{number:024x}" for number in range(7)]
    answer = await graph("query ($ids: [ID!]!) { organizationsByIds(ids: $ids) { name } }", ids=ids)

    assert answer["data"]["organizationsByIds"] == [None] * 7
    assert len(answer["errors"]) == 3
    assert answer["extensions"]["omittedErrors"] == 4


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "1s", "nan", "inf", "1e3", "1,2", " ", "9" * 40])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(BadUserInput, match="number of seconds above 0"):
        time_of({"request-timeout": text})


def test_a_time_is_a_number_of_seconds():
    assert [time_of({"request-timeout": text}) for text in ("2", "0.5", "30.25")] == [2.0, 0.5, 30.25]
    assert time_of({}) is None


async def test_a_refused_time_refuses_the_operation(graph):
    answer = await graph.post(NAME, {}, {"Request-Timeout": "soon"})

    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert graph.calls == []


async def test_the_callers_time_leaves_what_is_there(graphs):
    graph = graphs()
    graph.sandbox.applications["losant"].state.faults.add(Fault("hang"))
    query = '{ organization(id: "acme") { members(first: 100) { nodes { upstream } incomplete { upstream code } } } }'
    answer = await graph.post(query, {}, {"Request-Timeout": "0.5"})

    members = answer["data"]["organization"]["members"]
    assert {each["upstream"] for each in members["nodes"]} == {"NKS", "CLICKHOUSE"}
    assert members["incomplete"] == [{"upstream": Upstream.LOSANT.name, "code": "UPSTREAM_TIMEOUT"}]
