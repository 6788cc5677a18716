"""ClickHouse Cloud's members and invitations, with roles that are assigned by id."""

import datetime as dt
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, ClassVar, Final, cast

import msgspec
from strawberry import ID

from gateway.settings.native_ids import clickhouse_id
from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope, is_plain_id
from gateway.upstreams.loading import loaded
from gateway.upstreams.making import Listing, whole
from gateway.upstreams.reading import Instant, Shape, all_sound, from_shape, sound
from resolvers.gathering import Given
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus, ReadsInvitations
from resolvers.members import Member, ReadsMembers
from resolvers.merging import Part
from resolvers.roles import AssignedRole, ResourceRole, Role

SYSTEM_ROLES: Final = {
    "Admin": Role.ADMIN,
    "Member": Role.MEMBER,
    "Billing": Role.BILLING,
    "Org API reader": Role.VIEWER,
}
"""The system roles of an organization, those that may do most first."""

LEGACY_ROLES: Final = {"admin": Role.ADMIN, "developer": Role.COLLABORATOR}
"""The words of organizations that have not moved to assigned roles."""

_CUSTOM, _NONE, _EXPIRED, _PENDING = Role.CUSTOM, Role.NONE, InvitationStatus.EXPIRED, InvitationStatus.PENDING
"""Enums look their members up by a function of Python's own each time."""


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


class InvitationShape(msgspec.Struct, rename="camel", gc=False):
    """An invitation."""

    id: str
    email: str
    role: str | None = None
    created_at: Instant | None = None
    expire_at: Instant | None = None
    assigned_roles: list[AssignedRoleShape] | None = None

    def invitation(self, link: Link) -> Invitation:
        """All of it in the graph's words, to be kept."""
        return whole(Invitation, _INVITATIONS.one(link.native_id, self))


@Member.register
class ClickHouseMember(msgspec.Struct, gc=False):
    """A member, of which only what is asked for is put into the graph's words, but for what most ask for."""

    link: Link
    shape: MemberShape
    name: str | None
    email: str | None
    role: Role
    native_role: str

    upstream: ClassVar[Upstream] = Upstream.CLICKHOUSE
    native_id: ClassVar[Any] = from_shape("user_id")
    avatar_url: ClassVar[None] = None
    two_factor_enabled: ClassVar[None] = None
    joined_at: ClassVar[Any] = from_shape("joined_at")

    @property
    def assigned_roles(self) -> list[AssignedRole]:
        """All of them."""
        return _assigned(self.shape)

    @property
    def resource_roles(self) -> list[ResourceRole]:
        """None: roles on single services are assigned, too."""
        return []


@Invitation.register
class ClickHouseInvitation(msgspec.Struct, gc=False):
    """An invitation, of which only what is asked for is put into the graph's words."""

    link: Link
    shape: InvitationShape
    role: Role
    native_role: str

    upstream: ClassVar[Upstream] = Upstream.CLICKHOUSE
    native_id: ClassVar[Any] = from_shape("id")
    email: ClassVar[Any] = from_shape("email")
    invited_at: ClassVar[Any] = from_shape("created_at")
    expires_at: ClassVar[Any] = from_shape("expire_at")

    @property
    def assigned_roles(self) -> list[AssignedRole]:
        """All of them."""
        return _assigned(self.shape)

    @property
    def resource_roles(self) -> list[ResourceRole]:
        """As of a member."""
        return []

    @property
    def status(self) -> InvitationStatus:
        """Of now: what is kept may have expired meanwhile."""
        expires = self.shape.expire_at
        expired = expires is not None and expires <= dt.datetime.now(dt.UTC)
        return _EXPIRED if expired else _PENDING


def _members(link: Link, shapes: Sequence[MemberShape]) -> list[Member]:
    made = [
        ClickHouseMember(link, shape, shape.name or None, shape.email or None, *_role(shape.role, shape.assigned_roles))
        for shape in shapes
    ]
    return cast("list[Member]", made)


def _invitations(link: Link, shapes: Sequence[InvitationShape]) -> list[Invitation]:
    made = [ClickHouseInvitation(link, shape, *_role(shape.role, shape.assigned_roles)) for shape in shapes]
    return cast("list[Invitation]", made)


def _check(shape: MemberShape | InvitationShape) -> None:
    """Whose role could not be read is a failure: it may allow more than is told."""
    if shape.assigned_roles is None:
        sound(shape.role)
    else:
        all_sound(sound(shape.assigned_roles))


def _check_invitation(shape: InvitationShape) -> None:
    """Nor can it be used where nobody knows whether it has expired."""
    _check(shape)
    sound(shape.expire_at)


_RESULT = attrgetter("result")

MEMBER = Shape(Upstream.CLICKHOUSE, Envelope[MemberShape])
_MEMBERS: Listing[MemberShape, Member] = Listing(
    Upstream.CLICKHOUSE, Envelope[list[MemberShape]], _members, items=_RESULT, check=_check
)
INVITATION = Shape(Upstream.CLICKHOUSE, Envelope[InvitationShape])
_INVITATIONS: Listing[InvitationShape, Invitation] = Listing(
    Upstream.CLICKHOUSE, Envelope[list[InvitationShape]], _invitations, items=_RESULT, check=_check_invitation
)


class ClickHousePeople(ClickHouseCalls, ReadsMembers, ReadsInvitations):
    """Who belongs to an organization, and who is asked to."""

    @loaded
    def members(self, native_id: str) -> Given[Part[Member]]:
        """One call."""
        path = ("v1", "organizations", native_id, "members")
        return self.get(_MEMBERS, "members.list", path, native_id=native_id)

    async def member(self, native_id: str, member_id: str) -> Member | None:
        """One call."""
        return await self._member(native_id, member_id) if is_plain_id(member_id) else None

    @loaded
    async def _member(self, native_id: str, member_id: str) -> Member:
        shape = await self.read(MEMBER, "members.get", native_id, ("members", member_id))
        return _MEMBERS.one(native_id, shape)

    @loaded
    def invitations(self, native_id: str) -> Given[Part[Invitation]]:
        """One call."""
        path = ("v1", "organizations", native_id, "invitations")
        return self.get(_INVITATIONS, "invitations.list", path, native_id=native_id)

    async def invitation(self, native_id: str, invitation_id: str) -> Invitation | None:
        """One call."""
        try:
            return await self._invitation(native_id, clickhouse_id(invitation_id))
        except ValueError:
            return None

    @loaded
    async def _invitation(self, native_id: str, invitation_id: str) -> Invitation:
        shape = await self.read(INVITATION, "invitations.get", native_id, ("invitations", invitation_id))
        return _INVITATIONS.one(native_id, shape)


def _role(legacy: str | None, shapes: Sequence[AssignedRoleShape] | None) -> tuple[Role, str]:
    """The role that may do most, and its own word. The old word counts where none can be assigned."""
    if shapes is None:
        word = legacy or ""
        return LEGACY_ROLES.get(word, _CUSTOM if word else _NONE), word
    most = None
    for shape in shapes:
        found = _RANKED.get(shape.role_name) if shape.role_type == "system" else None
        if found and (most is None or found < most):
            most = found
    if most:
        return most[1]
    return (_CUSTOM, shapes[0].role_name) if shapes else (_NONE, "")


_RANKED: Final = {name: (place, (role, name)) for place, (name, role) in enumerate(SYSTEM_ROLES.items())}
"""Each system role: its rank, lower where it may do more, and what `_role` gives for it."""


def _assigned(shape: MemberShape | InvitationShape) -> list[AssignedRole]:
    roles = shape.assigned_roles or ()
    return [AssignedRole(id=ID(each.role_id), name=each.role_name, kind=each.role_type) for each in roles]
