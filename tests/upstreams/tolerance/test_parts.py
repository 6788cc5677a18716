"""What fits arrives; what does not is a failure in its own place."""

import datetime as dt
import json
from typing import Any

import pytest

from gateway.upstreams.loading import attempt
from resolvers.activities import ActivityQuestion, ActivitySource
from resolvers.customizations import CustomizationsMode
from resolvers.device_usage import Window
from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.identity import Upstream
from resolvers.merging import Part

pytestmark = pytest.mark.anyio

LOSANT, NKS, LOCKTERA, CLICKHOUSE = Upstream
DAY = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
HUGE = b"9" * 6000


def misfit(value: object) -> bool:
    return type(value) is UpstreamInvalidResponse


def logs(it: Any) -> ActivityQuestion:
    return ActivityQuestion(None, None, it.logs, None, 5)


async def test_members_that_do_not_fit_are_failures_as_values(answering, ids) -> None:
    body = b'{"pk": 2, "name": 5, "slug": "acme", "logo": "javascript:alert(1)", "created": "2017-03-14T09:12:44"}'
    profile = await answering(NKS, body).profile(ids[NKS])
    assert (profile.native_id, profile.slug, profile.updated_at) == ("2", "acme", None)
    assert misfit(profile.name)
    assert misfit(profile.logo_url)
    assert misfit(profile.created_at), "a time without an offset is no instant"


@pytest.mark.parametrize(
    "value", [b"NaN", b"Infinity", b"1e999", HUGE, b'"\xff"', b'"\\ud800"', b"[]", b"{}", b"true", b"5"]
)
async def test_a_name_may_be_anything(answering, ids, value: bytes) -> None:
    body = b'{"id": "x", "description": "kept", "name": ' + value + b"}"
    profile = await answering(LOSANT, body).profile(ids[LOSANT])
    assert misfit(profile.name)
    assert profile.description == "kept"


async def test_null_and_nothing_are_no_failures(answering, ids) -> None:
    for body in (b'{"id": "x", "name": null, "creationDate": null, "members": null}', b'{"id": "x"}'):
        profile = await answering(LOSANT, body).profile(ids[LOSANT])
        assert (profile.name, profile.created_at) == (None, None)
        assert await answering(LOSANT, body).members(ids[LOSANT]) == Part([])


async def test_what_nobody_reads_may_be_anything(answering, ids) -> None:
    deep = b"[" * 500 + b"]" * 500
    for odd in (b"NaN", HUGE, b'"\xff"', deep):
        body = b'{"pk": 2, "name": "Acme", "enable_experimental_features": ' + odd + b"}"
        assert (await answering(NKS, body).profile(ids[NKS])).name == "Acme"


async def test_items_that_cannot_be_read_are_failures_of_the_part(answering, ids) -> None:
    good = {"pk": 6011, "user": {"email": "a@b.example", "full_name": 7}, "role": "owner"}
    items = [good, 5, None, [], {}, {"pk": "x", "user": {}}, {"pk": 6012}, {"pk": 6013, "user": {}, "role": None}]
    part = await answering(NKS, json.dumps(items).encode()).members(ids[NKS])
    assert [member.native_id for member in part.items] == ["6011"]
    assert misfit(part.items[0].name)
    assert part.items[0].email == "a@b.example"
    assert [misfit(failure) for failure in part.failures] == [True] * 7


async def test_an_object_in_the_place_of_a_list_is_no_list(answering, ids) -> None:
    one = json.dumps({"pk": 6011, "user": {}, "role": "owner"}).encode()
    assert misfit(await attempt(lambda it: it.members(ids[NKS]), answering(NKS, one)))
    assert misfit(await attempt(lambda it: anext(it.listing()), answering(NKS, one)))


async def test_a_list_that_names_odd_organizations_tells_the_others_first(answering) -> None:
    items = [{"pk": 3, "name": "Three"}, {"pk": 0}, {"pk": -5}, {"pk": 2, "name": "Two"}]
    listing = answering(NKS, json.dumps(items).encode()).listing()
    assert [profile.name for profile in await anext(listing)] == ["Two", "Three"]
    with pytest.raises(UpstreamInvalidResponse):
        await anext(listing)
    page = {"items": [{"id": "../x"}, {"id": "a" * 24, "name": "Kept"}], "totalCount": 2}
    listing = answering(LOSANT, json.dumps(page).encode()).listing()
    assert [profile.name for profile in await anext(listing)] == ["Kept"]
    with pytest.raises(UpstreamInvalidResponse):
        await anext(listing)
    for upstream, body in ((LOCKTERA, {"id": "../x"}), (CLICKHOUSE, {"result": [{"id": "x"}]})):
        found = [each async for each in _ends(answering(upstream, json.dumps(body).encode()).listing())]
        assert misfit(found[-1])


async def _ends(pages: Any) -> Any:
    try:
        async for page in pages:
            yield page
    except Failure as failure:
        yield failure


@pytest.mark.parametrize(
    ("invited", "ttl", "expires"),
    [
        ("2025-06-01T00:00:00.000Z", 604_800_000, DAY + dt.timedelta(days=7)),
        ("2025-06-01T00:00:00.000Z", None, None),
        (None, 604_800_000, None),
        ("2025-06-01T00:00:00.000Z", 1e300, Failure),
        ("2025-06-01T00:00:00.000Z", 10**15, Failure),
        ("2025-06-01T00:00:00.000Z", "soon", Failure),
        ("yesterday", 604_800_000, Failure),
    ],
)
async def test_an_invitation_ends_when_its_time_is_told(answering, ids, invited, ttl, expires) -> None:
    invite = {"id": "x", "email": "a@b.example", "role": "view", "inviteDate": invited, "ttl": ttl}
    [found] = (await answering(LOSANT, json.dumps([invite]).encode()).invitations(ids[LOSANT])).items
    assert misfit(found.expires_at) if expires is Failure else found.expires_at == expires
    assert found.email == "a@b.example"


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("devices", {"deviceCount": "12"}),
        ("devices", {"deviceCount": True}),
        ("devices", {"deviceCount": 1.5}),
        ("devices", {"deviceCount": float("nan")}),
        ("devices", []),
        ("payloads", {"payloadCount": 5}),
        ("payloads", {"payloadCount": {"event": 5}}),
        ("payloads", {"payloadCount": {"event": {"device.mqtt": "5"}}}),
        ("storage_bytes", {"storageStats": 5}),
        ("storage_bytes", {"storageStats": {"size": "5"}}),
    ],
)
async def test_a_count_that_is_no_whole_number_is_a_failure(answering, ids, name: str, summary: Any) -> None:
    body = json.dumps({"id": "x", "summary": summary}).encode()
    assert misfit(await attempt(lambda it: it.resource_count(ids[LOSANT], name), answering(LOSANT, body)))


async def test_a_free_form_object_is_whole_or_a_failure_and_its_known_members_stand_alone(answering, ids) -> None:
    body = b'{"theme": "dark", "branding_color": 5, "logo_url": "//x", "welcome": {"a": [NaN]}}'
    found = await answering(LOCKTERA, body).customizations(ids[LOCKTERA])
    assert found.theme == "dark"
    assert misfit(found.branding_color)
    assert misfit(found.logo_url)
    assert misfit(found.values)


async def test_what_cannot_be_read_is_not_merged_into(answering, ids) -> None:
    adapter = answering(LOCKTERA, b'{"theme": "dark", "welcome": NaN}')
    with pytest.raises(UpstreamInvalidResponse):
        await adapter.update_customizations(ids[LOCKTERA], {"theme": "light"}, CustomizationsMode.MERGE)


async def test_details_with_a_hole_are_a_failure_and_the_rest_of_the_entry_stays(answering, ids) -> None:
    entry = b'"timestamp": "2025-03-04T08:12:00Z", "action": "update", "org_id": "x", "old_data": {"a": NaN}'
    adapter = answering(LOCKTERA, b"[{" + entry + b"}]")
    part = await adapter.activities(ids[LOCKTERA], logs(adapter))
    assert part.failures == []
    audit = next(each for each in part.items if each.details is not None)
    assert misfit(audit.details)
    assert (audit.action, audit.target) == ("update", "x")


async def test_costs_that_no_number_holds_are_a_failure(answering, ids) -> None:
    body = json.dumps({"result": {"grandTotalCHC": 1.7e308, "costs": []}}).encode()
    window = Window(DAY, DAY + dt.timedelta(days=60))
    assert misfit(await attempt(lambda it: it.cost(ids[CLICKHOUSE], window), answering(CLICKHOUSE, body)))
    whole = json.dumps({"result": {"grandTotalCHC": 10**350, "costs": []}}).encode()
    assert misfit(await attempt(lambda it: it.cost(ids[CLICKHOUSE], window), answering(CLICKHOUSE, whole)))


async def test_names_that_are_no_text_are_a_failure(answering, ids) -> None:
    body = b'{"\\ud800": {"device.mqtt": 5}}'
    window = Window(DAY, DAY + dt.timedelta(days=1))
    read = answering(LOSANT, body).payload_counts(ids[LOSANT], window, as_bytes=False)
    with pytest.raises(UpstreamInvalidResponse):
        await read


async def test_a_deep_entry_of_a_log_spoils_no_other(answering, ids) -> None:
    head = b'{"timestamp": "2025-03-04T08:12:00Z", "action": "update"'
    for depth in (100, 400, 700, 850, 900, 950, 990, 1100, 50_000):
        deep = head + b', "old_data": {"a": ' + b"[" * depth + b"]" * depth + b"}}"
        adapter = answering(LOCKTERA, b"[" + deep + b"]")
        part = await adapter.activities(ids[LOCKTERA], logs(adapter))
        assert part.items or all(misfit(failure) for failure in part.failures)


@pytest.mark.parametrize("odd", [b"7", b'"x"', b"NaN", b"{}"])
async def test_members_of_an_entry_that_are_named_as_the_gateways_own_say_nothing(answering, ids, odd: bytes) -> None:
    ours = ("link", "number", "native_id", "occurred_at", "occurredAt", "outcome", "target", "actor", "told_service")
    more = b", ".join(b'"%b": %b' % (name.encode(), odd) for name in ours)
    bodies = {
        LOCKTERA: b'[{"timestamp": "2025-03-04T08:12:00Z", "action": "update", %b}]',
        CLICKHOUSE: b'{"result": [{"id": "a", "createdAt": "2025-03-04T08:12:00Z", "type": "update", %b}]}',
    }
    for upstream, body in bodies.items():
        adapter = answering(upstream, body % more)
        part = await adapter.activities(ids[upstream], logs(adapter))
        assert not part.failures
        for each in part.items:
            assert (str(each.link), each.action) == (f"{upstream.word}:{ids[upstream]}", "update")
            assert (each.outcome, each.target, each.service_id) == (None, None, None)
        assert [each.native_id for each in part.items][-1].endswith(".1" if upstream is LOCKTERA else "a")


async def test_entries_are_named_by_what_they_say_and_numbered_where_several_say_the_same(answering, ids) -> None:
    entry = {"timestamp": "2025-03-03T17:45:22Z", "action": "login", "user": "a@b.example"}
    once, twice = [entry], [entry, entry | {"action": "logout"}, entry]
    for entries, names in (
        (once, ["5a0fdac8e535436f6f.1"]),
        (twice, ["5a0fdac8e535436f6f.1", "7bba1867717dbadcba.1", "5a0fdac8e535436f6f.2"]),
        ([5, *twice], ["5a0fdac8e535436f6f.1", "7bba1867717dbadcba.1", "5a0fdac8e535436f6f.2"]),
    ):
        question = ActivityQuestion(None, None, frozenset({ActivitySource.ACCESS_LOG}), None, None)
        part = await answering(LOCKTERA, json.dumps(entries).encode()).activities(ids[LOCKTERA], question)
        assert [each.native_id for each in part.items] == [f"access_log.{name}" for name in names]
