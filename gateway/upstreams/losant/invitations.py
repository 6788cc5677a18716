"""Losant's invitations: a bare list, in which expired ones stay and accepted ones do not."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, cast

import msgspec

from gateway.settings.native_ids import losant_id
from gateway.upstreams.loading import given, loaded
from gateway.upstreams.losant.asking import (
    ROLES,
    LosantCalls,
    ResourceRoleShape,
    resource_role_words,
    resource_roles,
    role_word,
)
from gateway.upstreams.making import Listing
from gateway.upstreams.reading import Instant, Shape, from_shape, sound
from resolvers.errors import BadUserInput, Failure, NotFound, UpstreamInvalidResponse
from resolvers.gathering import Given
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus, InvitesMembers, ReadsInvitations, RevokesInvitations
from resolvers.merging import Part
from resolvers.roles import AssignedRole, Grant, ResourceRole, Role


class InviteShape(msgspec.Struct, rename="camel", gc=False):
    """An invitation; accepted ones are gone from the list."""

    id: str
    email: str
    role: str = ""
    application_roles: list[ResourceRoleShape] | None = None
    dashboard_roles: list[ResourceRoleShape] | None = None
    invite_date: Instant | None = None
    ttl: float | None = None
    has_expired: bool = False


@Invitation.register
class LosantInvitation(msgspec.Struct, gc=False):
    """An invitation, of which only what is asked for is put into the graph's words, but for what most ask for."""

    link: Link
    shape: InviteShape
    role: Role
    status: InvitationStatus

    upstream: ClassVar[Upstream] = Upstream.LOSANT
    native_id: ClassVar[Any] = from_shape("id")
    email: ClassVar[Any] = from_shape("email")
    native_role: ClassVar[Any] = from_shape("role")
    invited_at: ClassVar[Any] = from_shape("invite_date")

    @property
    def assigned_roles(self) -> list[AssignedRole]:
        """None: there is one role."""
        return []

    @property
    def resource_roles(self) -> list[ResourceRole]:
        """Other roles on single resources."""
        return resource_roles(self.shape.application_roles, self.shape.dashboard_roles)

    @property
    def expires_at(self) -> dt.datetime | None:
        """Assumed: `ttl` is in milliseconds."""
        try:
            invited, ttl = sound(self.shape.invite_date), sound(self.shape.ttl)
            return None if invited is None or ttl is None else invited + dt.timedelta(milliseconds=ttl)
        except OverflowError:
            failure: Failure = UpstreamInvalidResponse(
                "Losant sent a time that no calendar has.", upstream=Upstream.LOSANT
            )
        except Failure as misfit:
            failure = misfit
        return cast("dt.datetime", failure)


def _invitations(link: Link, shapes: Sequence[InviteShape]) -> list[Invitation]:
    made = [
        LosantInvitation(link, shape, _role(shape.role, _CUSTOM), _EXPIRED if shape.has_expired else _PENDING)
        for shape in shapes
    ]
    return cast("list[Invitation]", made)


_role = ROLES.get
_CUSTOM, _EXPIRED, _PENDING = Role.CUSTOM, InvitationStatus.EXPIRED, InvitationStatus.PENDING
"""Enums look their members up by a function of Python's own each time."""

_INVITES = Shape(Upstream.LOSANT, list[InviteShape])
_LISTED: Listing[InviteShape, Invitation] = Listing(
    Upstream.LOSANT,
    list[InviteShape],
    _invitations,
    check=lambda shape: resource_roles(shape.application_roles, shape.dashboard_roles),
)


class LosantInvitations(LosantCalls, ReadsInvitations, InvitesMembers, RevokesInvitations):
    """Open invitations.

    Attributes:
        _told: The list that the last change was answered with: as it is now, so that nobody needs to read it.
    """

    _told: Mapping[str, list[InviteShape]] = MappingProxyType({})

    async def invite_member(self, native_id: str, email: str, grant: Grant) -> Invitation:
        """`POST /orgs/{id}/invites`, which answers with the whole list; an address is invited once, and renewed."""
        if grant.role is None:
            raise BadUserInput("Losant needs a role.", field=("role",), upstream=self.upstream)
        if grant.role_ids is not None:
            raise BadUserInput(
                "Losant assigns no roles by id; give `role`.", field=("roleIds",), upstream=self.upstream
            )
        body = {"email": email, "role": role_word(grant.role, ("role",))} | resource_role_words(grant.resource_roles)
        shapes = self.written(_INVITES, await self.write("org.inviteMember", "POST", (native_id, "invites"), body))
        self._told = {native_id: shapes}
        address = email.casefold()
        same = [each for each in shapes if each.__class__ is InviteShape and each.email.casefold() == address]
        if not same:
            raise self.unreadable()
        try:
            return _LISTED.one(native_id, same[0] if len(same) == 1 else max(same, key=_newness))
        except UpstreamInvalidResponse:
            raise self.unreadable() from None

    async def revoke_invitation(self, native_id: str, invitation_id: str) -> None:
        """`DELETE /orgs/{id}/invites`; the invitation stands in the query."""
        try:
            query = (("inviteId", losant_id(invitation_id)),)
        except ValueError:
            raise NotFound("No invitation has this id.", field=("invitationId",), upstream=self.upstream) from None
        body = await self.write("org.revokeInvite", "DELETE", (native_id, "invites"), query=query)
        self._told = {native_id: self.written(_INVITES, body)}

    @loaded
    def invitations(self, native_id: str) -> Given[Part[Invitation]]:
        """All that are open or expired; accepted ones are gone."""
        told = self._told.get(native_id)
        if told is not None:
            return given(_LISTED.partly(native_id, told))
        parts = ("orgs", native_id, "invites")
        return self.get(_LISTED, "org.pendingInvites", parts, native_id=native_id)


def _newness(shape: InviteShape) -> tuple[bool, dt.datetime]:
    """Pending ones before expired ones, the newest first."""
    moment = shape.invite_date
    at = moment if isinstance(moment, dt.datetime) else dt.datetime.min.replace(tzinfo=dt.UTC)
    return not shape.has_expired, at
