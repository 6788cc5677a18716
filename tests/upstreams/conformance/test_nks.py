"""NKS's capabilities against its stand-in: what the gateway reads is what the REST API says."""

import datetime as dt

import pytest

from gateway.sandbox.world.links import ACME_NKS, MEGACORP_NKS
from resolvers.errors import NotFound
from resolvers.identity import Upstream
from resolvers.roles import Role

pytestmark = pytest.mark.anyio

NKS = Upstream.NKS
ACME = str(ACME_NKS)
NAMELESS_SLUG = "4120"
ROLES = {"owner": Role.OWNER, "admin": Role.ADMIN, "member": Role.MEMBER, "observer": Role.CUSTOM}


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def nks(bench):
    return bench.adapter(NKS)


class TestReadsOrganizations:
    async def test_the_facts_are_those_of_the_api(self, nks, bench) -> None:
        raw = await bench.rest(NKS, f"/orgs/{ACME}")
        profile = await nks.profile(ACME)
        assert (profile.native_id, profile.name, profile.slug) == (ACME, raw["name"], raw["slug"])
        assert (profile.logo_url, profile.description) == (raw["logo"], None)
        assert (profile.created_at, profile.updated_at) == (instant(raw["created"]), instant(raw["updated"]))
        assert profile.created_at.microsecond == 120931
        assert profile.created_at.utcoffset() == dt.timedelta(0)

    async def test_a_name_without_letters_has_no_slug_and_no_logo(self, nks) -> None:
        profile = await nks.profile(NAMELESS_SLUG)
        assert (profile.name, profile.slug, profile.logo_url) == ("🛰️🌍", None, None)


class TestListsOrganizations:
    async def test_all_are_listed_by_number(self, nks, bench) -> None:
        profiles = [profile async for page in nks.listing() for profile in page]
        raw = await bench.rest(NKS, "/orgs")
        assert [profile.native_id for profile in profiles] == [str(pk) for pk in sorted(org["pk"] for org in raw)]
        assert [nks.place(profile.native_id) for profile in profiles] == sorted(
            nks.place(profile.native_id) for profile in profiles
        )
        assert {profile.native_id: profile.name for profile in profiles} == {str(org["pk"]): org["name"] for org in raw}

    async def test_a_listed_one_is_not_asked_for_again(self, nks, bench) -> None:
        profiles = [profile async for page in nks.listing() for profile in page]
        for listed in profiles:
            assert await nks.profile(listed.native_id) == listed
        assert bench.calls(NKS) == ["GET /orgs"]


class TestReadsMembers:
    async def test_the_members_are_those_of_the_api(self, nks, bench) -> None:
        raw = await bench.rest(NKS, f"/orgs/{ACME}/members")
        part = await nks.members(ACME)
        assert part.failures == []
        for member, each in zip(part.items, raw, strict=True):
            assert member.native_id == str(each["pk"]) != str(each["user"]["pk"])
            assert (member.name, member.email) == (each["user"]["full_name"] or None, each["user"]["email"])
            assert (member.role, member.native_role) == (ROLES[each["role"]], each["role"])
            assert member.joined_at == instant(each["created"])
            assert (member.avatar_url, member.two_factor_enabled) == (None, None)
            assert (member.assigned_roles, member.resource_roles, member.upstream) == ([], [], NKS)

    async def test_every_role_of_the_api_is_told_and_an_unknown_one_passes_through(self, nks) -> None:
        members = (await nks.members(ACME)).items + (await nks.members(str(MEGACORP_NKS))).items
        told = {member.native_role: member.role for member in members}
        assert told == ROLES

    async def test_one_is_the_same_alone(self, nks, bench) -> None:
        known = (await nks.members(ACME)).items[1]
        assert await nks.member(ACME, known.native_id) == known
        with pytest.raises(NotFound):
            await nks.member(ACME, "987654321")
        sent = bench.sent
        for no_number in ("x", "", "-1", "1.5", "../2"):
            assert await nks.member(ACME, no_number) is None
        assert bench.sent == sent
