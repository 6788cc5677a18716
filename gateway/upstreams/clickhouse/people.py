"""ClickHouse Cloud's members and invitations, with roles that are assigned by id."""

import datetime as dt
from collections.abc import Coroutine
from typing import Any, Final

import msgspec
from strawberry import ID

from gateway.settings.native_ids import clickhouse_id
from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope, is_plain_id
from gateway.upstreams.loading import EachLoader
from gateway.upstreams.once import once
from gateway.upstreams.reading import Instant, Making, Shape, all_sound, part_at_once, sound
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus, ReadsInvitations
from resolvers.members import Member, ReadsMembers
from resolvers.merging import Part
from resolvers.roles import AssignedRole, Role

SYSTEM_ROLES: Final = {
    "Admin": Role.ADMIN,
    "Member": Role.MEMBER,
    "Billing": Role.BILLING,
    "Org API reader": Role.VIEWER,
}
"""The system roles of an organization, those that may do most first."""

LEGACY_ROLES: Final = {"admin": Role.ADMIN, "developer": Role.COLLABORATOR}
"""The words of organizations that have not moved to assigned roles."""


class AssignedRoleShape(msgspec.Struct, rename="camel", gc=False):
    """A role that is assigned."""

    role_id: str
    role_name: str
    role_type: str = "custom"


class MemberShape(msgspec.Struct, rename="camel", gc=False):
    """A member."""

    user_id: str
    name: str | None = None
    email: str | None = None
    role: str | None = None
    joined_at: Instant | None = None
    assigned_roles: list[AssignedRoleShape] | None = None

    def member(self, link: Link) -> Member:
        """In the graph's words."""
        role, native_role, assigned = _roles(self.role, self.assigned_roles)
        return Member(
            link=link,
            upstream=Upstream.CLICKHOUSE,
            native_id=self.user_id,
            name=self.name or None,
            email=self.email or None,
            avatar_url=None,
            role=role,
            native_role=native_role,
            assigned_roles=assigned,
            resource_roles=[],
            two_factor_enabled=None,
            joined_at=self.joined_at,
        )


class InvitationShape(msgspec.Struct, rename="camel", gc=False):
    """An invitation."""

    id: str
    email: str
    role: str | None = None
    created_at: Instant | None = None
    expire_at: Instant | None = None
    assigned_roles: list[AssignedRoleShape] | None = None

    def invitation(self, link: Link) -> Invitation:
        """In the graph's words."""
        role, native_role, assigned = _roles(self.role, self.assigned_roles)
        expires = sound(self.expire_at)
        expired = expires is not None and expires <= dt.datetime.now(dt.UTC)
        return Invitation(
            link=link,
            upstream=Upstream.CLICKHOUSE,
            native_id=self.id,
            email=self.email,
            role=role,
            native_role=native_role,
            assigned_roles=assigned,
            resource_roles=[],
            status=InvitationStatus.EXPIRED if expired else InvitationStatus.PENDING,
            invited_at=self.created_at,
            expires_at=expires,
        )


MEMBER = Shape(Upstream.CLICKHOUSE, Envelope[MemberShape])
_MEMBERS = Making(
    Upstream.CLICKHOUSE,
    Envelope[list[MemberShape]],
    lambda link, envelope: part_at_once(envelope.result, lambda shapes: [shape.member(link) for shape in shapes]),
)
INVITATION = Shape(Upstream.CLICKHOUSE, Envelope[InvitationShape])
_INVITATIONS = Shape(Upstream.CLICKHOUSE, Envelope[list[InvitationShape]])

_Key = tuple[str, str]
"""An organization's id and an object's in it."""


class ClickHousePeople(ClickHouseCalls, ReadsMembers, ReadsInvitations):
    """Who belongs to an organization, and who is asked to."""

    def members(self, native_id: str) -> Coroutine[Any, Any, Part[Member]]:
        """One call."""
        return self._members.load(native_id)

    @once
    def _members(self) -> EachLoader[str, Part[Member]]:
        return EachLoader(self._read_members)

    def _read_members(self, native_id: str) -> Coroutine[Any, Any, Part[Member]]:
        path = ("v1", "organizations", native_id, "members")
        return self.get(_MEMBERS, "members.list", path, native_id=native_id)

    async def member(self, native_id: str, member_id: str) -> Member | None:
        """One call."""
        return await self._member.load((native_id, member_id)) if is_plain_id(member_id) else None

    @once
    def _member(self) -> EachLoader[_Key, Member]:
        return EachLoader(self._read_member)

    async def _read_member(self, key: _Key) -> Member:
        native_id, member_id = key
        shape = await self.read(MEMBER, "members.get", native_id, ("members", member_id))
        return shape.member(self.link(native_id))

    def invitations(self, native_id: str) -> Coroutine[Any, Any, Part[Invitation]]:
        """One call."""
        return self._invitations.load(native_id)

    @once
    def _invitations(self) -> EachLoader[str, Part[Invitation]]:
        return EachLoader(self._read_invitations)

    async def _read_invitations(self, native_id: str) -> Part[Invitation]:
        shapes = await self.read(_INVITATIONS, "invitations.list", native_id, ("invitations",))
        link = Link(Upstream.CLICKHOUSE, native_id)
        # anew each time: it may have expired meanwhile
        return part_at_once(shapes, lambda some: [shape.invitation(link) for shape in some])

    async def invitation(self, native_id: str, invitation_id: str) -> Invitation | None:
        """One call."""
        try:
            return await self._invitation.load((native_id, clickhouse_id(invitation_id)))
        except ValueError:
            return None

    @once
    def _invitation(self) -> EachLoader[_Key, Invitation]:
        return EachLoader(self._read_invitation)

    async def _read_invitation(self, key: _Key) -> Invitation:
        native_id, invitation_id = key
        shape = await self.read(INVITATION, "invitations.get", native_id, ("invitations", invitation_id))
        return shape.invitation(self.link(native_id))


def _roles(legacy: str | None, shapes: list[AssignedRoleShape] | None) -> tuple[Role, str, list[AssignedRole]]:
    """The role that may do most, its own word, and all that are assigned. The old word counts where none can be."""
    if shapes is None:
        word = sound(legacy) or ""
        return LEGACY_ROLES.get(word, Role.CUSTOM if word else Role.NONE), word, []
    assigned = [
        AssignedRole(id=ID(shape.role_id), name=shape.role_name, kind=shape.role_type)
        for shape in all_sound(sound(shapes))
    ]
    system = {each.name for each in assigned if each.kind == "system"}
    for name, role in SYSTEM_ROLES.items():
        if name in system:
            return role, name, assigned
    return (Role.CUSTOM, assigned[0].name, assigned) if assigned else (Role.NONE, "", [])
