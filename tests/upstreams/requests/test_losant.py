"""The requests to Losant, as the vendor's client describes them."""

import asyncio
import datetime as dt
import json

import httpx
import pytest

from gateway.sandbox.world.links import ACME_LOSANT, MEGACORP_LOSANT, NORTHWIND_LOSANT
from resolvers.activities import ActivityQuestion, ActivitySource
from resolvers.device_usage import Resolution, Window
from resolvers.errors import NotFound
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOSANT = Upstream.LOSANT
ORG = f"/orgs/{ACME_LOSANT}"
CONSTANT = {"_actions": "false", "_links": "true", "_embedded": "true"}
WINDOW = Window(dt.datetime(2025, 6, 1, tzinfo=dt.UTC), dt.datetime(2025, 6, 3, 23, 59, 59, 999_000, tzinfo=dt.UTC))
SPAN = {"start": "1748736000000", "end": "1748995199999"}
AUDIT = frozenset({ActivitySource.AUDIT_LOG})
SORTED = {"sortField": "creationDate", "sortDirection": "desc", "page": "0", "perPage": "100"}
NEWEST = ActivityQuestion(None, None, AUDIT, None, 5)
WHOLE = ActivityQuestion(None, None, AUDIT, None, None)
SPANNED = ActivityQuestion(WINDOW.since, WINDOW.until, AUDIT, None, None)
RESUMED = ActivityQuestion(WINDOW.since, WINDOW.until, AUDIT, dt.datetime(2025, 6, 2, tzinfo=dt.UTC), 20)
LISTED = {"sortField": "id", "sortDirection": "asc", "page": "0", "perPage": "100"}


def breakdown(resolution: Resolution, *, as_bytes: bool, non_billable: bool):
    return lambda it: it.payload_counts_breakdown(
        ACME_LOSANT, WINDOW, resolution, as_bytes=as_bytes, include_non_billable=non_billable
    )


READS = {
    "get": (lambda it: it.profile(ACME_LOSANT), ORG, {}),
    "get, for members": (lambda it: it.members(ACME_LOSANT), ORG, {}),
    "get, for a member": (lambda it: it.member(ACME_LOSANT, "a" * 24), ORG, {}),
    "get, for the plan": (lambda it: it.plan(ACME_LOSANT), ORG, {}),
    "get with a count": (
        lambda it: it.resource_count(ACME_LOSANT, "devices"),
        ORG,
        {"summaryInclude": "deviceCount"},
    ),
    "get with a count in an object": (
        lambda it: it.resource_count(ACME_LOSANT, "storage_bytes"),
        ORG,
        {"summaryInclude": "storageStats"},
    ),
    "deviceCounts": (lambda it: it.device_counts(ACME_LOSANT, WINDOW), f"{ORG}/deviceCounts", SPAN),
    "notebookMinuteCounts": (
        lambda it: it.notebook_minutes(ACME_LOSANT, WINDOW),
        f"{ORG}/notebookMinuteCounts",
        SPAN,
    ),
    "payloadCounts": (
        lambda it: it.payload_counts(ACME_LOSANT, WINDOW, as_bytes=False),
        f"{ORG}/payloadCounts",
        SPAN | {"asBytes": "false"},
    ),
    "payloadCounts in bytes": (
        lambda it: it.payload_counts(ACME_LOSANT, WINDOW, as_bytes=True),
        f"{ORG}/payloadCounts",
        SPAN | {"asBytes": "true"},
    ),
    "payloadCountsBreakdown by day": (
        breakdown(Resolution.DAY, as_bytes=False, non_billable=False),
        f"{ORG}/payloadCountsBreakdown",
        SPAN | {"resolution": "86400000", "asBytes": "false", "includeNonBillable": "false"},
    ),
    "payloadCountsBreakdown by hour": (
        breakdown(Resolution.HOUR, as_bytes=True, non_billable=True),
        f"{ORG}/payloadCountsBreakdown",
        SPAN | {"resolution": "3600000", "asBytes": "true", "includeNonBillable": "true"},
    ),
    "pendingInvites": (lambda it: it.invitations(ACME_LOSANT), f"{ORG}/invites", {}),
    "pendingInvites, for one": (lambda it: it.invitation(ACME_LOSANT, "a" * 24), f"{ORG}/invites", {}),
    "audit logs": (lambda it: it.activities(ACME_LOSANT, NEWEST), f"{ORG}/audit-logs", SORTED),
    "audit logs of a span": (lambda it: it.activities(ACME_LOSANT, SPANNED), f"{ORG}/audit-logs", SORTED | SPAN),
    "audit logs from where a page ended": (
        lambda it: it.activities(ACME_LOSANT, RESUMED),
        f"{ORG}/audit-logs",
        SORTED | SPAN | {"end": "1748822400000"},
    ),
    "greeting": (lambda it: it.greet(), "/orgs", {"page": "0", "perPage": "1"}),
    "list": (lambda it: anext(it.listing()), "/orgs", LISTED),
}


@pytest.mark.parametrize(("ask", "path", "query"), READS.values(), ids=READS)
async def test_a_read_is_sent_as_documented(sends, ask, path: str, query: dict[str, str]) -> None:
    sent = await sends(LOSANT, ask)
    assert (sent.method, sent.path, sent.query) == ("GET", path, CONSTANT | query)
    assert sent.headers["Authorization"] == "Bearer LOSANT_API_TOKEN"
    assert sent.headers["Accept-Version"] == "^1.31.0"
    assert sent.headers["Accept"] == "application/json"
    assert "Content-Type" not in sent.headers


async def test_one_audit_log_is_asked_for_by_its_id(bench) -> None:
    log_id = (await bench.rest(LOSANT, f"{ORG}/audit-logs"))["items"][0]["id"]
    await bench.adapter(LOSANT).activity(ACME_LOSANT, log_id.upper())
    assert bench.calls(LOSANT) == [f"GET {ORG}/audit-logs/{log_id}"]


async def test_counts_of_one_organization_are_one_call_for_just_these(bench) -> None:
    one = bench.adapter(LOSANT)
    names = ("devices", "applications", "storage_bytes", "stored_files")
    await asyncio.gather(*(one.resource_count(ACME_LOSANT, name) for name in names))
    [sent] = bench.recorders[LOSANT].sent
    assert sent.query == CONSTANT | {"summaryInclude": "appCount,deviceCount,storageStats"}


async def test_counts_and_facts_of_one_organization_are_one_call(bench) -> None:
    one = bench.adapter(LOSANT)
    await asyncio.gather(one.profile(ACME_LOSANT), one.members(ACME_LOSANT), one.resource_count(ACME_LOSANT, "devices"))
    [sent] = bench.recorders[LOSANT].sent
    assert sent.query == CONSTANT | {"summaryInclude": "deviceCount"}


async def test_a_count_that_came_with_the_organization_is_not_asked_for_again(bench) -> None:
    one = bench.adapter(LOSANT)
    await one.members(ACME_LOSANT)
    assert await one.resource_count(ACME_LOSANT, "devices") is not None
    assert len(bench.recorders[LOSANT].sent) == 1
    await one.resource_count(ACME_LOSANT, "payloads")
    assert bench.recorders[LOSANT].sent[1].query == CONSTANT | {"summaryInclude": "payloadCount"}


async def test_several_organizations_are_single_reads_where_the_account_is_large(bench) -> None:
    await bench.adapter(LOSANT).greet()
    bench.recorders[LOSANT].sent.clear()
    one = bench.adapter(LOSANT)
    ids = (ACME_LOSANT, NORTHWIND_LOSANT, MEGACORP_LOSANT)
    await asyncio.gather(*map(one.profile, ids))
    assert sorted(bench.calls(LOSANT)) == sorted(f"GET /orgs/{each}" for each in ids)


def small_account(bench, *ids: str) -> None:
    """Lets the list hold these organizations only."""

    def answer(sent) -> httpx.Response | None:
        if sent.path != "/orgs":
            return None
        body = {"items": [{"id": each, "name": "Listed"} for each in ids], "totalCount": len(ids)}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    bench.recorders[LOSANT].instead = answer


async def test_several_organizations_are_one_list_where_the_account_is_small(bench) -> None:
    ids = (ACME_LOSANT, NORTHWIND_LOSANT)
    small_account(bench, *ids)
    await bench.adapter(LOSANT).greet()
    bench.recorders[LOSANT].sent.clear()
    one = bench.adapter(LOSANT)
    profiles = await asyncio.gather(*map(one.profile, ids))
    assert [profile.native_id for profile in profiles] == list(ids)
    [sent] = bench.recorders[LOSANT].sent
    assert (sent.path, sent.query) == ("/orgs", CONSTANT | LISTED)


async def test_a_list_asks_for_the_counts_that_are_wanted(bench) -> None:
    small_account(bench, ACME_LOSANT, NORTHWIND_LOSANT)
    await bench.adapter(LOSANT).greet()
    bench.recorders[LOSANT].sent.clear()
    one = bench.adapter(LOSANT)
    await asyncio.gather(one.resource_count(ACME_LOSANT, "devices"), one.resource_count(NORTHWIND_LOSANT, "members"))
    [sent] = bench.recorders[LOSANT].sent
    assert sent.query == CONSTANT | LISTED | {"summaryInclude": "deviceCount,memberCount"}


async def test_one_organization_is_a_single_read_in_a_small_account_too(bench) -> None:
    small_account(bench, ACME_LOSANT)
    await bench.adapter(LOSANT).greet()
    bench.recorders[LOSANT].sent.clear()
    await bench.adapter(LOSANT).profile(ACME_LOSANT)
    assert bench.calls(LOSANT) == [f"GET {ORG}"]


async def test_what_the_list_leaves_out_is_asked_for_alone(bench) -> None:
    small_account(bench, ACME_LOSANT)
    await bench.adapter(LOSANT).greet()
    bench.recorders[LOSANT].sent.clear()
    one = bench.adapter(LOSANT)
    unknown = "a" * 24
    outcomes = await asyncio.gather(*map(one.profile, (ACME_LOSANT, NORTHWIND_LOSANT, unknown)), return_exceptions=True)
    assert [getattr(each, "name", None) for each in outcomes] == ["Listed", "Northwind Telemetry", None]
    assert isinstance(outcomes[2], NotFound)
    assert [call.split("?")[0].split(" {")[0] for call in bench.calls(LOSANT)[:1]] == ["GET /orgs"]
    assert sorted(bench.calls(LOSANT)[1:]) == sorted([f"GET /orgs/{NORTHWIND_LOSANT}", f"GET /orgs/{unknown}"])


async def test_the_list_is_read_page_by_page_and_no_further_than_needed(bench) -> None:
    page = {"items": [{"id": f"{number:024x}", "name": "One"} for number in range(100)], "totalCount": 250}
    body = json.dumps(page).encode()
    bench.recorders[LOSANT].instead = lambda _: httpx.Response(200, stream=httpx.ByteStream(body))
    listing = bench.adapter(LOSANT).listing()
    assert len(await anext(listing)) == 100
    assert len(bench.calls(LOSANT)) == 1
    assert [len(profiles) async for profiles in listing] == [100, 100]
    assert [sent.query["page"] for sent in bench.recorders[LOSANT].sent] == ["0", "1", "2"]


async def test_the_audit_log_is_read_page_by_page_until_there_is_enough(bench) -> None:
    entries = [{"id": f"{number:024x}", "creationDate": "2025-06-01T00:00:00.000Z"} for number in range(100)]
    body = json.dumps({"items": entries, "totalCount": 5000}).encode()
    bench.recorders[LOSANT].instead = lambda _: httpx.Response(200, stream=httpx.ByteStream(body))
    part = await bench.adapter(LOSANT).activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, 150))
    assert [sent.query["page"] for sent in bench.recorders[LOSANT].sent] == ["0", "1"]
    assert (len(part.items), part.truncated, part.counted) == (200, True, False)
    part = await bench.adapter(LOSANT).activities(ACME_LOSANT, WHOLE)
    assert (len(part.items), part.truncated, part.counted) == (1000, True, False)
