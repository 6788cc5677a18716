"""Losant's organizations: members, limits and counts come with them."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Final

import msgspec

from gateway.upstreams.loading import BatchLoader, at_once
from gateway.upstreams.losant.asking import PER_PAGE, LosantCalls, PayloadStats
from gateway.upstreams.losant.members import LosantMember, MemberShape, member_list
from gateway.upstreams.once import once
from gateway.upstreams.reading import Instant, Shape, part, sound, text
from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.identity import Link, Upstream
from resolvers.members import Member, ReadsMembers
from resolvers.merging import Part
from resolvers.plans import Limit, Plan, ReadsPlan
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.resource_counts import CountsResources
from resolvers.scalars import BigInt

COUNTS: Final[dict[str, tuple[str, str | None]]] = {
    "applications": ("appCount", None),
    "dashboards": ("dashCount", None),
    "devices": ("deviceCount", None),
    "device_recipes": ("deviceRecipeCount", None),
    "members": ("memberCount", None),
    "pending_invitations": ("pendingInviteCount", None),
    "notebooks": ("notebookCount", None),
    "webhooks": ("webhookCount", None),
    "data_tables": ("dataTableCount", None),
    "files": ("fileCount", None),
    "private_files": ("privateFileCount", None),
    "integrations": ("integrationCount", None),
    "workflows": ("flowCount", None),
    "events": ("eventCount", None),
    "credentials": ("credentialCount", None),
    "api_tokens": ("apiTokenCount", None),
    "application_keys": ("keyCount", None),
    "certificates": ("certificateCount", None),
    "certificate_authorities": ("certificateAuthorityCount", None),
    "resource_jobs": ("resourceJobCount", None),
    "experience_users": ("experienceUserCount", None),
    "experience_groups": ("experienceGroupCount", None),
    "experience_endpoints": ("experienceEndpointCount", None),
    "experience_views": ("experienceViewCount", None),
    "experience_versions": ("experienceVersionCount", None),
    "experience_domains": ("experienceDomainCount", None),
    "experience_slugs": ("experienceSlugCount", None),
    "payloads": ("payloadCount", None),
    "stored_files": ("storageStats", "count"),
    "storage_bytes": ("storageStats", "size"),
    "notebook_minutes": ("notebookStats", "minutesThisPeriod"),
    "notebook_runs": ("notebookStats", "runsThisPeriod"),
    "notebooks_awaiting": ("notebookStats", "awaitingCompletion"),
}
"""Our name of a count to the summary's member and, where that is an object, the member in it."""


class OrganizationShape(msgspec.Struct, rename="camel", gc=False):
    """An organization, with its members."""

    id: str
    name: str | None = None
    description: str | None = None
    creation_date: Instant | None = None
    last_updated: Instant | None = None
    members: list[MemberShape] | None = None
    limits: dict[str, int] | None = None
    summary: dict[str, Any] | None = None
    plan_id: str | None = None
    subscription_status: str | None = None
    current_period_start: Instant | None = None
    current_period_end: Instant | None = None

    def profile(self) -> Profile:
        """The facts that Losant has: no slug, no logo."""
        return Profile(
            native_id=self.id,
            name=self.name or None,
            description=self.description or None,
            created_at=self.creation_date,
            updated_at=self.last_updated,
        )

    def member_list(self, link: Link) -> Part[LosantMember]:
        """All members."""
        return member_list(link, sound(self.members or []))

    def plan(self) -> Plan:
        """The subscription."""
        return Plan(
            upstream=Upstream.LOSANT,
            id=text(self.plan_id),
            status=text(self.subscription_status),
            period_start=self.current_period_start,
            period_end=self.current_period_end,
            limits=[Limit(name=name, value=BigInt(sound(value))) for name, value in (sound(self.limits) or {}).items()],
        )

    def count(self, name: str) -> int | None:
        """One count of the summary, by our name; None where the summary leaves it out.

        Raises:
            UpstreamInvalidResponse: It is no whole number.
        """
        member, inner = COUNTS[name]
        value: object = sound((sound(self.summary) or {}).get(member))
        try:
            if member == "payloadCount" and value is not None:
                value = sum(sum(sources.values()) for sources in msgspec.convert(value, PayloadStats).values())
            elif inner and value is not None:
                value = msgspec.convert(value, dict[str, Any]).get(inner)
            return msgspec.convert(value, int | None)
        except msgspec.ValidationError:
            raise UpstreamInvalidResponse(
                f"Losant sent something else than a count (`{member}`).", upstream=Upstream.LOSANT
            ) from None


class OrganizationPage(msgspec.Struct, rename="camel", gc=False):
    """A page of the list of organizations."""

    items: list[OrganizationShape]
    total_count: int


MOST_PAGES: Final = 1000
"""Of the list of organizations; whatever the upstream says its length is."""

_ORGANIZATION = Shape(Upstream.LOSANT, OrganizationShape)
_PAGE = Shape(Upstream.LOSANT, OrganizationPage)

_Wanted = tuple[str, str | None]
"""An organization's id, and a member of its summary or None."""


class LosantOrganizations(
    LosantCalls, ReadsOrganizations, ListsOrganizations, ReadsMembers, ReadsPlan, CountsResources
):
    """Organizations and what comes with them."""

    facts = frozenset({"name", "description", "created_at", "updated_at"})

    async def greet(self) -> str:
        """The size of the list, which also tells when the list is the cheaper way to several organizations."""
        page = await self.read(_PAGE, "orgs.get", query=(("page", "0"), ("perPage", "1")), fresh=True)
        self._line.sizes.see(self.credential(), page.total_count)
        return f"The token sees {page.total_count} organizations."

    async def profile(self, native_id: str) -> Profile:
        """From the organization."""
        return (await self._organizations.load((native_id, None))).profile()

    async def members(self, native_id: str) -> Part[Member]:
        """They come with the organization."""
        shape = await self._organizations.load((native_id, None))
        return shape.member_list(Link(Upstream.LOSANT, native_id))  # type: ignore[return-value]  # registered as such

    async def plan(self, native_id: str) -> Plan:
        """It comes with the organization."""
        return (await self._organizations.load((native_id, None))).plan()

    async def resource_count(self, native_id: str, name: str) -> int | None:
        """From the summary, of which only what is wanted is asked for."""
        member, _ = COUNTS[name]
        return (await self._organizations.load((native_id, member))).count(name)

    @once
    def _organizations(self) -> BatchLoader[_Wanted, OrganizationShape]:
        return BatchLoader(self._read_organizations)

    @once
    def _known(self) -> dict[str, OrganizationShape]:
        return {}

    async def _read_organizations(self, keys: list[_Wanted]) -> Mapping[_Wanted, OrganizationShape | Exception]:
        """One call per organization, or the list where that is fewer calls and at most twice the organizations."""
        counts: dict[str, set[str]] = {}
        for native_id, member in keys:
            wanted = counts.setdefault(native_id, set())
            if member:
                wanted.add(member)
        known = self._known
        missing = [each for each in counts if each not in known or not self._has(each, counts[each])]
        found: dict[str, OrganizationShape | Exception] = {}
        total = self._line.sizes.seen(self.credential())
        if total is not None and total <= 2 * len(missing) and -(-total // PER_PAGE) < len(missing):
            async for page in self._pages(set().union(*counts.values()), len(missing)):
                found.update({shape.id: shape for shape in page.items})
            missing = [native_id for native_id in missing if native_id not in found]

        async def read(native_id: str) -> OrganizationShape | Exception:
            try:
                wanted = counts[native_id]
                return await self.read(_ORGANIZATION, "org.get", (native_id,), _summary(wanted) if wanted else ())
            except Failure as failure:
                return failure

        found.update(await at_once(read, missing))
        known.update({each: shape for each, shape in found.items() if shape.__class__ is OrganizationShape})
        return {key: found.get(key[0]) or known[key[0]] for key in keys}

    def _has(self, native_id: str, members: set[str]) -> bool:
        summary = self._known[native_id].summary
        return not members or (isinstance(summary, dict) and members <= summary.keys())

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By id, as the list is sorted."""
        return 0, native_id

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """Page by page."""
        failures: list[Failure] = []
        async for page in self._pages(()):
            for shape in page.items:
                self._known.setdefault(shape.id, shape)
                self._organizations.prime((shape.id, None), shape)
            yield [shape.profile() for shape in page.items]
            failures += page.failures
        if failures:
            raise failures[0]

    async def _pages(self, members: Collection[str], batch: int = 1) -> AsyncIterator[Part[OrganizationShape]]:
        number = 0
        while number < MOST_PAGES:
            query = (
                ("sortField", "id"),
                ("sortDirection", "asc"),
                ("page", str(number)),
                ("perPage", str(PER_PAGE)),
                *_summary(members),
            )
            page = await self.read(_PAGE, "orgs.get", query=query, batch=batch)
            self._line.sizes.see(self.credential(), page.total_count)
            yield part(page.items, self.listed)
            number += 1
            if not page.items or number * PER_PAGE >= page.total_count:
                return


def _summary(members: Collection[str]) -> tuple[tuple[str, str], ...]:
    return (("summaryInclude", ",".join(sorted(members))),) if members else ()
