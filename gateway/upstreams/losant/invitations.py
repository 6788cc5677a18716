"""Losant's invitations: a bare list, in which expired ones stay and accepted ones do not."""

import datetime as dt
from functools import cached_property
from typing import cast

import msgspec

from gateway.upstreams.loading import Loader
from gateway.upstreams.losant.asking import ROLES, Instant, LosantCalls, ResourceRoleShape, resource_roles
from gateway.upstreams.reading import Shape, part, sound
from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus, ReadsInvitations
from resolvers.merging import Part
from resolvers.roles import Role


class InviteShape(msgspec.Struct, rename="camel"):
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


class LosantInvitations(LosantCalls, ReadsInvitations):
    """Open invitations."""

    async def invitations(self, native_id: str) -> Part[Invitation]:
        """All that are open or expired; accepted ones are gone."""
        return await self._invitations.load(native_id)

    @cached_property
    def _invitations(self) -> Loader[str, Part[Invitation]]:
        return Loader.each(self._read_invitations)

    async def _read_invitations(self, native_id: str) -> Part[Invitation]:
        shapes = _INVITES.read(await self.read("org.pendingInvites", (native_id, "invites")))
        return part(shapes, lambda shape: shape.invitation(self.link(native_id)))
