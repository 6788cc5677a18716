"""ClickHouse Cloud's capabilities against its stand-in: what the gateway reads is what the REST API says."""

import datetime as dt
import math
from typing import Any

import pytest

from gateway.sandbox.world.links import (
    ACME_CLICKHOUSE,
    CREDENTIALS,
    HOLLOW_CLICKHOUSE,
    MEGACORP_CLICKHOUSE,
    NORTHWIND_CLICKHOUSE,
    TAILSPIN_CLICKHOUSE,
)
from resolvers.activities import ActivityQuestion, ActivitySource, ActorKind
from resolvers.device_usage import Window
from resolvers.errors import BadUserInput, NotFound
from resolvers.identity import Upstream
from resolvers.invitations import InvitationStatus
from resolvers.roles import Role

pytestmark = pytest.mark.anyio

CLICKHOUSE = Upstream.CLICKHOUSE
ACME = ACME_CLICKHOUSE
NOBODY = "11111111-2222-4333-8444-555555555555"
SYSTEM = {"Admin": Role.ADMIN, "Member": Role.MEMBER, "Billing": Role.BILLING, "Org API reader": Role.VIEWER}
RANK = list(SYSTEM)


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def mapped(assigned: list[dict[str, str]]) -> tuple[Role, str]:
    """The role that may do most and its word, by the table of the unified roles."""
    system = [role["roleName"] for role in assigned if role["roleType"] == "system" and role["roleName"] in SYSTEM]
    if system:
        word = min(system, key=RANK.index)
        return SYSTEM[word], word
    return (Role.CUSTOM, assigned[0]["roleName"]) if assigned else (Role.NONE, "")


@pytest.fixture
def clickhouse(bench):
    return bench.adapter(CLICKHOUSE)


@pytest.fixture
def rest(bench):
    async def read(organization: str, path: str = "", **query: str) -> Any:
        answer = await bench.rest(CLICKHOUSE, f"/v1/organizations/{organization}{path}", organization, **query)
        return answer["result"]

    return read


class TestReadsOrganizations:
    async def test_the_facts_are_those_of_the_api(self, clickhouse, rest) -> None:
        raw = await rest(ACME)
        profile = await clickhouse.profile(ACME)
        assert (profile.native_id, profile.name) == (ACME, raw["name"])
        assert profile.created_at == instant(raw["createdAt"])
        assert profile.created_at.utcoffset() == dt.timedelta(0)
        assert (profile.slug, profile.logo_url, profile.description, profile.updated_at) == (None, None, None, None)


class TestListsOrganizations:
    async def test_every_key_lists_its_own(self, clickhouse) -> None:
        profiles = [profile async for page in clickhouse.listing() for profile in page]
        assert [profile.native_id for profile in profiles] == sorted(key.organization for key in CREDENTIALS.clickhouse)

    async def test_a_listed_one_is_not_asked_for_again(self, clickhouse, bench) -> None:
        profiles = [profile async for page in clickhouse.listing() for profile in page]
        for listed in profiles:
            assert await clickhouse.profile(listed.native_id) == listed
        assert bench.calls(CLICKHOUSE) == ["GET /v1/organizations"] * len(profiles)


class TestReadsPrivateEndpoints:
    async def test_the_endpoints_are_those_of_the_api(self, clickhouse, rest) -> None:
        for organization in (ACME, NORTHWIND_CLICKHOUSE, MEGACORP_CLICKHOUSE):
            raw = (await rest(organization))["privateEndpoints"]
            found = await clickhouse.private_endpoints(organization)
            given = [(each.id, each.description, each.cloud_provider, each.region) for each in found]
            assert given == [(e["id"], e.get("description"), e["cloudProvider"], e["region"]) for e in raw]
            assert given

    async def test_a_list_that_is_left_out_is_empty(self, clickhouse) -> None:
        assert await clickhouse.private_endpoints(HOLLOW_CLICKHOUSE) == []


class TestReadsByoc:
    async def test_the_accounts_are_those_of_the_api(self, clickhouse, rest) -> None:
        [raw] = (await rest(ACME))["byocConfig"]
        [found] = await clickhouse.byoc_configs(ACME)
        assert (found.id, found.state, found.account_name) == (raw["id"], raw["state"], raw["accountName"])
        assert (found.region, found.cloud_provider) == (raw["regionId"], raw["cloudProvider"])
        assert found.display_name == raw["displayName"]

    async def test_a_list_that_is_left_out_is_empty(self, clickhouse) -> None:
        assert await clickhouse.byoc_configs(HOLLOW_CLICKHOUSE) == []


class TestReadsPlan:
    async def test_the_quotas_are_the_limits(self, clickhouse, rest) -> None:
        plan = await clickhouse.plan(ACME)
        assert {limit.name: limit.value for limit in plan.limits} == {
            quota["quotaCode"]: quota["value"] for quota in await rest(ACME, "/quotas")
        }
        assert (plan.id, plan.status, plan.period_start, plan.period_end) == (None, None, None, None)


class TestReadsMembers:
    async def test_the_members_are_those_of_the_api(self, clickhouse, rest) -> None:
        raw = await rest(ACME, "/members")
        part = await clickhouse.members(ACME)
        assert part.failures == []
        for member, each in zip(part.items, raw, strict=True):
            assert (member.native_id, member.name, member.email) == (each["userId"], each["name"], each["email"])
            assert member.joined_at == instant(each["joinedAt"])
            assert [(role.id, role.name, role.kind) for role in member.assigned_roles] == [
                (role["roleId"], role["roleName"], role["roleType"]) for role in each.get("assignedRoles", [])
            ]
            if "assignedRoles" in each:
                assert (member.role, member.native_role) == mapped(each["assignedRoles"])
            assert (member.avatar_url, member.two_factor_enabled, member.resource_roles) == (None, None, [])
        assert {member.role for member in part.items} >= {*SYSTEM.values(), Role.CUSTOM, Role.NONE}

    async def test_the_old_word_counts_where_roles_are_not_assigned(self, clickhouse, rest) -> None:
        raw = await rest(TAILSPIN_CLICKHOUSE, "/members")
        part = await clickhouse.members(TAILSPIN_CLICKHOUSE)
        told = [(member.role, member.native_role) for member in part.items]
        words = {"admin": Role.ADMIN, "developer": Role.COLLABORATOR}
        assert told == [(words[each["role"]], each["role"]) for each in raw]
        assert {role for role, _ in told} == set(words.values())

    async def test_one_is_the_same_alone(self, clickhouse, bench) -> None:
        known = (await clickhouse.members(ACME)).items[1]
        assert await clickhouse.member(ACME, known.native_id) == known
        with pytest.raises(NotFound):
            await clickhouse.member(ACME, NOBODY)
        sent = bench.sent
        for no_id in ("", ".", "..", "a/b", "a b", "é", "a" * 129, "a?b", "a%2f"):
            assert await clickhouse.member(ACME, no_id) is None
        assert bench.sent == sent


class TestReadsInvitations:
    async def test_the_invitations_are_those_of_the_api(self, clickhouse, rest) -> None:
        raw = await rest(ACME, "/invitations")
        part = await clickhouse.invitations(ACME)
        assert part.failures == []
        now = dt.datetime.now(dt.UTC)
        for invitation, each in zip(part.items, raw, strict=True):
            assert (invitation.native_id, invitation.email) == (each["id"], each["email"])
            assert (invitation.role, invitation.native_role) == mapped(each["assignedRoles"])
            assert invitation.invited_at == instant(each["createdAt"])
            assert invitation.expires_at == instant(each["expireAt"])
            assert (invitation.status is InvitationStatus.EXPIRED) is (instant(each["expireAt"]) <= now)
        assert {invitation.status for invitation in part.items} == set(InvitationStatus)

    async def test_one_is_the_same_alone(self, clickhouse, bench) -> None:
        known = (await clickhouse.invitations(ACME)).items[0]
        assert await clickhouse.invitation(ACME, known.native_id.upper()) == known
        with pytest.raises(NotFound):
            await clickhouse.invitation(ACME, NOBODY)
        sent = bench.sent
        assert await clickhouse.invitation(ACME, "no-uuid") is None
        assert bench.sent == sent


class TestReadsActivities:
    @staticmethod
    def question(since: dt.datetime | None = None, until: dt.datetime | None = None) -> ActivityQuestion:
        return ActivityQuestion(since, until, frozenset({ActivitySource.ACTIVITY}), None, None)

    async def test_the_activities_are_those_of_the_api(self, clickhouse, rest) -> None:
        raw = await rest(ACME, "/activities")
        part = await clickhouse.activities(ACME, self.question())
        assert part.failures == []
        for activity, each in zip(part.items, raw, strict=True):
            assert (activity.native_id, activity.action) == (each["id"], each["type"])
            assert activity.occurred_at == instant(each["createdAt"])
            assert activity.actor.id == (each["actorId"] or None)
            assert activity.actor.name == (each["actorDetails"] or None)
            assert activity.actor.ip_address == each.get("actorIpAddress")
            assert activity.actor.user_agent == each.get("userAgent")
            assert (activity.service_id, activity.target) == (each.get("serviceId"), each.get("targetKeyId"))
            told = {name: each[name] for name in ("targetKeyId", "keyUpdateType") if name in each}
            assert activity.details == (told or None)
            assert (activity.source, activity.outcome) == (ActivitySource.ACTIVITY, None)

    async def test_the_actors_kinds_are_told_and_unknown_words_pass_through(self, clickhouse, rest) -> None:
        kinds = {
            "user": ActorKind.USER,
            "support": ActorKind.SUPPORT,
            "system": ActorKind.SYSTEM,
            "api": ActorKind.API,
            "automaton": ActorKind.UNKNOWN,
        }
        words = {each["id"]: each["actorType"] for each in await rest(ACME, "/activities")}
        part = await clickhouse.activities(ACME, self.question())
        assert {each.native_id: each.actor.kind for each in part.items} == {
            key: kinds[word] for key, word in words.items()
        }
        assert set(words.values()) == set(kinds)
        assert "organization_quantum_leap" in {each.action for each in part.items}

    async def test_a_window_is_no_narrower_than_asked(self, clickhouse) -> None:
        whole = (await clickhouse.activities(ACME, self.question())).items
        since, until = whole[20].occurred_at, whole[10].occurred_at
        half = dt.timedelta(milliseconds=500)
        for window in ((since, until), (since + half, until - half)):
            found = (await clickhouse.activities(ACME, self.question(*window))).items
            assert {each.native_id for each in found} >= {
                each.native_id for each in whole if window[0] <= each.occurred_at <= window[1]
            }
            assert len(found) < 20

    @pytest.mark.parametrize("year", [1, 9999])
    async def test_the_ends_of_the_calendar_can_be_asked_for(self, clickhouse, year: int) -> None:
        edge = dt.datetime(year, 12 if year > 1 else 1, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
        await clickhouse.activities(ACME, self.question(edge, edge))

    async def test_one_is_the_same_alone(self, clickhouse, bench) -> None:
        known = (await clickhouse.activities(ACME, self.question())).items[5]
        assert await clickhouse.activity(ACME, known.native_id) == known
        with pytest.raises(NotFound):
            await clickhouse.activity(ACME, "act_01J9ZK3Q7V5X2M8N4T6X")
        sent = bench.sent
        for no_id in ("too_short", "a" * 19, "../../../../../../../../..", "a b" * 10):
            assert await clickhouse.activity(ACME, no_id) is None
        assert bench.sent == sent


class TestReportsCost:
    async def test_a_month_is_one_call(self, clickhouse, rest, bench) -> None:
        window = Window(dt.datetime(2025, 7, 1, tzinfo=dt.UTC), dt.datetime(2025, 8, 1, tzinfo=dt.UTC))
        raw = await rest(ACME, "/usageCost", from_date="2025-07-01", to_date="2025-07-31")
        cost = await clickhouse.cost(ACME, window)
        assert (cost.total, cost.unit) == (raw["grandTotalCHC"], "CHC")
        assert cost.total > 0
        for item, each in zip(cost.items, raw["costs"], strict=True):
            assert item.date == dt.date.fromisoformat(each["date"])
            assert (item.entity_kind, item.entity_id) == (each["entityType"], each["entityId"])
            assert (item.entity_name, item.total) == (each["entityName"] or None, each["totalCHC"])
            assert (item.locked, item.metrics) == (each["locked"], each["metrics"])
        assert len(bench.calls(CLICKHOUSE)) == 1

    async def test_forty_days_are_two_calls_and_their_sum(self, clickhouse, rest, bench) -> None:
        since = dt.datetime(2025, 6, 5, 10, 0, tzinfo=dt.UTC)
        cost = await clickhouse.cost(ACME, Window(since, since + dt.timedelta(days=39)))
        spans = [("2025-06-05", "2025-07-05"), ("2025-07-06", "2025-07-14")]
        assert sorted(bench.calls(CLICKHOUSE)) == [
            f"GET /v1/organizations/{ACME}/usageCost {{'from_date': '{first}', 'to_date': '{last}'}}"
            for first, last in spans
        ]
        parts = [await rest(ACME, "/usageCost", from_date=first, to_date=last) for first, last in spans]
        assert cost.total == math.fsum(part["grandTotalCHC"] for part in parts)
        assert [(item.date.isoformat(), item.entity_id) for item in cost.items] == [
            (each["date"], each["entityId"]) for part in parts for each in part["costs"]
        ]
        days = {item.date for item in cost.items}
        assert (min(days).isoformat(), max(days).isoformat(), len(days)) == ("2025-06-05", "2025-07-14", 40)

    async def test_a_window_without_cost_is_nought(self, clickhouse) -> None:
        moment = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
        cost = await clickhouse.cost(ACME, Window(moment, moment + dt.timedelta(days=3)))
        assert (cost.total, cost.items) == (0.0, [])

    async def test_more_than_thirteen_calls_are_refused_before_any(self, clickhouse, bench) -> None:
        since = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        with pytest.raises(BadUserInput):
            await clickhouse.cost(ACME, Window(since, since + dt.timedelta(days=404)))
        assert bench.sent == 0
        await clickhouse.cost(ACME, Window(since, since + dt.timedelta(days=403)))
        assert bench.sent == 13

    @pytest.mark.parametrize("days", [0, 1, 31])
    @pytest.mark.parametrize("edge", ["first", "last"])
    async def test_the_ends_of_the_calendar_can_be_asked_for(self, clickhouse, edge: str, days: int) -> None:
        first, last = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
        span = dt.timedelta(days=days)
        cost = await clickhouse.cost(
            ACME, Window(first, first + span) if edge == "first" else Window(last - span, last)
        )
        assert cost.total == 0.0
