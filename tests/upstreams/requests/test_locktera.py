"""The requests to Locktera, as the vendor documents them."""

import asyncio
import datetime as dt

import pytest

from gateway.sandbox.world.links import ACME_LEGAL_LOCKTERA, ACME_LOCKTERA
from resolvers.activities import ActivityQuestion, ActivitySource
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOCKTERA = Upstream.LOCKTERA
ORG = f"/v1/orgs/{ACME_LOCKTERA}"
SINCE = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2025, 6, 3, 12, 30, 15, tzinfo=dt.UTC)


def log(*sources: ActivitySource, since: dt.datetime | None = None, until: dt.datetime | None = None):
    question = ActivityQuestion(since, until, frozenset(sources), None, 5)
    return lambda it: it.activities(ACME_LOCKTERA, question)


READS = {
    "get": (lambda it: it.profile(ACME_LOCKTERA), ORG, {}),
    "access_log": (log(ActivitySource.ACCESS_LOG), f"{ORG}/access_log", {}),
    "access_log of a span": (
        log(ActivitySource.ACCESS_LOG, since=SINCE, until=UNTIL),
        f"{ORG}/access_log",
        {"start": "2025-06-01T00:00:00Z", "end": "2025-06-03T12:30:15Z"},
    ),
    "children_audit": (log(ActivitySource.CHILDREN_AUDIT), f"{ORG}/children_audit", {}),
    "children_audit since": (
        log(ActivitySource.CHILDREN_AUDIT, since=SINCE),
        f"{ORG}/children_audit",
        {"start": "2025-06-01T00:00:00Z"},
    ),
    "access_log, for one": (
        lambda it: it.activity(ACME_LOCKTERA, "access_log.feedfacefeedfacefe.1"),
        f"{ORG}/access_log",
        {},
    ),
    "children_audit, for one": (
        lambda it: it.activity(ACME_LOCKTERA, "children_audit.feedfacefeedfacefe.1"),
        f"{ORG}/children_audit",
        {},
    ),
    "consumption": (lambda it: it.consumption(ACME_LOCKTERA), f"{ORG}/consumption", {}),
    "customizations": (lambda it: it.customizations(ACME_LOCKTERA), f"{ORG}/customizations", {}),
    "own organization": (lambda it: anext(it.listing()), "/v1/org", {}),
    "greeting": (lambda it: it.greet(), "/v1/org", {}),
}


@pytest.mark.parametrize(("ask", "path", "query"), READS.values(), ids=READS)
async def test_a_read_is_sent_as_documented(sends, ask, path: str, query: dict[str, str]) -> None:
    sent = await sends(LOCKTERA, ask)
    assert (sent.method, sent.path, sent.query) == ("GET", path, query)
    assert sent.headers["Authorization"] == "Bearer LOCKTERA_API_KEY"
    assert sent.headers["Accept"] == "application/json"
    assert not {"Content-Type", "Accept-Version"} & set(sent.headers)


async def test_both_logs_are_one_call_each(bench) -> None:
    await log(*bench.adapter(LOCKTERA).logs)(bench.adapter(LOCKTERA))
    assert sorted(bench.calls(LOCKTERA)) == [f"GET {ORG}/access_log", f"GET {ORG}/children_audit"]


async def test_each_organization_is_a_call_of_its_own(bench) -> None:
    one = bench.adapter(LOCKTERA)
    await asyncio.gather(*map(one.profile, (ACME_LOCKTERA, ACME_LEGAL_LOCKTERA, ACME_LOCKTERA)))
    assert sorted(bench.calls(LOCKTERA)) == sorted([f"GET {ORG}", f"GET /v1/orgs/{ACME_LEGAL_LOCKTERA}"])
