"""Operations that are planned by a gateway which runs: what they would ask of upstreams, as it stands now."""

import asyncio
from typing import Any

import httpx
import pytest

from gateway.sandbox.faults import Fault

pytestmark = pytest.mark.anyio

PLAN = {"GraphQL-Trace": "plan"}
NAME = '{ organization(id: "acme") { name } }'
DEVICES = '{ organization(id: "acme") { usage { deviceCounts { total } } } }'
TWO_WAVES = '{ organization(id: "acme") { name members(first: 2) { nodes { organization { slug } } } } }'
BATCH = '{ organizationsByIds(ids: ["acme", "northwind", "megacorp"]) { slug } }'
RENAME = """mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { name } userErrors { code } } }"""
RENAMED = {"input": {"organizationId": "acme", "name": "Planned", "upstreams": ["LOSANT"]}}
KEPT = "[cache]\nfresh_seconds = 600\nstale_if_error_seconds = 600\n"
PRODUCTION = """
profile = "production"
[callers]
anonymous = ["read"]
allow_anonymous_upstream_access = true
"""
BRITTLE = "[upstream_defaults]\nattempts = 1\nbreaker_minimum_calls = 2\nbreaker_open_seconds = 300\n"


def plan_of(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    calls = answer["extensions"]["trace"]["calls"]
    return sorted((call["wave"], call["upstream"], call["operation"], call["batch"], call["source"]) for call in calls)


async def losant_call(graph: Any, query: str = NAME, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return at_losant(await graph.post(query, {}, PLAN | (headers or {})))


def at_losant(answer: dict[str, Any]) -> dict[str, Any]:
    """The one call there; where it fails, others are asked, too."""
    [call] = [each for each in answer["extensions"]["trace"]["calls"] if each["upstream"] == "LOSANT"]
    return dict(call)


@pytest.mark.parametrize(("query", "seconds"), [(NAME, 0.0), (TWO_WAVES, 0.5), (BATCH, 0.0)])
async def test_a_plan_names_the_calls_that_are_made_afterwards_and_makes_none(graph, query, seconds):
    graph.forget()
    planned = await graph.post(query, {}, PLAN)

    assert graph.calls == []
    assert planned["data"] == {}
    assert "errors" not in planned
    for application in graph.sandbox.applications.values() if seconds else ():
        # waves are told by the clock, and these stand-ins hold the loop while they answer
        application.state.faults.add(Fault("latency", seconds=seconds))
    ran = await graph.post(query, {}, {"GraphQL-Trace": "1"})
    assert plan_of(planned) == plan_of(ran)
    assert planned["extensions"]["trace"]["planned"] is True
    assert planned["extensions"]["trace"]["waves"] == ran["extensions"]["trace"]["waves"]
    assert planned["extensions"]["cost"] == {
        name: ran["extensions"]["cost"][name] for name in ("estimated", "upstreamCalls")
    }


async def test_a_kept_answer_is_seen_and_used_and_no_answer_is_kept(graphs):
    graph = graphs(KEPT)
    assert (await losant_call(graph))["source"] == "UPSTREAM"
    assert (await losant_call(graph))["source"] == "UPSTREAM"
    await graph.data(NAME)
    await asyncio.sleep(0.05)
    graph.forget()
    call = await losant_call(graph)

    assert (call["source"], call["breaker"], call["throttledSeconds"]) == ("CACHE", "CLOSED", 0)
    assert call["ageSeconds"] >= 0.05
    assert graph.calls == []


async def test_an_answer_that_is_kept_for_one_caller_is_none_for_another(graphs):
    graph = graphs(KEPT + '[upstreams.losant]\nurl = "http://losant.sandbox"\ncredentials = "caller"\n')
    mine, theirs = {"Losant-Authorization": "Bearer mine"}, {"Losant-Authorization": "Bearer theirs"}
    token = {"Losant-Authorization": f"Bearer {graph.sandbox.credentials.losant}"}
    query = '{ organization(id: "losant:575ed6e87ae143cd83dc4aa8") { name } }'
    await graph.post(query, {}, token)

    assert (await losant_call(graph, query, token))["source"] == "CACHE"
    assert {(await losant_call(graph, query, each))["source"] for each in (mine, theirs)} == {"UPSTREAM"}


async def test_an_open_breaker_refuses_and_planning_tells_nothing_to_it(graphs):
    graph = graphs(BRITTLE)
    breaker = next(each.breaker for each in graph.gateway.reach.chains.values())
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=503))
    await graph.post(NAME, {}, {})
    assert breaker.counts == (1, 1)
    await graph.post(NAME, {}, PLAN)
    assert breaker.counts == (1, 1)
    await graph.post(NAME, {}, {})
    answer = await graph.post(DEVICES, {}, PLAN)

    call = at_losant(answer)
    assert (call["source"], call["breaker"]) == ("REFUSED", "OPEN")
    assert answer["extensions"]["trace"]["upstreamCalls"] == 0
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UPSTREAM_UNAVAILABLE"]


async def test_a_breaker_whose_time_is_over_is_probed_by_the_call_and_not_by_the_plan(graphs):
    graph = graphs(BRITTLE.replace("300", "0.1"))
    faults = graph.sandbox.applications["losant"].state.faults
    faults.add(Fault("status", status=503))
    for _ in range(2):
        await graph.post(NAME, {}, {})
    faults.clear()
    await asyncio.sleep(0.2)

    for _ in range(2):
        call = await losant_call(graph)
        assert (call["source"], call["breaker"]) == ("UPSTREAM", "PROBING")
    await graph.data(NAME)
    assert (await losant_call(graph))["breaker"] == "CLOSED"


@pytest.mark.parametrize(("deadline", "source"), [(60, "UPSTREAM"), (5, "REFUSED")])
async def test_a_throttle_is_told_with_its_time_and_refuses_what_cannot_wait(graphs, deadline, source):
    graph = graphs(f"[upstream_defaults]\nread_deadline_seconds = {deadline}\nattempt_seconds = {deadline}\n")
    fault = Fault("status", status=429, headers={"Retry-After": "40"})
    graph.sandbox.applications["losant"].state.faults.add(fault)
    running = asyncio.create_task(graph.post(NAME, {}, {}))
    throttle = next(iter(graph.gateway.reach.chains.values())).throttle
    async with asyncio.timeout(30):
        while not throttle.held:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.01)
    call = await losant_call(graph)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert call["source"] == source
    assert 0 < call["throttledSeconds"] <= 40


async def test_where_the_upstream_is_not_asked_an_older_answer_is_foreseen(graphs):
    graph = graphs(BRITTLE + "[cache]\nfresh_seconds = 0.01\nstale_if_error_seconds = 600\n")
    await graph.data(NAME)
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=503))
    for _ in range(4):
        await asyncio.sleep(0.02)
        await graph.post(NAME, {}, {})
    await asyncio.sleep(0.02)
    answer = await graph.post(NAME, {}, PLAN)

    call = at_losant(answer)
    assert (call["source"], call["breaker"]) == ("STALE", "OPEN")
    assert call["ageSeconds"] > 0
    assert "errors" not in answer


async def test_a_mutation_is_planned_without_a_write_or_a_note_of_one(written):
    key = {"Idempotency-Key": "planned-before"}
    written.forget()
    for _ in range(2):
        planned = await written.post(RENAME, RENAMED, PLAN | key)
        assert planned["data"] == {}
        assert "errors" not in planned
        assert ("LOSANT", "org.patch") in {
            (call["upstream"], call["operation"]) for call in planned["extensions"]["trace"]["calls"]
        }
    assert (written.calls, written.writes) == ([], [])
    ran = await written.post(RENAME, RENAMED, key)

    assert ran["data"]["updateOrganization"] == {"organization": {"name": "Planned"}, "userErrors": []}
    assert len(written.writes) == 1


async def test_a_plan_of_a_mutation_leaves_what_is_kept(written_graphs):
    graph = written_graphs(KEPT)
    await graph.data(NAME)
    await graph.post(RENAME, RENAMED, PLAN)
    call = await losant_call(graph)

    assert call["source"] == "CACHE"


async def test_in_production_a_plan_takes_the_scope_and_nothing_runs_without_it(graphs):
    plain, granted = graphs(PRODUCTION), graphs(PRODUCTION.replace('["read"]', '["read", "trace"]'))
    plain.forget()
    refused = await plain.post(NAME, {}, PLAN)

    assert (refused.get("data"), refused["errors"][0]["extensions"]["code"]) == (None, "FORBIDDEN")
    assert plain.calls == []
    assert (await losant_call(granted))["operation"] == "org.get"


async def test_what_a_document_may_not_hold_it_may_not_hold_in_a_plan(graph):
    answer = await graph.post("{ nope }", {}, PLAN)

    assert answer["errors"][0]["message"].startswith("Cannot query field 'nope'")
    assert answer.keys() == {"errors"}


async def test_planned_calls_are_not_counted_among_those_that_were_made(graph):
    async def seen() -> tuple[list[str], list[int]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
            lines = (await client.get("/metrics")).text.splitlines()
            recent = (await client.get("/status.json")).json()["operations"]
        upstream = [line for line in lines if line.startswith("gateway_upstream_") and "_created" not in line]
        return upstream, [each["calls"] for each in recent]

    await graph.data(NAME)
    made, _ = await seen()
    await graph.post(NAME, {}, PLAN)

    assert await seen() == (made, [0, 1])
