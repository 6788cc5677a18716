"""Losant's invitations: a bare list, in which expired ones stay and accepted ones do not."""

import datetime as dt
from collections.abc import Coroutine
from typing import Any, cast

import msgspec

from gateway.settings.native_ids import losant_id
from gateway.upstreams.loading import EachLoader
from gateway.upstreams.losant.asking import (
    ROLES,
    LosantCalls,
    ResourceRoleShape,
    resource_role_words,
    resource_roles,
    role_word,
)
from gateway.upstreams.once import once
from gateway.upstreams.reading import Instant, Shape, part_at_once, sound
from resolvers.errors import BadUserInput, Failure, NotFound, UpstreamInvalidResponse
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus, InvitesMembers, ReadsInvitations, RevokesInvitations
from resolvers.merging import Part
from resolvers.roles import Grant, Role


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

    def invitation(self, link: Link) -> Invitation:
        """In the graph's words."""
        return Invitation(
            link=link,
            upstream=Upstream.LOSANT,
            native_id=self.id,
            email=self.email,
            role=ROLES.get(self.role, Role.CUSTOM),
            native_role=self.role,
            assigned_roles=[],
            resource_roles=resource_roles(self.application_roles, self.dashboard_roles),
            status=InvitationStatus.EXPIRED if self.has_expired else InvitationStatus.PENDING,
            invited_at=self.invite_date,
            expires_at=self._expires_at(),
        )

    def _expires_at(self) -> dt.datetime | None:
        """Assumed: `ttl` is in milliseconds."""
        try:
            invited, ttl = sound(self.invite_date), sound(self.ttl)
            return None if invited is None or ttl is None else invited + dt.timedelta(milliseconds=ttl)
        except OverflowError:
            failure: Failure = UpstreamInvalidResponse(
                "Losant sent a time that no calendar has.", upstream=Upstream.LOSANT
            )
        except Failure as misfit:
            failure = misfit
        return cast("dt.datetime", failure)


_INVITES = Shape(Upstream.LOSANT, list[InviteShape])


class LosantInvitations(LosantCalls, ReadsInvitations, InvitesMembers, RevokesInvitations):
    """Open invitations."""

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
        listed = self._keep_list(native_id, shapes)
        same = [each for each in listed.items if each.email.casefold() == email.casefold()]
        if not same:
            raise self.unreadable()
        return max(same, key=lambda each: (each.status is InvitationStatus.PENDING, _instant(each.invited_at)))

    async def revoke_invitation(self, native_id: str, invitation_id: str) -> None:
        """`DELETE /orgs/{id}/invites`; the invitation stands in the query."""
        try:
            query = (("inviteId", losant_id(invitation_id)),)
        except ValueError:
            raise NotFound("No invitation has this id.", field=("invitationId",), upstream=self.upstream) from None
        body = await self.write("org.revokeInvite", "DELETE", (native_id, "invites"), query=query)
        self._keep_list(native_id, self.written(_INVITES, body))

    def _keep_list(self, native_id: str, shapes: list[InviteShape]) -> Part[Invitation]:
        """The answer is the list as it is now: nobody needs to read it."""
        listed = _listed(native_id, shapes)
        self._invitations.prime(native_id, listed)
        return listed

    def invitations(self, native_id: str) -> Coroutine[Any, Any, Part[Invitation]]:
        """All that are open or expired; accepted ones are gone."""
        return self._invitations.load(native_id)

    @once
    def _invitations(self) -> EachLoader[str, Part[Invitation]]:
        return EachLoader(self._read_invitations)

    async def _read_invitations(self, native_id: str) -> Part[Invitation]:
        return _listed(native_id, await self.read(_INVITES, "org.pendingInvites", (native_id, "invites")))


def _listed(native_id: str, shapes: list[InviteShape]) -> Part[Invitation]:
    link = Link(Upstream.LOSANT, native_id)
    return part_at_once(shapes, lambda some: [shape.invitation(link) for shape in some])


def _instant(moment: dt.datetime | None) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime.min.replace(tzinfo=dt.UTC)
