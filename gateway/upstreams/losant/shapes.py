"""What Losant says of an organization: its members, limits and counts come with it."""

from typing import Any, Final, NamedTuple, TypeVar, cast

import msgspec

from gateway.upstreams.losant.asking import PayloadStats
from gateway.upstreams.losant.members import MEMBERS, LosantMember, MemberShape
from gateway.upstreams.reading import Instant, Shape, sound, text
from resolvers.errors import UpstreamInvalidResponse
from resolvers.identity import Link, Upstream
from resolvers.merging import Part
from resolvers.plans import Limit, Plan
from resolvers.profiles import Profile
from resolvers.scalars import BigInt

T = TypeVar("T")

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


class _Organization(msgspec.Struct, rename="camel", gc=False):
    """What an organization says in a few words, and what is made of the rest."""

    id: str
    name: str | None = None
    description: str | None = None
    creation_date: Instant | None = None
    last_updated: Instant | None = None
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

    def told_limits(self) -> dict[str, int] | None:
        """The limits; a failure in their place where they could not be read."""
        raise NotImplementedError

    def told_summary(self) -> dict[str, Any] | None:
        """The counts by Losant's names; the same."""
        raise NotImplementedError

    def plan(self) -> Plan:
        """The subscription."""
        limits = sound(self.told_limits()) or {}
        return Plan(
            upstream=Upstream.LOSANT,
            id=text(self.plan_id),
            status=text(self.subscription_status),
            period_start=self.current_period_start,
            period_end=self.current_period_end,
            limits=[Limit(name=name, value=BigInt(sound(value))) for name, value in limits.items()],
        )

    def count(self, name: str) -> int | None:
        """One count of the summary, by our name; None where the summary leaves it out.

        Raises:
            UpstreamInvalidResponse: It is no whole number.
        """
        member, inner = COUNTS[name]
        value: object = sound((sound(self.told_summary()) or {}).get(member))
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


class OrganizationShape(_Organization, rename="camel", gc=False):
    """An organization, with its members."""

    members: list[MemberShape] | None = None
    limits: dict[str, int] | None = None
    summary: dict[str, Any] | None = None

    def told_limits(self) -> dict[str, int] | None:  # noqa: D102  as above
        return self.limits

    def told_summary(self) -> dict[str, Any] | None:  # noqa: D102  as above
        return self.summary

    def member_list(self, link: Link) -> Part[LosantMember]:
        """All members."""
        return MEMBERS.partly(link.native_id, sound(self.members))


_LIMITS = Shape(Upstream.LOSANT, cast("type[dict[str, int] | None]", dict[str, int] | None), where="`limits`")
_SUMMARY = Shape(Upstream.LOSANT, cast("type[dict[str, Any] | None]", dict[str, Any] | None), where="`summary`")
_NULL: Final = msgspec.Raw(b"null")


class _Asked(NamedTuple):
    """Members that were asked for once."""

    read_from: msgspec.Raw


class OrganizationGlance(_Organization, rename="camel", gc=False):
    """The same, whose long members are read when they are asked for: most ask for none of them.

    What was read, or made of it, takes the place of what it was read from.
    """

    members: msgspec.Raw = _NULL
    limits: msgspec.Raw = _NULL
    summary: msgspec.Raw = _NULL

    def told_limits(self) -> dict[str, int] | None:  # noqa: D102  as above
        return self._told("limits", _LIMITS)

    def told_summary(self) -> dict[str, Any] | None:  # noqa: D102  as above
        return self._told("summary", _SUMMARY)

    def _told(self, member: str, shape: Shape[T]) -> T:
        told: Any = getattr(self, member)
        if told.__class__ is msgspec.Raw:
            try:
                told = shape.read(told)
            except UpstreamInvalidResponse as failure:
                told = failure.with_traceback(None)
            setattr(self, member, told)
        return cast("T", told)

    def member_list(self, link: Link) -> Part[LosantMember]:
        """All members. They take ten times as much as what they are read from: the first who asks keeps them alone."""
        members: Any = self.members
        if members.__class__ is Part:
            return cast("Part[LosantMember]", members)
        if members.__class__ is msgspec.Raw:
            self.members = cast("msgspec.Raw", _Asked(members))
            return MEMBERS.of(members, link.native_id)
        if members.__class__ is _Asked:
            made = MEMBERS.of(members.read_from, link.native_id)
        else:
            made = MEMBERS.wholly(link.native_id, members)
        self.members = cast("msgspec.Raw", made)
        return made


class _WithMembers(OrganizationGlance, rename="camel", gc=False):
    """The same where the members were asked for before it came: to go through them twice takes longer."""

    members: list[MemberShape] | None = None  # type: ignore[assignment]  # as they are read


class OrganizationPage(msgspec.Struct, rename="camel", gc=False):
    """A page of the list of organizations."""

    items: list[OrganizationShape]
    total_count: int


class _PageGlance(msgspec.Struct, rename="camel", gc=False):
    items: list[OrganizationGlance]
    total_count: int


ORGANIZATION = Shape(Upstream.LOSANT, OrganizationShape, glance=OrganizationGlance)
WITH_MEMBERS = Shape(Upstream.LOSANT, OrganizationShape, glance=_WithMembers)
PAGE = Shape(Upstream.LOSANT, OrganizationPage, glance=_PageGlance)
