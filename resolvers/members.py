"""Members: who belongs to an organization."""

import datetime as dt
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.connections import Connection, Paging, Place, cut, longest_standing_first, standing
from resolvers.context import Context, Info
from resolvers.costs import ONE_CALL, calls
from resolvers.errors import BadUserInput
from resolvers.identity import Link, Node, OrganizationRef, Upstream, encode
from resolvers.merging import Part, merge, told
from resolvers.roles import AssignedRole, Grant, ResourceRole, ResourceRoleInput, Role
from resolvers.scalars import URL
from resolvers.wholes import whole_of
from resolvers.writing import GIVEN, Payload, capable, client_mutation_id, part_named, write

if TYPE_CHECKING:
    from resolvers.organization import Organization


@strawberry.type(description="One person's membership in one upstream.")
class Member(Node, metaclass=ABCMeta):
    """A membership; a person in two upstreams is two members.

    A class that has all its attributes may be registered as one.
    """

    link: strawberry.Private[Link]

    @strawberry.field(description="The global id: opaque, unique in this graph, good for `node`.")
    def id(self) -> strawberry.ID:
        """`Member:upstream:organization:member`."""
        return encode("Member", self.link.upstream.word, self.link.native_id, self.native_id)

    upstream: Upstream = strawberry.field(description="The upstream that holds the membership.")
    native_id: str = strawberry.field(
        description="The membership's id there. Losant and ClickHouse: the user's id; NKS: the membership's own."
    )

    @strawberry.field(description="The organization that the person belongs to.")
    def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("resolvers.organization")]:
        """The whole that the membership's upstream is a part of."""
        return whole_of(info, self.link)

    name: str | None = strawberry.field(description="The person's full name; null where the upstream has none.")
    email: str | None = strawberry.field(description="The person's e-mail address; null where the upstream has none.")
    avatar_url: URL | None = strawberry.field(description="A picture; null where the upstream has none.")
    role: Role = strawberry.field(
        description="The role in the organization. Where several are assigned, the one that may do most."
    )
    native_role: str = strawberry.field(description="The upstream's own word for `role`; empty where it has none.")
    assigned_roles: list[AssignedRole] = strawberry.field(
        description="ClickHouse: every assigned role. Empty elsewhere."
    )
    resource_roles: list[ResourceRole] = strawberry.field(
        description="Losant: other roles on single applications and dashboards. Empty elsewhere."
    )
    two_factor_enabled: bool | None = strawberry.field(
        description="Whether the person signs in with a second factor; null where the upstream does not say."
    )
    joined_at: dt.datetime | None = strawberry.field(
        description="Since when the person belongs to it; null where the upstream does not say."
    )


@strawberry.type(
    description="A page of members: upstream by upstream in the configured order, the longest-standing first.",
    name="MemberConnection",
)
class MemberConnection(Connection[Member]):
    """Members with their pages."""


class ReadsMembers(Serves):
    """An upstream that tells an organization's members."""

    grants = (Capability.READ_MEMBERS,)

    @abstractmethod
    def members(self, native_id: str) -> Coroutine[Any, Any, Part[Member]]:
        """All members of the organization; those that cannot be read are failures of the part.

        The reading begins when this is called, not when it is awaited.
        """

    async def member(self, native_id: str, member_id: str) -> Member | None:
        """One member, or None. Override where the upstream can be asked for one alone."""
        part = await self.members(native_id)
        return next((member for member in part.items if member.native_id == member_id), None)


async def connect_members(
    info: Info,
    ref: OrganizationRef,
    asked: Paging,
    upstreams: Sequence[Upstream] | None,
    roles: Sequence[Role] | None,
    search: str | None,
) -> MemberConnection | None:
    """The page of an organization's members; None where no linked upstream has members."""
    serving = info.context.serving(ref, ReadsMembers, upstreams)
    if not serving:
        return None
    reads = [adapter.members(link.native_id) for link, adapter in serving]
    part = told(info, await merge(reads, _in_order))
    chosen = part.items
    if roles is not None or search:
        chosen = [*filter(partial(_matches, roles, search), chosen)]
    total = None if part.failures else len(chosen)
    page = cut(chosen, partial(_place, info.context), asked)
    return MemberConnection(page=page, failures=part.failures, total=total)


def _place(context: Context, member: Member) -> Place:
    return standing(context.order(member.upstream), member.joined_at, member.native_id)


_in_order: Callable[[list[Member]], list[Member]] = partial(longest_standing_first, since="joined_at")


def _matches(roles: Sequence[Role] | None, search: str | None, member: Member) -> bool:
    if roles is not None and member.role not in roles:
        return False
    if not search:
        return True
    wanted = search.casefold()
    return any(isinstance(text, str) and wanted in text.casefold() for text in (member.name, member.email))


class ModifiesMembers(Serves):
    """An upstream whose members' roles can be changed."""

    grants = (Capability.MODIFY_MEMBER,)

    @abstractmethod
    async def modify_member(self, native_id: str, member_id: str, grant: Grant) -> Member:
        """Changes the parts of the grant that are not None.

        Raises:
            BadUserInput: The upstream has no word for the role, or no such part.
        """


class RemovesMembers(Serves):
    """An upstream whose members can be removed."""

    grants = (Capability.REMOVE_MEMBER,)

    @abstractmethod
    async def remove_member(self, native_id: str, member_id: str) -> None:
        """Ends the membership; the person's account stays."""


@strawberry.input(description="Which member to change, and how. What is left out stays as it is.")
class ModifyMemberInput:
    """The input of `modifyMember`."""

    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    role: Role | None = strawberry.field(
        default=None, description="The new role in the organization. One that the upstream has no word for is refused."
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="ClickHouse: the ids of all roles to assign, in place of those that are."
    )
    resource_roles: list[ResourceRoleInput] | None = strawberry.field(
        default=None,
        description="Losant: all roles on single resources, in place of those of the same kinds of resource.",
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The member as it is now.")
class ModifyMemberPayload(Payload):
    """The payload of `modifyMember`."""

    member: Member | None = strawberry.field(default=None, description="The member; null where it was not changed.")
    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization; null where the member was not changed."
    )


@strawberry.input(description="Which member to remove.")
class RemoveMemberInput:
    """The input of `removeMember`."""

    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="Who was removed.")
class RemoveMemberPayload(Payload):
    """The payload of `removeMember`."""

    removed_member_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id that the member had; null where it was not removed."
    )
    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization; null where the member was not removed."
    )


@strawberry.type
class MemberMutations:
    """The mutations of members."""

    @strawberry.mutation(description="Changes a member's roles (Losant, ClickHouse Cloud).", directives=[calls(2)])
    async def modify_member(self, info: Info, input: Annotated[ModifyMemberInput, GIVEN]) -> ModifyMemberPayload:
        """Losant: one call; ClickHouse: the change, and a reading, since its answer may be old."""

        async def act() -> ModifyMemberPayload:
            link, member_id = part_named(info.context, str(input.member_id), "Member", "memberId")
            adapter = capable(info.context, link.upstream, ModifiesMembers, "change members' roles")
            if input.role is None and input.role_ids is None and input.resource_roles is None:
                raise BadUserInput(
                    "Nothing is to be changed: give `role`, `roleIds` or `resourceRoles`.", field=("role",)
                )
            grant = Grant(input.role, input.role_ids, input.resource_roles)
            member = await adapter.modify_member(link.native_id, member_id, grant)
            return ModifyMemberPayload(member=member, organization=whole_of(info, link))

        return await write(info, input, ModifyMemberPayload, act, "members:write")

    @strawberry.mutation(
        description="Removes a member (Losant, NKS, ClickHouse Cloud). The person's account stays.",
        directives=[ONE_CALL],
    )
    async def remove_member(self, info: Info, input: Annotated[RemoveMemberInput, GIVEN]) -> RemoveMemberPayload:
        """One call."""

        async def act() -> RemoveMemberPayload:
            link, member_id = part_named(info.context, str(input.member_id), "Member", "memberId")
            adapter = capable(info.context, link.upstream, RemovesMembers, "remove members")
            await adapter.remove_member(link.native_id, member_id)
            organization = whole_of(info, link)
            return RemoveMemberPayload(removed_member_id=input.member_id, organization=organization)

        return await write(info, input, RemoveMemberPayload, act, "members:write")
