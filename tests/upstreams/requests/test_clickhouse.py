"""The requests to ClickHouse Cloud, as the vendor's OpenAPI document describes them."""

import asyncio
import datetime as dt
from base64 import b64decode, b64encode

import pytest

from gateway.sandbox.world.clickhouse import ALICE, CARLAS_INVITATION
from gateway.sandbox.world.links import ACME_CLICKHOUSE, CREDENTIALS, NORTHWIND_CLICKHOUSE
from resolvers.activities import ActivityQuestion, ActivitySource
from resolvers.device_usage import Window
from resolvers.errors import NotConfigured
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

CLICKHOUSE = Upstream.CLICKHOUSE
ACME = ACME_CLICKHOUSE
ORG = f"/v1/organizations/{ACME}"
SHOWN = "act_01J9ZK3Q7V5X2M8N4T6R"
DAY = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)


def log(since: dt.datetime | None, until: dt.datetime | None):
    question = ActivityQuestion(since, until, frozenset({ActivitySource.ACTIVITY}), None, 5)
    return lambda it: it.activities(ACME, question)


def cost(since: dt.datetime, until: dt.datetime):
    return lambda it: it.cost(ACME, Window(since, until))


READS = {
    "get": (lambda it: it.profile(ACME), ORG, {}),
    "get, for endpoints": (lambda it: it.private_endpoints(ACME), ORG, {}),
    "get, for own clouds": (lambda it: it.byoc_configs(ACME), ORG, {}),
    "activities": (log(None, None), f"{ORG}/activities", {}),
    "activities of a span": (
        log(DAY, DAY + dt.timedelta(days=10)),
        f"{ORG}/activities",
        {"from_date": "2025-06-01T00:00:00Z", "to_date": "2025-06-11T00:00:00Z"},
    ),
    "activities, rounded outward": (
        log(DAY + dt.timedelta(milliseconds=999), DAY + dt.timedelta(days=10, microseconds=1)),
        f"{ORG}/activities",
        {"from_date": "2025-06-01T00:00:00Z", "to_date": "2025-06-11T00:00:01Z"},
    ),
    "activity": (lambda it: it.activity(ACME, SHOWN), f"{ORG}/activities/{SHOWN}", {}),
    "members": (lambda it: it.members(ACME), f"{ORG}/members", {}),
    "member": (lambda it: it.member(ACME, ALICE), f"{ORG}/members/{ALICE}", {}),
    "invitations": (lambda it: it.invitations(ACME), f"{ORG}/invitations", {}),
    "invitation": (
        lambda it: it.invitation(ACME, CARLAS_INVITATION),
        f"{ORG}/invitations/{CARLAS_INVITATION}",
        {},
    ),
    "usageCost": (
        cost(DAY, DAY + dt.timedelta(days=1)),
        f"{ORG}/usageCost",
        {"from_date": "2025-06-01", "to_date": "2025-06-01"},
    ),
    "usageCost of touched days": (
        cost(DAY + dt.timedelta(hours=23), DAY + dt.timedelta(days=1, hours=1)),
        f"{ORG}/usageCost",
        {"from_date": "2025-06-01", "to_date": "2025-06-02"},
    ),
    "usageCost of the longest span": (
        cost(DAY, DAY + dt.timedelta(days=31)),
        f"{ORG}/usageCost",
        {"from_date": "2025-06-01", "to_date": "2025-07-01"},
    ),
    "usageCost of a moment": (cost(DAY, DAY), f"{ORG}/usageCost", {"from_date": "2025-06-01", "to_date": "2025-06-01"}),
    "quotas": (lambda it: it.plan(ACME), f"{ORG}/quotas", {}),
}


@pytest.mark.parametrize(("ask", "path", "query"), READS.values(), ids=READS)
async def test_a_read_is_sent_as_documented(sends, ask, path: str, query: dict[str, str]) -> None:
    sent = await sends(CLICKHOUSE, ask)
    assert (sent.method, sent.path, sent.query) == ("GET", path, query)
    assert sent.headers["Authorization"] == "Basic Q0hfS0VZX0lEOkNIX0tFWV9TRUNSRVQ="
    assert b64decode(sent.headers["Authorization"].split()[1]) == b"CH_KEY_ID:CH_KEY_SECRET"
    assert sent.headers["Accept"] == "application/json"
    assert not {"Content-Type", "Accept-Version"} & set(sent.headers)


@pytest.mark.parametrize("ask", [lambda it: it.greet(), lambda it: anext(it.listing())], ids=["greeting", "list"])
async def test_every_key_lists_the_organization_that_is_its_own(bench, ask) -> None:
    await ask(bench.adapter(CLICKHOUSE))
    sent = bench.recorders[CLICKHOUSE].sent
    assert {(each.method, each.path, str(each.query)) for each in sent} == {("GET", "/v1/organizations", "{}")}
    assert {each.headers["Authorization"] for each in sent} == {
        f"Basic {b64encode(f'{key.key_id}:{key.key_secret}'.encode()).decode()}" for key in CREDENTIALS.clickhouse
    }
    assert len(sent) == len(CREDENTIALS.clickhouse)


async def test_each_organization_is_asked_for_with_its_own_key(bench) -> None:
    one = bench.adapter(CLICKHOUSE)
    await asyncio.gather(*map(one.profile, (ACME, NORTHWIND_CLICKHOUSE, ACME)))
    used = {each.path.rpartition("/")[2]: each.headers["Authorization"] for each in bench.recorders[CLICKHOUSE].sent}
    assert len(bench.calls(CLICKHOUSE)) == 2
    for key in CREDENTIALS.clickhouse[:2]:
        assert b64decode(used[key.organization].split()[1]).decode() == f"{key.key_id}:{key.key_secret}"


async def test_an_organization_without_a_key_is_not_asked_for(bench) -> None:
    with pytest.raises(NotConfigured):
        await bench.adapter(CLICKHOUSE).profile("11111111-2222-4333-8444-555555555555")
    assert bench.sent == 0


async def test_what_comes_with_the_organization_is_one_call(bench) -> None:
    one = bench.adapter(CLICKHOUSE)
    await asyncio.gather(one.profile(ACME), one.private_endpoints(ACME), one.byoc_configs(ACME))
    assert bench.calls(CLICKHOUSE) == [f"GET {ORG}"]
