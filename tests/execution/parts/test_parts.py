"""What comes when, what it is called, what becomes of errors, and how an answer in parts ends."""

import asyncio

import pytest

from gateway.sandbox.faults import Fault
from gateway.telemetry.operations import Operations
from gateway.telemetry.record import Verdict
from gateway.telemetry.watch import Watch

pytestmark = [
    pytest.mark.anyio,
    # a task that is cancelled before it began leaves what it would have awaited behind
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*<coroutine object:pytest.PytestUnraisableExceptionWarning"),
]


async def until(holds):
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.005)


async def test_the_first_part_waits_for_nothing_that_is_deferred(house, told):
    parts = told(await house.outcome("{ item { name ... @defer { gated } } }"))

    assert (await anext(parts))["data"] == {"item": {"name": "name 1"}}
    await until(lambda: house.waiting == 1)  # it was begun with the rest
    house.gate.set()
    (last,) = [each async for each in parts]
    assert last["incremental"] == [{"id": "0", "data": {"gated": "open"}}]
    assert last["hasNext"] is False


async def test_parts_come_as_they_are_ready_whatever_their_order_in_the_document(house, told):
    text = '{ item { ... @defer(label: "slow") { gated } ... @defer(label: "quick") { name } n } }'
    parts = told(await house.outcome(text))
    first, second = await anext(parts), await anext(parts)
    house.gate.set()
    last = await anext(parts)

    labels = {each["id"]: each["label"] for each in first["pending"]}
    assert sorted(labels.values()) == ["quick", "slow"]
    assert [labels[each["id"]] for each in second["completed"]] == ["quick"]
    assert [labels[each["id"]] for each in last["completed"]] == ["slow"]


async def test_what_is_deferred_within_a_part_is_announced_with_it(house):
    text = '{ item { ... @defer(label: "outer") { n ... @defer(label: "inner") { name } } } }'
    first, *further = await house.parts(text)

    assert [each["label"] for each in first["pending"]] == ["outer"]
    announced = [each["label"] for part in further for each in part.get("pending", ())]
    assert announced == ["inner"]
    for part in further:
        if "pending" in part:
            assert part["incremental"][0]["data"] == {"n": 1}


async def test_a_list_comes_item_by_item_behind_its_first(house, together):
    first, *further = parts = await house.parts('{ items @stream(initialCount: 1, label: "items") { n name } }')

    assert first["data"] == {"items": [{"n": 0, "name": "name 0"}]}
    assert first["pending"] == [{"id": "0", "path": ["items"], "label": "items"}]
    items = [item for part in further for each in part.get("incremental", ()) for item in each["items"]]
    assert [each["n"] for each in items] == [1, 2, 3]
    assert len(together(parts)["data"]["items"]) == 4


@pytest.mark.parametrize(("given", "later"), [({"later": True}, True), ({"later": False}, False), ({}, True)])
async def test_a_variable_says_whether_something_comes_later(house, given, later):
    text = "query ($later: Boolean! = true) { item { n ... @defer(if: $later) { name } } }"

    assert len(await house.parts(text, **given)) == (2 if later else 1)


async def test_null_where_none_may_be_makes_the_fragment_fail_and_nothing_else(house):
    first, last = await house.parts('{ item { n ... @defer(label: "strict") { name strict } } }')

    assert first["data"] == {"item": {"n": 1}}
    assert "errors" not in first
    assert "incremental" not in last
    (failed,) = last["completed"]
    (error,) = failed["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["item", "strict"], "INTERNAL")
    assert "secret" not in error["message"]
    assert error["extensions"]["requestId"] == "r-1"


async def test_null_within_a_fragment_stops_at_what_may_be_null(house):
    first, *further = await house.parts("{ items { n ... @defer { name item { strict } } } }")
    came = [each["data"] for part in further for each in part.get("incremental", ())]

    assert len(first["pending"]) == 4
    assert sum(each["item"] is None for each in came) == 2
    assert not [each for part in further for each in part["completed"] if "errors" in each]


async def test_null_above_a_fragment_takes_it_along(house):
    (alone,) = await house.parts("{ item { n strict ... @defer { gated } } }")

    assert alone["data"] == {"item": None}
    assert len(alone["errors"]) == 1
    await until(lambda: house.waiting == 0)


async def test_an_item_that_must_not_be_null_ends_its_list(house, caplog):
    first, *further = await house.parts("{ item { item { strictItems @stream(initialCount: 0) { n strict } } } }")
    completed = [each for part in further for each in part.get("completed", ())]
    items = [item for part in further for each in part.get("incremental", ()) for item in each["items"]]

    assert first["data"] == {"item": {"item": {"strictItems": []}}}
    assert [each["n"] for each in items] == [4]
    assert completed[-1]["errors"][0]["path"] == ["item", "item", "strictItems", 1, "strict"]
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


async def test_errors_stand_in_the_part_that_has_the_field(house):
    first, *further = await house.parts("{ items { n wrong } more: items { n ... @defer { wrong } } }")
    places = {each["id"]: each["path"] for each in first["pending"]}

    assert [each["path"] for each in first["errors"]] == [["items", 0, "wrong"], ["items", 3, "wrong"]]
    entries = [each for part in further for each in part["incremental"]]
    failed = {each["id"]: [error["path"] for error in each["errors"]] for each in entries if "errors" in each}
    assert failed == {name: [[*path, "wrong"]] for name, path in places.items() if path[1] in {0, 3}}
    assert len(failed) == 2


async def test_the_errors_of_all_parts_are_counted_together(houses):
    first, *_, last = parts = await houses(errors=3).parts(
        "{ items { n wrong ... @defer { item { item { wrong } } } } more: items { ... @defer { also: wrong } } }"
    )
    entries = [each for part in parts[1:] for key in ("incremental", "completed") for each in part.get(key, ())]

    shown = len(first["errors"]) + sum(len(each.get("errors", ())) for each in entries)
    assert shown == 3
    assert last["extensions"]["omittedErrors"] == 1
    assert all("omittedErrors" not in each.get("extensions", {}) for each in parts[:-1])


async def test_the_cost_is_told_at_the_end_and_is_that_of_the_whole(house, told):
    text = "{ items { n ... @defer { name item { name } } } item { items @stream { n } } }"
    await house.outcome(text.replace("@defer", "").replace("@stream", ""), parts=False)
    whole = house.exchange.account
    *before, last = [each async for each in told(await house.outcome(text))]

    assert all("cost" not in each.get("extensions", {}) for each in before)
    assert last["extensions"]["cost"]["estimated"] == whole.estimated
    assert last["extensions"]["cost"]["actual"] == whole.actual == house.exchange.account.actual


async def test_an_answer_that_is_dropped_leaves_nothing_running(house, told):
    before = asyncio.all_tasks()
    parts = "{ items @stream(initialCount: 1) { n } item { n ... @defer { gated item { gated } } } }"
    for read in (0, 1):
        outcome = await house.outcome(parts)
        ended = []
        outcome.stream.at_end(ended.append)
        await until(lambda: house.waiting == 2)
        for _ in range(read):
            await anext(outcome.stream)
        await outcome.stream.aclose()
        assert ended == [None], "it was cut off"
        assert house.waiting == 0
        await until(lambda: asyncio.all_tasks() == before)
        assert [each async for each in told(outcome)] == []


async def test_a_caller_who_goes_before_the_first_part_leaves_nothing_running(house):
    before = asyncio.all_tasks()
    asking = asyncio.create_task(house.outcome("{ item { gated ... @defer { item { gated } } } }"))
    await until(lambda: house.waiting == 2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert house.waiting == 0
    await until(lambda: asyncio.all_tasks() == before)


async def test_one_operation_is_watched_to_its_last_part(house):
    records = []
    operations = Operations([type("Observer", (), {"observe": lambda _self, record: records.append(record)})()])
    watched = Watch(operations, traced=False).over(house.execute)
    house.gate.set()
    outcome = await watched(house.operation("{ items { n ... @defer { wrong } } }"), house.exchange)

    assert (records, operations.running) == ([], 1)
    assert [each async for each in outcome.stream]
    await outcome.stream.aclose()
    assert operations.running == 0
    (record,) = records
    assert (record.verdict, record.codes) == (Verdict.FAILED, {"INTERNAL": 2})

    outcome = await watched(house.operation("{ item { n ... @defer { name } } }"), house.exchange)
    await outcome.stream.aclose()
    assert records[-1].verdict is Verdict.GONE


@pytest.mark.parametrize("count", ["-1", "null", "$count", "$low"])
async def test_a_list_cannot_begin_before_its_first_item(house, count):
    used = {"$count": "($count: Int)", "$low": "($low: Int = -3)"}.get(count, "")
    variables = {"count": -2} if count == "$count" else {}
    outcome = await house.outcome(f"query {used} {{ items @stream(initialCount: {count}) {{ n }} }}", **variables)

    assert not outcome.executed
    (error,) = outcome.errors
    assert error["message"] == "The initialCount of @stream must be a number that is not below 0."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_takes_no_parts_is_answered_at_once_and_in_whole(house):
    house.gate.set()
    text = "{ item { n ... @defer { gated } items @stream { n } } }"
    outcome = await house.outcome(text, parts=False)

    assert outcome.stream is None
    assert outcome.data["item"] == {"n": 1, "gated": "open", "items": [{"n": 1}]}


async def test_what_is_old_is_told_with_the_part_that_has_it(graphs, in_parts):
    graph = graphs("[cache]\nfresh_seconds = 0.001\nstale_if_error_seconds = 600\n[upstream_defaults]\nattempts = 1")
    query = '{ organization(id: "acme") { slug ... @defer(label: "later") { name plan { id } } } }'
    await graph(query)
    graph.sandbox.applications["losant"].state.faults.add(Fault("status", status=503))
    whole = (await graph(query))["extensions"]["staleness"]
    first, *further = await in_parts(graph, query)

    told = [each for part in (first, *further) for each in part.get("extensions", {}).get("staleness", ())]
    assert sorted(str(each["path"]) for each in told) == sorted(str(each["path"]) for each in whole)
    assert ["organization", "name"] not in [each["path"] for each in first.get("extensions", {}).get("staleness", ())]


async def test_a_mutation_defers_within_its_payload_only(written, in_parts, together):
    query = """
      mutation { inviteMember(input: {organizationId: "acme", upstream: LOSANT, email: "a@b.example", role: VIEWER}) {
        userErrors { code } invitation { id } ... @defer { organization { name } } } }
    """
    refused = await written('mutation { ... @defer { removeMember(input: {memberId: "1"}) { removedMemberId } } }')
    assert "data" not in refused

    parts = await in_parts(written, query)
    assert len(parts) == 2
    answer = together(parts)
    assert answer["data"]["inviteMember"]["organization"] == {"name": "Acme Corporation"}
    assert len(written.writes) == 1


async def test_nothing_of_a_subscription_comes_later(graph):
    subscription = 'subscription { activityAdded(organizationId: "acme") { id ... @defer(if: $x) { action } } }'
    answer = await graph.post(
        subscription.replace("subscription", "subscription ($x: Boolean! = false)"),
        {},
        {"accept": "application/json, text/event-stream"},
    )

    assert answer["errors"][0]["message"].startswith("@defer and @stream have no place in a subscription")


async def test_a_plan_is_told_at_once(graph):
    answer = await graph.post(
        '{ organization(id: "acme") { name ... @defer { usage { cost { total } } } } }',
        {},
        {"GraphQL-Trace": "plan", "accept": "multipart/mixed, application/json"},
    )

    assert answer["data"] == {}
    assert answer["extensions"]["cost"]["upstreamCalls"] > 1
