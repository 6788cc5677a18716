"""Invitations: who has been asked to join an organization and has not answered yet."""

import datetime as dt
from abc import abstractmethod
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.connections import Connection, Paging, Place, cut
from resolvers.context import Info
from resolvers.identity import Link, Node, OrganizationRef, Upstream, encode
from resolvers.merging import Part, merge
from resolvers.roles import AssignedRole, ResourceRole, Role

if TYPE_CHECKING:
    from resolvers.organization import Organization


@strawberry.enum(description="Whether an invitation can still be accepted.")
class InvitationStatus(Enum):
    """Accepted invitations are members, and no longer listed by any upstream."""

    PENDING = strawberry.enum_value("PENDING", description="It can be accepted.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time has run out.")


@strawberry.type(description="An invitation to join an organization in one upstream.")
class Invitation(Node):
    """An invitation that is not accepted yet."""

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
        from resolvers.organization import Organization  # noqa: PLC0415  the hub imports this file

        return Organization(ref=info.context.whole(self.link))

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
    async def invitations(self, native_id: str) -> Part[Invitation]:
        """All invitations, expired ones too; those that cannot be read are failures of the part."""

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
    part = await merge(
        info, ref, ReadsInvitations, lambda adapter, native_id: adapter.invitations(native_id), upstreams
    )
    if part is None:
        return None
    order = info.context.order

    def place(invitation: Invitation) -> Place:
        invited = invitation.invited_at
        moment = int(invited.timestamp() * 1_000_000) if isinstance(invited, dt.datetime) else 0
        return order(invitation.upstream), moment, invitation.native_id

    chosen = [each for each in part.items if status is None or each.status is status]
    chosen.sort(key=place)
    total = None if part.failures else len(chosen)
    return InvitationConnection(page=cut(chosen, place, asked), failures=part.failures, total=total)
