"""What NKS says of organizations, members and invitations, and what is made of it."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast

import msgspec

from gateway.upstreams.making import Listing
from gateway.upstreams.reading import Instant, Shape, from_shape, url
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus
from resolvers.members import Member
from resolvers.profiles import Profile
from resolvers.roles import AssignedRole, ResourceRole, Role

ROLES: Final = {"owner": Role.OWNER, "admin": Role.ADMIN, "member": Role.MEMBER}

_CUSTOM, _EXPIRED, _PENDING = Role.CUSTOM, InvitationStatus.EXPIRED, InvitationStatus.PENDING
"""Enums look their members up by a function of Python's own each time."""


class OrganizationShape(msgspec.Struct, gc=False):
    """An organization."""

    id: int = msgspec.field(name="pk")
    name: str | None = None
    slug: str | None = None
    logo: str | None = None
    created: Instant | None = None
    updated: Instant | None = None

    def profile(self) -> Profile:
        """The facts that NKS has: no description."""
        return Profile(
            native_id=str(self.id),
            name=self.name or None,
            slug=self.slug or None,
            logo_url=url(self.logo, Upstream.NKS),
            created_at=self.created,
            updated_at=self.updated,
        )


class InviteShape(msgspec.Struct, gc=False):
    """An invitation."""

    pk: int
    email: str
    role: str = ""
    is_expired: bool = False
    created: Instant | None = None
    expires: Instant | None = None

    def invitation(self, link: Link) -> Invitation:
        """In the graph's words."""
        return Invitation(
            link=link,
            upstream=Upstream.NKS,
            native_id=str(self.pk),
            email=self.email,
            role=ROLES.get(self.role, _CUSTOM),
            native_role=self.role,
            assigned_roles=[],
            resource_roles=[],
            status=_EXPIRED if self.is_expired else _PENDING,
            invited_at=self.created,
            expires_at=self.expires,
        )


class UserShape(msgspec.Struct, gc=False):
    """The person behind a membership."""

    email: str | None = None
    full_name: str | None = None


class MemberShape(msgspec.Struct, gc=False):
    """A membership."""

    pk: int
    user: UserShape
    role: str = ""
    created: Instant | None = None


@Member.register
class NksMember(msgspec.Struct, gc=False):
    """A member, of which only what is asked for is put into the graph's words, but for what most ask for."""

    link: Link
    shape: MemberShape
    name: str | None
    email: str | None
    role: Role

    upstream: ClassVar[Upstream] = Upstream.NKS
    avatar_url: ClassVar[None] = None
    native_role: ClassVar[Any] = from_shape("role")
    two_factor_enabled: ClassVar[None] = None
    joined_at: ClassVar[Any] = from_shape("created")

    @property
    def native_id(self) -> str:
        """Text, as elsewhere."""
        return str(self.shape.pk)

    @property
    def assigned_roles(self) -> list[AssignedRole]:
        """None: a member has one role."""
        return []

    @property
    def resource_roles(self) -> list[ResourceRole]:
        """None: it holds everywhere."""
        return []


def _members(link: Link, shapes: Sequence[MemberShape]) -> list[Member]:
    role, custom = ROLES.get, _CUSTOM
    made = [
        NksMember(link, shape, shape.user.full_name or None, shape.user.email or None, role(shape.role, custom))
        for shape in shapes
    ]
    return cast("list[Member]", made)


ORGANIZATION = Shape(Upstream.NKS, OrganizationShape)
ORGANIZATIONS = Shape(Upstream.NKS, list[OrganizationShape])
MEMBER = Shape(Upstream.NKS, MemberShape)
MEMBERS: Listing[MemberShape, Member] = Listing(Upstream.NKS, list[MemberShape], _members)
INVITES = Shape(Upstream.NKS, list[InviteShape])
