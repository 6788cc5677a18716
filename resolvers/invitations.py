"""Invitations: who has been asked to join an organization and has not answered yet."""

import datetime as dt
import re
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.connections import Connection, Paging, Place, cut, longest_standing_first, standing
from resolvers.context import Info
from resolvers.costs import ONE_CALL, calls
from resolvers.errors import BadUserInput
from resolvers.identity import Link, Node, OrganizationRef, Upstream, encode
from resolvers.merging import Part, merge, told
from resolvers.roles import AssignedRole, Grant, ResourceRole, ResourceRoleInput, Role
from resolvers.wholes import organization, whole_of
from resolvers.writing import GIVEN, Payload, capable, chosen, client_mutation_id, named, part_named, write

if TYPE_CHECKING:
    from resolvers.organization import Organization

LONGEST_ADDRESS = 254  # RFC 5321
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}+@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+")
"""What HTML calls a valid e-mail address."""


@strawberry.enum(description="Whether an invitation can still be accepted.")
class InvitationStatus(Enum):
    """Accepted invitations are members, and no longer listed by any upstream."""

    PENDING = strawberry.enum_value("PENDING", description="It can be accepted.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time has run out.")


@strawberry.type(description="An invitation to join an organization in one upstream.")
class Invitation(Node, metaclass=ABCMeta):
    """An invitation that is not accepted yet.

    A class that has all its attributes may be registered as one.
    """

    link: strawberry.Private[Link]

    @strawberry.field(description="The global id: opaque, unique in this graph, good for `node`.")
    def id(self) -> strawberry.ID:
        """`Invitation:upstream:organization:invitation`."""
        return encode("Invitation", self.link.upstream.word, self.link.native_id, self.native_id)

    upstream: Upstream = strawberry.field(description="The upstream that sent it.")
    native_id: str = strawberry.field(description="The invitation's id there.")

    @strawberry.field(description="The organization that the person is invited to.")
    def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("resolvers.organization")]:
        """The whole that the invitation's upstream is a part of."""
        return whole_of(info, self.link)

    email: str = strawberry.field(description="The address that is invited.")
    role: Role = strawberry.field(description="The role that the person will have.")
    native_role: str = strawberry.field(description="The upstream's own word for `role`; empty where it has none.")
    assigned_roles: list[AssignedRole] = strawberry.field(
        description="ClickHouse: every role that will be assigned. Empty elsewhere."
    )
    resource_roles: list[ResourceRole] = strawberry.field(
        description="Losant: other roles on single applications and dashboards. Empty elsewhere."
    )
    status: InvitationStatus = strawberry.field(description="Whether it can still be accepted.")
    invited_at: dt.datetime | None = strawberry.field(
        description="When it was sent; null where the upstream does not say."
    )
    expires_at: dt.datetime | None = strawberry.field(
        description="Until when it can be accepted; null where the upstream does not say."
    )


@strawberry.type(
    description="A page of invitations: upstream by upstream in the configured order, the oldest first.",
    name="InvitationConnection",
)
class InvitationConnection(Connection[Invitation]):
    """Invitations with their pages."""


class ReadsInvitations(Serves):
    """An upstream that tells an organization's open invitations."""

    grants = (Capability.READ_INVITATIONS,)

    @abstractmethod
    def invitations(self, native_id: str) -> Coroutine[Any, Any, Part[Invitation]]:
        """All invitations, expired ones too; those that cannot be read are failures of the part.

        The reading begins when this is called, not when it is awaited.
        """

    async def invitation(self, native_id: str, invitation_id: str) -> Invitation | None:
        """One invitation, or None. Override where the upstream can be asked for one alone."""
        part = await self.invitations(native_id)
        return next((each for each in part.items if each.native_id == invitation_id), None)


async def connect_invitations(
    info: Info,
    ref: OrganizationRef,
    asked: Paging,
    upstreams: Sequence[Upstream] | None,
    status: InvitationStatus | None,
) -> InvitationConnection | None:
    """The page of an organization's invitations; None where no linked upstream tells them."""
    serving = info.context.serving(ref, ReadsInvitations, upstreams)
    if not serving:
        return None
    reads = [adapter.invitations(link.native_id) for link, adapter in serving]
    part = told(info, await merge(reads, _in_order))

    def place(invitation: Invitation) -> Place:
        return standing(info.context.order(invitation.upstream), invitation.invited_at, invitation.native_id)

    chosen = part.items if status is None else [each for each in part.items if each.status is status]
    total = None if part.failures else len(chosen)
    return InvitationConnection(page=cut(chosen, place, asked), failures=part.failures, total=total)


_in_order: Callable[[list[Invitation]], list[Invitation]] = partial(longest_standing_first, since="invited_at")


class InvitesMembers(Serves):
    """An upstream that people can be invited to."""

    grants = (Capability.INVITE_MEMBER,)

    @abstractmethod
    async def invite_member(self, native_id: str, email: str, grant: Grant) -> Invitation:
        """Sends an invitation.

        Raises:
            BadUserInput: The upstream has no word for the role, wants one, or has no such part of the grant.
        """


class RevokesInvitations(Serves):
    """An upstream whose invitations can be taken back."""

    grants = (Capability.REVOKE_INVITATION,)

    @abstractmethod
    async def revoke_invitation(self, native_id: str, invitation_id: str) -> None:
        """Takes an invitation back."""


@strawberry.input(description="Whom to invite, where, and as what.")
class InviteMemberInput:
    """The input of `inviteMember`."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization: a global id, a key, or an upstream and its native id."
    )
    upstream: Upstream | None = strawberry.field(
        default=None, description="Where. May be left out where only one linked upstream takes invitations."
    )
    email: str = strawberry.field(description="The person's e-mail address.")
    role: Role | None = strawberry.field(
        default=None,
        description="The role that the person will have. One that the upstream has no word for is refused. Needed by "
        "Losant and NKS.",
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="ClickHouse: the ids of all roles to assign, in place of `role`."
    )
    resource_roles: list[ResourceRoleInput] | None = strawberry.field(
        default=None, description="Losant: other roles on single applications and dashboards."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The invitation that was sent.")
class InviteMemberPayload(Payload):
    """The payload of `inviteMember`."""

    invitation: Invitation | None = strawberry.field(
        default=None, description="The invitation; null where none was sent."
    )
    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization; null where no invitation was sent."
    )


@strawberry.input(description="Which invitation to take back.")
class RevokeInvitationInput:
    """The input of `revokeInvitation`."""

    invitation_id: strawberry.ID = strawberry.field(description="The invitation's global id.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="Which invitation was taken back.")
class RevokeInvitationPayload(Payload):
    """The payload of `revokeInvitation`."""

    revoked_invitation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id that the invitation had; null where it was not taken back."
    )
    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization; null where the invitation was not taken back."
    )


@strawberry.type
class InvitationMutations:
    """The mutations of invitations."""

    @strawberry.mutation(
        description="Invites a person to an organization in one upstream (Losant, NKS, ClickHouse Cloud).",
        directives=[calls(2)],
    )
    async def invite_member(self, info: Info, input: Annotated[InviteMemberInput, GIVEN]) -> InviteMemberPayload:
        """One call; with a ClickHouse role by its word, one more for the role's id."""

        async def act() -> InviteMemberPayload:
            ref = named(info.context, str(input.organization_id))
            if len(input.email) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(input.email):
                raise BadUserInput("`email` is no e-mail address.", field=("email",))
            link, adapter = chosen(info.context, ref, InvitesMembers, input.upstream, "invite members")
            grant = Grant(input.role, input.role_ids, input.resource_roles)
            invitation = await adapter.invite_member(link.native_id, input.email, grant)
            return InviteMemberPayload(invitation=invitation, organization=organization(ref))

        return await write(info, input, InviteMemberPayload, act, "members:write")

    @strawberry.mutation(description="Takes an invitation back (Losant, ClickHouse Cloud).", directives=[ONE_CALL])
    async def revoke_invitation(
        self, info: Info, input: Annotated[RevokeInvitationInput, GIVEN]
    ) -> RevokeInvitationPayload:
        """One call."""

        async def act() -> RevokeInvitationPayload:
            link, invitation_id = part_named(info.context, str(input.invitation_id), "Invitation", "invitationId")
            adapter = capable(info.context, link.upstream, RevokesInvitations, "take invitations back")
            await adapter.revoke_invitation(link.native_id, invitation_id)
            return RevokeInvitationPayload(revoked_invitation_id=input.invitation_id, organization=whole_of(info, link))

        return await write(info, input, RevokeInvitationPayload, act, "members:write")
