"""Losant's capabilities against its stand-in: what the gateway reads is what the REST API says."""

import datetime as dt

import pytest

from gateway.sandbox.world.links import ACME_LOSANT
from gateway.sandbox.world.losant import ODD
from gateway.upstreams.losant.organizations import COUNTS
from resolvers.activities import ActivityQuestion, ActivitySource, ActorKind
from resolvers.errors import NotFound
from resolvers.identity import Upstream
from resolvers.invitations import InvitationStatus
from resolvers.resource_counts import ResourceCounts
from resolvers.roles import ResourceKind, Role

pytestmark = pytest.mark.anyio

LOSANT = Upstream.LOSANT
ROLES = {
    "admin": Role.ADMIN,
    "edit": Role.EDITOR,
    "collaborate": Role.COLLABORATOR,
    "view": Role.VIEWER,
    "none": Role.NONE,
}
AUDIT = frozenset({ActivitySource.AUDIT_LOG})


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def losant(bench):
    return bench.adapter(LOSANT)


@pytest.fixture
async def raw(bench):
    """Acme as the REST API gives it."""
    return await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}")


class TestReadsOrganizations:
    async def test_the_facts_are_those_of_the_api(self, losant, raw) -> None:
        profile = await losant.profile(ACME_LOSANT)
        assert (profile.native_id, profile.name, profile.description) == (raw["id"], raw["name"], raw["description"])
        assert (profile.created_at, profile.updated_at) == (instant(raw["creationDate"]), instant(raw["lastUpdated"]))
        assert profile.created_at.utcoffset() == dt.timedelta(0)
        assert (profile.slug, profile.logo_url) == (None, None)

    async def test_what_is_left_out_is_null(self, losant) -> None:
        profile = await losant.profile(ODD)
        assert profile.name == "Zażółć 🛰 Prototypes"
        assert profile.description is None


class TestListsOrganizations:
    async def test_all_are_listed_by_id_each_once(self, losant, bench) -> None:
        pages = [page async for page in losant.listing()]
        ids = [profile.native_id for page in pages for profile in page]
        raw = await bench.rest(LOSANT, "/orgs", perPage="1000")
        assert ids == sorted(org["id"] for org in raw["items"])
        assert len(ids) == raw["totalCount"]
        assert ids == sorted(ids, key=losant.place)

    async def test_a_listed_one_is_not_asked_for_again(self, losant, bench) -> None:
        profiles = [profile async for page in losant.listing() for profile in page]
        calls = len(bench.calls(LOSANT))
        for listed in profiles[:5]:
            assert await losant.profile(listed.native_id) == listed
        assert len(bench.calls(LOSANT)) == calls


class TestReadsMembers:
    async def test_the_members_are_those_of_the_api(self, losant, raw) -> None:
        part = await losant.members(ACME_LOSANT)
        assert part.failures == []
        assert [member.native_id for member in part.items] == [each["userId"] for each in raw["members"]]
        for member, each in zip(part.items, raw["members"], strict=True):
            assert member.name == f"{each['firstName']} {each['lastName']}"
            assert member.email == each["email"]
            assert member.avatar_url == each.get("avatarUrl")
            assert member.two_factor_enabled is each["twoFactorAuthEnabled"]
            assert (member.role, member.native_role) == (ROLES[each["role"]], each["role"])
            assert (member.upstream, member.assigned_roles, member.joined_at) == (LOSANT, [], None)

    async def test_every_role_of_the_api_is_among_them(self, losant) -> None:
        part = await losant.members(ACME_LOSANT)
        assert {member.native_role for member in part.items} == set(ROLES)

    async def test_roles_on_single_resources_come_with_their_kind(self, losant, raw) -> None:
        members = {member.native_id: member for member in (await losant.members(ACME_LOSANT)).items}
        seen = set()
        for each in raw["members"]:
            told = [
                (ResourceKind.APPLICATION, role["resourceId"], ROLES[role["role"]]) for role in each["applicationRoles"]
            ] + [(ResourceKind.DASHBOARD, role["resourceId"], ROLES[role["role"]]) for role in each["dashboardRoles"]]
            given = members[each["userId"]].resource_roles
            assert [(role.resource_kind, role.resource_id, role.role) for role in given] == told
            seen |= {kind for kind, _, _ in told}
        assert seen == set(ResourceKind)

    async def test_an_unknown_role_passes_through(self, losant) -> None:
        auditor = (await losant.members(ODD)).items[1]
        assert (auditor.role, auditor.native_role) == (Role.CUSTOM, "auditor")
        assert auditor.avatar_url is None
        assert auditor.resource_roles == []
        assert " " not in auditor.name

    async def test_one_is_found_among_them(self, losant, raw) -> None:
        wanted = raw["members"][3]
        assert (await losant.member(ACME_LOSANT, wanted["userId"])).email == wanted["email"]
        assert await losant.member(ACME_LOSANT, "aaaaaaaaaaaaaaaaaaaaaaaa") is None


class TestReadsInvitations:
    async def test_the_invitations_are_those_of_the_api(self, losant, bench) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}/invites")
        part = await losant.invitations(ACME_LOSANT)
        assert part.failures == []
        assert [invitation.native_id for invitation in part.items] == [each["id"] for each in raw]
        for invitation, each in zip(part.items, raw, strict=True):
            invited = instant(each["inviteDate"])
            assert (invitation.email, invitation.native_role) == (each["email"], each["role"])
            assert invitation.role is ROLES[each["role"]]
            assert (invitation.invited_at, invitation.expires_at) == (invited, invited + dt.timedelta(days=7))
            assert (invitation.status is InvitationStatus.EXPIRED) is each["hasExpired"]
        assert {invitation.status for invitation in part.items} == set(InvitationStatus)

    async def test_one_is_found_among_them(self, losant) -> None:
        known = (await losant.invitations(ACME_LOSANT)).items[0]
        assert await losant.invitation(ACME_LOSANT, known.native_id) == known
        assert await losant.invitation(ACME_LOSANT, "aaaaaaaaaaaaaaaaaaaaaaaa") is None


class TestReadsPlan:
    async def test_the_plan_comes_with_its_limits(self, losant, raw) -> None:
        plan = await losant.plan(ACME_LOSANT)
        assert (plan.id, plan.status, plan.upstream) == (raw["planId"], raw["subscriptionStatus"], LOSANT)
        assert plan.period_start == instant(raw["currentPeriodStart"])
        assert plan.period_end == instant(raw["currentPeriodEnd"])
        assert {limit.name: limit.value for limit in plan.limits} == raw["limits"]

    async def test_a_limit_beyond_two_to_the_53_is_exact(self, losant) -> None:
        plan = await losant.plan(ODD)
        assert {limit.name: limit.value for limit in plan.limits}["payload"] == 2**55 + 1
        assert (plan.id, plan.status) == (None, "past_due")


class TestCountsResources:
    async def test_every_count_of_the_graph_has_a_source(self) -> None:
        fields = {field.python_name for field in ResourceCounts.__strawberry_definition__.fields}  # type: ignore[attr-defined]  # Strawberry adds it
        assert fields - {"ref"} == set(COUNTS)

    async def test_the_counts_are_those_of_the_api(self, losant, bench) -> None:
        odd = ("payloadCount", "storageStats", "notebookStats")
        plain = {name: member for name, (member, _) in COUNTS.items() if member not in odd}
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}", summaryInclude=",".join({*plain.values(), *odd}))
        summary = raw["summary"]
        for name, member in plain.items():
            assert await losant.resource_count(ACME_LOSANT, name) == summary[member], name
        payloads = sum(sum(sources.values()) for sources in summary["payloadCount"].values())
        assert await losant.resource_count(ACME_LOSANT, "payloads") == payloads > 0
        assert await losant.resource_count(ACME_LOSANT, "stored_files") == summary["storageStats"]["count"]
        assert await losant.resource_count(ACME_LOSANT, "storage_bytes") == summary["storageStats"]["size"]
        assert await losant.resource_count(ACME_LOSANT, "notebook_runs") == summary["notebookStats"]["runsThisPeriod"]

    async def test_a_count_beyond_two_to_the_53_is_exact(self, losant) -> None:
        assert await losant.resource_count(ODD, "events") == 2**53 + 1

    async def test_a_count_that_is_left_out_is_null(self, losant, bench) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ODD}", summaryInclude="webhookCount")
        assert await losant.resource_count(ODD, "webhooks") == raw["summary"].get("webhookCount")


class TestReadsActivities:
    async def test_the_entries_are_those_of_the_audit_log(self, losant, bench) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}/audit-logs", perPage="1000", sortDirection="desc")
        part = await losant.activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, None))
        entries = {entry.native_id: entry for entry in part.items}
        assert set(entries) == {each["id"] for each in raw["items"]}
        assert (part.failures, part.truncated, part.counted) == ([], False, True)
        for each in raw["items"]:
            entry = entries[each["id"]]
            assert entry.occurred_at == instant(each["creationDate"])
            assert entry.action == f"{each['requestResource']}.{each['requestAction']}"
            assert entry.outcome == str(each["responseStatus"])
            assert (entry.actor.id, entry.actor.name) == (each.get("actorId"), each.get("actorName"))
            assert entry.target == (each.get("primaryTargetName") or each.get("primaryTargetId"))
            assert set(entry.details) <= set(each)
            assert (entry.source, entry.service_id) == (ActivitySource.AUDIT_LOG, None)

    async def test_the_actors_kinds_are_told(self, losant, bench) -> None:
        kinds = {
            "User": ActorKind.USER,
            "ApiToken": ActorKind.API,
            "Device": ActorKind.DEVICE,
            "Application": ActorKind.APPLICATION,
            "Flow": ActorKind.WORKFLOW,
        }
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}/audit-logs", perPage="1000")
        part = await losant.activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, None))
        told = {entry.native_id: entry.actor.kind for entry in part.items}
        assert told == {each["id"]: kinds[each["actorType"]] for each in raw["items"]}
        assert len(set(told.values())) > 1

    async def test_no_more_is_read_than_is_needed(self, losant, bench) -> None:
        enough = ActivityQuestion(None, None, AUDIT, None, 5)
        part = await losant.activities(ACME_LOSANT, enough)
        whole = await losant.activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, None))
        assert part.items == whole.items[: len(part.items)]
        assert part.truncated is (len(whole.items) > len(part.items))
        times = [entry.occurred_at for entry in whole.items]
        assert times == sorted(times, reverse=True)
        assert bench.calls(LOSANT)[0].startswith(f"GET /orgs/{ACME_LOSANT}/audit-logs")

    async def test_a_window_is_kept(self, losant) -> None:
        whole = (await losant.activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, None))).items
        since, until = whole[-3].occurred_at, whole[2].occurred_at
        part = await losant.activities(ACME_LOSANT, ActivityQuestion(since, until, AUDIT, None, None))
        assert [entry.native_id for entry in part.items] == [entry.native_id for entry in whole[2:-2]]

    async def test_one_entry_is_the_same_alone(self, losant, bench) -> None:
        known = (await losant.activities(ACME_LOSANT, ActivityQuestion(None, None, AUDIT, None, None))).items[0]
        assert await losant.activity(ACME_LOSANT, known.native_id) == known
        with pytest.raises(NotFound):
            await losant.activity(ACME_LOSANT, "aaaaaaaaaaaaaaaaaaaaaaaa")
        sent = bench.sent
        assert await losant.activity(ACME_LOSANT, "no id at all") is None
        assert bench.sent == sent
