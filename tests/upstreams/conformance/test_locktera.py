"""Locktera's capabilities against its stand-in: what the gateway reads is what the REST API says."""

import datetime as dt

import pytest

from gateway.sandbox.world.links import (
    ACME_LEGAL_LOCKTERA,
    ACME_LOCKTERA,
    HOLLOW_LOCKTERA,
    MEGACORP_LOCKTERA,
    NORTHWIND_LOCKTERA,
)
from resolvers.activities import ActivityQuestion, ActivitySource, ActorKind
from resolvers.errors import NotFound
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOCKTERA = Upstream.LOCKTERA
ACCESS, AUDIT = ActivitySource.ACCESS_LOG, ActivitySource.CHILDREN_AUDIT


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def question(*sources: ActivitySource, since: dt.datetime | None = None, until: dt.datetime | None = None):
    return ActivityQuestion(since, until, frozenset(sources), None, None)


@pytest.fixture
def locktera(bench):
    return bench.adapter(LOCKTERA)


class TestReadsOrganizations:
    async def test_the_facts_are_those_of_the_api(self, locktera, bench) -> None:
        raw = await bench.rest(LOCKTERA, f"/v1/orgs/{ACME_LOCKTERA}")
        profile = await locktera.profile(ACME_LOCKTERA)
        assert (profile.native_id, profile.name) == (raw["id"], raw["name"])
        assert profile.created_at == instant(raw["created_at"])
        assert profile.created_at.utcoffset() == dt.timedelta(0)
        assert profile.logo_url == raw["customizations"]["logo_url"]
        assert (profile.slug, profile.description, profile.updated_at) == (None, None, None)

    async def test_what_is_left_out_is_null(self, locktera) -> None:
        profile = await locktera.profile(HOLLOW_LOCKTERA)
        assert profile.native_id == HOLLOW_LOCKTERA
        assert (profile.name, profile.logo_url, profile.created_at) == (None, None, None)


class TestListsOrganizations:
    async def test_the_configured_ones_and_the_keys_own_are_listed(self, locktera, bench) -> None:
        profiles = [profile async for page in locktera.listing() for profile in page]
        own = (await bench.rest(LOCKTERA, "/v1/org"))["id"]
        configured = {
            ACME_LOCKTERA,
            NORTHWIND_LOCKTERA,
            MEGACORP_LOCKTERA,
            ACME_LEGAL_LOCKTERA,
            HOLLOW_LOCKTERA,
        }
        assert [profile.native_id for profile in profiles] == sorted(configured | {own})
        assert [locktera.place(profile.native_id) for profile in profiles] == sorted(
            locktera.place(profile.native_id) for profile in profiles
        )

    async def test_the_keys_own_is_not_asked_for_again(self, locktera, bench) -> None:
        [_ async for _ in locktera.listing()]
        await locktera.profile((await bench.rest(LOCKTERA, "/v1/org"))["id"])
        assert bench.calls(LOCKTERA) == ["GET /v1/org"]


class TestReadsCustomizations:
    async def test_all_are_kept_and_three_are_known(self, locktera, bench) -> None:
        raw = await bench.rest(LOCKTERA, f"/v1/orgs/{ACME_LOCKTERA}/customizations")
        found = await locktera.customizations(ACME_LOCKTERA)
        assert found.values == raw
        assert "welcome" in found.values
        assert (found.theme, found.logo_url, found.branding_color) == (
            raw["theme"],
            raw["logo_url"],
            raw["branding_color"],
        )

    async def test_an_organization_that_never_set_any_has_none(self, locktera) -> None:
        found = await locktera.customizations(NORTHWIND_LOCKTERA)
        assert (found.values, found.theme, found.logo_url, found.branding_color) == ({}, None, None, None)


class TestReportsConsumption:
    async def test_a_single_month_is_a_list_of_one(self, locktera, bench) -> None:
        raw = await bench.rest(LOCKTERA, f"/v1/orgs/{ACME_LOCKTERA}/consumption")
        [month] = await locktera.consumption(ACME_LOCKTERA)
        assert (month.month, month.api_calls, month.storage_used_gb) == (
            raw["month"],
            raw["api_calls"],
            raw["storage_used"],
        )
        assert month.upstream is LOCKTERA

    async def test_a_count_beyond_two_to_the_53_is_exact(self, locktera) -> None:
        [month] = await locktera.consumption(MEGACORP_LOCKTERA)
        assert month.api_calls == 9_007_199_254_740_993_123
        assert month.storage_used_gb == 0


class TestReadsActivities:
    async def test_the_access_log_is_that_of_the_api(self, locktera, bench) -> None:
        raw = await bench.rest(LOCKTERA, f"/v1/orgs/{ACME_LOCKTERA}/access_log")
        part = await locktera.activities(ACME_LOCKTERA, question(ACCESS))
        assert part.failures == []
        for entry, each in zip(part.items, raw, strict=True):
            named = "@" in each["user"]
            assert entry.occurred_at == instant(each["timestamp"])
            assert (entry.action, entry.outcome) == (each["action"], each.get("status"))
            assert entry.actor.kind is ActorKind.USER
            assert (entry.actor.name if named else entry.actor.id) == each["user"]
            assert (entry.actor.id if named else entry.actor.name) is None
            assert entry.actor.ip_address == each.get("ip")
            assert (entry.source, entry.target, entry.details) == (ACCESS, each.get("org_id"), None)

    async def test_the_children_audit_is_that_of_the_api(self, locktera, bench) -> None:
        raw = await bench.rest(LOCKTERA, f"/v1/orgs/{ACME_LOCKTERA}/children_audit")
        part = await locktera.activities(ACME_LOCKTERA, question(AUDIT))
        assert part.failures == []
        assert len(raw) > 0
        for entry, each in zip(part.items, raw, strict=True):
            assert entry.occurred_at == instant(each["timestamp"])
            assert (entry.action, entry.outcome, entry.target) == (each["action"], None, each.get("org_id"))
            assert (entry.actor.id, entry.actor.ip_address) == (each.get("admin_id"), each.get("ip"))
            kept = ("address_id", "old_data", "new_data")
            told = {name: each[name] for name in kept if each.get(name) is not None}
            assert entry.details == (told or None)
            assert entry.source is AUDIT

    async def test_both_logs_are_one_part_and_every_id_is_its_own(self, locktera) -> None:
        both = await locktera.activities(ACME_LOCKTERA, question(ACCESS, AUDIT))
        ids = [entry.native_id for entry in both.items]
        assert len(set(ids)) == len(ids)
        assert {entry.source for entry in both.items} == {ACCESS, AUDIT}
        assert (both.truncated, both.counted) == (False, True)

    async def test_only_the_wanted_log_is_read(self, locktera, bench) -> None:
        await locktera.activities(ACME_LOCKTERA, question(AUDIT))
        assert bench.calls(LOCKTERA) == [f"GET /v1/orgs/{ACME_LOCKTERA}/children_audit"]

    async def test_a_window_is_kept(self, locktera) -> None:
        whole = (await locktera.activities(ACME_LOCKTERA, question(ACCESS))).items
        since, until = whole[-3].occurred_at, whole[2].occurred_at
        part = await locktera.activities(ACME_LOCKTERA, question(ACCESS, since=since, until=until))
        assert 0 < len(part.items) < len(whole)
        assert all(since <= entry.occurred_at <= until for entry in part.items)

    async def test_an_id_is_the_same_in_the_next_operation(self, bench) -> None:
        parts = [await bench.adapter(LOCKTERA).activities(ACME_LOCKTERA, question(ACCESS)) for _ in range(2)]
        first, again = ([entry.native_id for entry in part.items] for part in parts)
        assert first == again

    async def test_one_entry_is_found_in_its_log(self, bench) -> None:
        known = (await bench.adapter(LOCKTERA).activities(ACME_LOCKTERA, question(ACCESS, AUDIT))).items
        for entry in (known[0], known[-1]):
            assert await bench.adapter(LOCKTERA).activity(ACME_LOCKTERA, entry.native_id) == entry
        assert await bench.adapter(LOCKTERA).activity(ACME_LOCKTERA, "access_log.feedfacefeedfacefe.1") is None
        with pytest.raises(NotFound):
            await bench.adapter(LOCKTERA).activity("no-such-org", "access_log.feedfacefeedfacefe.1")

    async def test_an_id_of_no_log_asks_nothing(self, locktera, bench) -> None:
        assert await locktera.activity(ACME_LOCKTERA, "events.1") is None
        assert bench.sent == 0
