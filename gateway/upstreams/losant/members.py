"""Losant's members: they come with the organization, hundreds at a time."""

from dataclasses import fields
from typing import cast

import msgspec

from gateway.upstreams.losant.asking import ROLES, ResourceRoleShape, resource_roles
from gateway.upstreams.reading import from_shape, sound, text, url
from resolvers.errors import Failure
from resolvers.identity import Link, Upstream
from resolvers.members import Member
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

    @property
    def full_name(self) -> str | None:
        """Both names, as far as they are there."""
        first, last = self.first_name, self.last_name
        if first.__class__ is last.__class__ is str:
            return f"{first} {last}" if first and last else first or last or None
        try:
            return " ".join(filter(None, (sound(first), sound(last)))) or None
        except Failure as failure:
            return cast("str", failure)

    @property
    def address(self) -> str | None:
        """The e-mail address."""
        return text(self.email)

    @property
    def picture(self) -> URL | None:
        """The avatar."""
        return url(self.avatar_url, Upstream.LOSANT)

    @property
    def meaning(self) -> Role:
        """The role in the graph's words."""
        return ROLES.get(self.role, Role.CUSTOM)


class LosantMember(Member):
    """A member, of which only what is asked for is put into the graph's words."""

    def __init__(self, link: Link, shape: MemberShape) -> None:
        """Raises the failure of roles that could not be read: who has them may do more than the member's own tells."""
        self.link = link
        self.shape = shape
        applications, dashboards = shape.application_roles, shape.dashboard_roles
        if applications or dashboards:
            for overrides in (applications, dashboards):
                for each in sound(overrides) or ():
                    sound(each)

    upstream = Upstream.LOSANT
    native_id = from_shape("user_id")
    name = from_shape("full_name")
    email = from_shape("address")
    avatar_url = from_shape("picture")
    role = from_shape("meaning")
    native_role = from_shape("role")
    two_factor_enabled = from_shape("two_factor_auth_enabled")
    joined_at = None

    @property
    def assigned_roles(self) -> list[AssignedRole]:  # type: ignore[override]  # it is never set
        """None: a member has one role."""
        return []

    @property
    def resource_roles(self) -> list[ResourceRole]:  # type: ignore[override]  # the same
        """Other roles on single resources."""
        return resource_roles(self.shape.application_roles, self.shape.dashboard_roles)

    def whole(self) -> Member:
        """All that it is, to be kept."""
        return Member(**{each.name: getattr(self, each.name) for each in fields(Member) if each.init})
