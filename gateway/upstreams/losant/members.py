"""Losant's members: they come with the organization, hundreds at a time."""

from collections.abc import Collection
from dataclasses import fields
from itertools import chain
from typing import Any, ClassVar, cast

import msgspec

from gateway.upstreams.losant.asking import ROLES, ResourceRoleShape, resource_roles
from gateway.upstreams.reading import all_sound, from_shape, part_at_once, text, url
from resolvers.errors import Failure
from resolvers.identity import Link, Upstream
from resolvers.members import Member
from resolvers.merging import Part
from resolvers.roles import AssignedRole, ResourceRole, Role
from resolvers.scalars import URL


class MemberShape(msgspec.Struct, rename="camel", gc=False):
    """A member of an organization."""

    user_id: str
    role: str = ""
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    avatar_url: str | None = None
    application_roles: list[ResourceRoleShape] | None = None
    dashboard_roles: list[ResourceRoleShape] | None = None
    two_factor_auth_enabled: bool | None = None


@Member.register
class LosantMember(msgspec.Struct):
    """A member, of which only what is asked for is put into the graph's words, but for what nearly everyone asks for.

    It is made without a call of a Python function.
    """

    link: Link
    shape: MemberShape
    name: str | None
    role: Role

    upstream: ClassVar[Upstream] = Upstream.LOSANT
    native_id: ClassVar[Any] = from_shape("user_id")
    native_role: ClassVar[Any] = from_shape("role")
    two_factor_enabled: ClassVar[Any] = from_shape("two_factor_auth_enabled")
    joined_at: ClassVar[None] = None

    @property
    def email(self) -> str | None:
        """The address."""
        return text(self.shape.email)

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
        return Member(**{each.name: getattr(self, each.name) for each in fields(Member) if each.init})


def member_list(link: Link, shapes: Collection[MemberShape]) -> Part[LosantMember]:
    """All members.

    Who has roles that could not be read is a failure: they may allow more than the member's own tells.
    """

    def make(some: Collection[MemberShape]) -> list[LosantMember]:
        overrides = [given for each in some for given in (each.application_roles, each.dashboard_roles) if given]
        if overrides:
            all_sound([*chain.from_iterable(all_sound(overrides))])
        made, custom = [], Role.CUSTOM
        for shape in some:
            first, last = shape.first_name, shape.last_name
            try:
                name = first + " " + last if first and last else first or last or None
            except TypeError:
                name = _failure(first, last)
            made.append(LosantMember(link, shape, name, _role(shape.role, custom)))
        return made

    return part_at_once(shapes, make)


_role = ROLES.get


def _failure(*texts: str | None) -> str:
    """The first that is a failure: it stands where the text would."""
    return cast("str", next(each for each in cast("tuple[object, ...]", texts) if isinstance(each, Failure)))
