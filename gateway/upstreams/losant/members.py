"""Losant's members: they come with the organization, hundreds at a time."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import msgspec

from gateway.upstreams.losant.asking import ROLES, ResourceRoleShape, resource_roles
from gateway.upstreams.making import Listing, whole
from gateway.upstreams.reading import all_sound, from_shape, sound, url
from resolvers.errors import Failure
from resolvers.identity import Link, Upstream
from resolvers.members import Member
from resolvers.roles import AssignedRole, ResourceRole, Role
from resolvers.scalars import URL


class MemberShape(msgspec.Struct, rename="camel", gc=False):
    """A member of an organization. Members stand in Losant's own order: they are found faster then."""

    user_id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    role: str = ""
    application_roles: list[ResourceRoleShape] | None = None
    dashboard_roles: list[ResourceRoleShape] | None = None
    two_factor_auth_enabled: bool | None = None
    avatar_url: str | None = None


@Member.register
class LosantMember(msgspec.Struct, gc=False):
    """A member, of which only what is asked for is put into the graph's words, but for what nearly everyone asks for.

    It is made without a call of a Python function.
    """

    link: Link
    shape: MemberShape
    native_id: str
    name: str | None
    email: str | None
    role: Role

    upstream: ClassVar[Upstream] = Upstream.LOSANT
    native_role: ClassVar[Any] = from_shape("role")
    two_factor_enabled: ClassVar[Any] = from_shape("two_factor_auth_enabled")
    joined_at: ClassVar[None] = None

    @property
    def avatar_url(self) -> URL | None:
        """The picture."""
        return url(self.shape.avatar_url, Upstream.LOSANT)

    @property
    def assigned_roles(self) -> list[AssignedRole]:
        """None: a member has one role."""
        return []

    @property
    def resource_roles(self) -> list[ResourceRole]:
        """Other roles on single resources."""
        return resource_roles(self.shape.application_roles, self.shape.dashboard_roles)

    def whole(self) -> Member:
        """All that it is, to be kept."""
        return whole(Member, self)


def _members(link: Link, shapes: Sequence[MemberShape]) -> list[LosantMember]:
    custom = Role.CUSTOM
    return [
        LosantMember(
            link,
            shape,
            shape.user_id,
            f"{shape.first_name} {shape.last_name}"
            if shape.first_name and shape.last_name
            else shape.first_name or shape.last_name or None,
            shape.email or None,
            _role(shape.role, custom),
        )
        for shape in shapes
    ]


def _check(shape: MemberShape) -> None:
    """Who has roles that could not be read is a failure: they may allow more than the member's own tells.

    Where a part of the name could not be read, that failure is all of the name.
    """
    for overrides in (shape.application_roles, shape.dashboard_roles):
        if overrides:
            all_sound(sound(overrides))
    for part in cast("tuple[object, ...]", (shape.first_name, shape.last_name)):
        if isinstance(part, Failure):
            shape.first_name, shape.last_name = cast("str", part), None
            break


_role = ROLES.get


MEMBERS: Listing[MemberShape, LosantMember] = Listing(
    Upstream.LOSANT, list[MemberShape] | None, _members, check=_check, where="`members`"
)
"""All members of an organization, which may leave them out."""
