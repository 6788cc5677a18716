"""Subscriptions over server-sent events, on real sockets."""

import asyncio
import json

import pytest

from resolvers.identity import encode

pytestmark = pytest.mark.anyio

ADDED = """
  subscription ($after: String, $of: ID = "acme") {
    activityAdded(organizationId: $of, after: $after, upstreams: [CLICKHOUSE]) {
      id action organization { key name }
    }
  }
"""
LATEST = """
  { organization(id: "acme") { activities(first: 1, upstreams: [CLICKHOUSE]) { nodes { id } edges { cursor } } } }
"""
TWICE = """
  subscription { a: activityAdded(organizationId: "acme") { id } b: activityAdded(organizationId: "acme") { id } }
"""
ELSEWHERE = encode("Activity", "clickhouse", "6c1b9f74-3d20-4e8a-9b57-d1f0a2c3e465", "x")
LOST = encode("Activity", "clickhouse", "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10", "act_01M81KB7Q70000000001")


def told(frame):
    return json.loads(frame["data"])


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_a_mutation_causes_is_told(serve, until, method):
    served = await serve()
    async with served.events(ADDED, method) as events:
        await until(lambda: served.calls() > 0)
        await served.invite()
        frame = await anext(events)
    answer = told(frame)
    assert frame["event"] == "next"
    assert frame["id"] == answer["data"]["activityAdded"]["id"]
    assert answer["data"]["activityAdded"]["action"] == "organization_invite_create"
    assert answer["data"]["activityAdded"]["organization"] == {"key": "acme", "name": "Acme Corporation"}
    await until(lambda: len(served.hub) == 0)


async def test_polls_stop_when_the_client_is_gone(serve, until):
    served = await serve()
    async with served.events(ADDED):
        await until(lambda: served.calls() > 0)
    await until(lambda: len(served.hub) == 0)
    before = served.calls()
    await asyncio.sleep(0.5)
    assert served.calls() <= before + 1


@pytest.mark.parametrize("way", ["after", "cursor", "Last-Event-ID"])
async def test_who_comes_back_goes_on_where_it_stopped(serve, until, way):
    served = await serve()
    async with served.events(ADDED) as events:
        await until(lambda: served.calls() > 0)
        await served.invite()
        last = (await anext(events))["id"]
    await until(lambda: len(served.hub) == 0)
    if way == "cursor":
        await asyncio.sleep(2.1)  # ClickHouse's times are whole seconds, and answers are fresh for two
        latest = (await served.ask(LATEST))["organization"]["activities"]
        assert latest["nodes"][0]["id"] == last
        given, headers = {"after": latest["edges"][0]["cursor"]}, {}
    else:
        given, headers = ({"after": last}, {}) if way == "after" else ({}, {"Last-Event-ID": last})
    for _ in range(3):
        await served.invite()
    async with served.events(ADDED, headers=headers, **given) as events:
        ids = [(await anext(events))["id"] for _ in range(3)]
        await served.invite()
        ids.append((await anext(events))["id"])
    assert len({last, *ids}) == 5


async def test_it_can_be_resumed_where_nothing_is_remembered(serve):
    served = await serve()
    latest = (await served.ask(LATEST))["organization"]["activities"]["nodes"][0]["id"]
    await served.invite()
    async with served.events(ADDED, after=latest) as events:
        first = await anext(events)
        await served.invite()
        second = await anext(events)
    assert len({latest, first["id"], second["id"]}) == 3


@pytest.mark.parametrize(
    ("query", "given", "code"),
    [
        (ADDED, {"of": "nobody"}, "NOT_FOUND"),
        (ADDED, {"of": "megacorp", "after": "x"}, "BAD_USER_INPUT"),
        (ADDED, {"after": ELSEWHERE}, "BAD_USER_INPUT"),
        ('subscription { activityAdded(organizationId: "northwind", upstreams: [NKS]) { id } }', {}, "UNSUPPORTED"),
        ("subscription { nothing }", {}, "BAD_USER_INPUT"),
        (TWICE, {}, "BAD_USER_INPUT"),
    ],
)
async def test_a_subscription_that_cannot_begin_is_told_so_and_completed(serve, query, given, code):
    served = await serve()
    async with served.events(query, **given) as events:
        frames = [each async for each in events]
    assert [each["event"] for each in frames] == ["next", "complete"]
    answer = told(frames[0])
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == code
    assert len(served.hub) == 0


async def test_an_activity_that_the_log_no_longer_holds_cannot_be_resumed_from(serve):
    served = await serve()
    async with served.events(ADDED, after=LOST) as events:
        frames = [told(each) if each["data"] else None async for each in events]
    assert frames[0]["errors"][0]["extensions"]["code"] == "EVENTS_MISSED"
    assert frames[1:] == [None]


@pytest.mark.parametrize(
    "accept", ["application/graphql-response+json, application/json, text/event-stream, multipart/mixed", "*/*"]
)
async def test_a_query_is_answered_in_json_where_json_is_taken(serve, accept):
    served = await serve()
    response = await served.client.post(served.url, json={"query": "{ viewer { kind } }"}, headers={"Accept": accept})
    assert response.headers["content-type"].startswith("application/")
    assert response.json()["data"] == {"viewer": {"kind": "ANONYMOUS"}}


async def test_a_query_is_one_event_for_those_who_take_nothing_else(serve):
    served = await serve()
    async with served.events("{ viewer { kind } }") as events:
        frames = [each async for each in events]
    assert [each["event"] for each in frames] == ["next", "complete"]
    assert told(frames[0])["data"] == {"viewer": {"kind": "ANONYMOUS"}}
    assert frames[1]["data"] == ""


async def test_a_subscription_without_a_stream_is_refused_with_what_to_do(serve):
    served = await serve()
    response = await served.client.post(served.url, json={"query": ADDED})
    assert response.status_code == 406
    (error,) = response.json()["errors"]
    assert "Accept: text/event-stream" in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(served.hub) == 0


async def test_the_end_of_the_gateway_completes_it(serve, until):
    served = await serve()
    async with served.events(ADDED) as events:
        await until(lambda: served.calls() > 0)
        served.server.should_exit = True
        frames = [each async for each in events]
    assert [each["event"] for each in frames] == ["next", "complete"]
    extensions = told(frames[0])["errors"][0]["extensions"]
    assert (extensions["code"], extensions["retryable"]) == ("STREAM_ENDED", True)


async def test_the_budget_is_charged_once_and_before_anything_is_asked(serve):
    served = await serve("[limits.budget]\ncost = 100\nseconds = 600")
    async with served.events(ADDED):
        pass
    headers = {"Accept": "text/event-stream"}
    response = await served.client.post(served.url, json={"query": ADDED}, headers=headers)
    assert response.status_code == 429
    assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_no_more_run_than_the_settings_let(serve, until):
    served = await serve("[live]\nstreams = 1")
    async with served.events(ADDED):
        await until(lambda: len(served.hub) == 1)
        async with served.events(ADDED) as events:
            frame = await anext(events)
    extensions = told(frame)["errors"][0]["extensions"]
    assert (extensions["code"], extensions["retryable"]) == ("RATE_LIMITED", True)


async def test_metrics_tell_of_streams_events_and_polls(serve, until):
    served = await serve()
    async with served.events(ADDED) as events:
        await until(lambda: served.calls() > 0)
        await served.invite()
        await anext(events)
        text = (await served.client.get(served.url.replace("graphql", "metrics"))).text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines["gateway_live_streams"] == "1.0"
    assert lines["gateway_live_events_total"] == "1.0"
    assert float(lines['gateway_live_polls_total{outcome="ok",upstream="clickhouse"}']) >= 1
    polled = 'gateway_upstream_calls_total{operation="activities",source="upstream",upstream="clickhouse"}'
    assert float(lines[polled]) >= 1
