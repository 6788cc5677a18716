"""Nodes: any object again by its global id."""

from typing import Annotated

import strawberry

from resolvers.activities import Activity, ReadsActivities
from resolvers.context import Context, Info
from resolvers.costs import ONE_CALL, ONE_PER_ID
from resolvers.errors import BadUserInput, Failure, ListTooLong, NotFound
from resolvers.gathering import gathered
from resolvers.identity import Link, Node, OrganizationRef, decode, decode_part
from resolvers.invitations import Invitation, ReadsInvitations
from resolvers.members import Member, ReadsMembers
from resolvers.organization import Organization

NodeId = Annotated[strawberry.ID, strawberry.argument(description="A global id of this graph.")]


@strawberry.type
class NodeQueries:
    """Relay's root fields."""

    @strawberry.field(
        description="The object with this global id; null and `NOT_FOUND` where there is none.", directives=[ONE_CALL]
    )
    async def node(self, info: Info, id: NodeId) -> Node | None:
        """At most one upstream call per object."""
        return await find_node(info.context, str(id))

    @strawberry.field(
        description="The objects with these global ids, in the same order; null and an error at the index of each "
        "one that is missing.",
        directives=[ONE_PER_ID],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Global ids of this graph.", directives=[ONE_CALL])
        ],
    ) -> list[Node | None]:
        """Asked for together."""
        limit = info.context.page_limit
        if len(ids) > limit:
            raise ListTooLong(f"`ids` may hold at most {limit} ids, not {len(ids)}.")
        return await gathered(_find(info.context, str(each)) for each in ids)


async def _find(context: Context, text: str) -> Node | None:
    try:
        return await find_node(context, text)
    except Failure as failure:
        return failure  # type: ignore[return-value]  # an exception as an item is the error at its index


async def find_node(context: Context, text: str) -> Node:
    """The object that a global id names.

    Raises:
        NotFound: There is none.
        UpstreamFailure: Its upstream failed to say.
    """
    kind, _ = decode(text) or ("", "")
    if kind == "Organization":
        return Organization(ref=await context.find(text))
    if kind == "Member":
        link, native_id = _part(context, text)
        adapter = context.adapters[link.upstream]
        member = await adapter.member(link.native_id, native_id) if isinstance(adapter, ReadsMembers) else None
        return _present(member)
    if kind == "Invitation":
        link, native_id = _part(context, text)
        adapter = context.adapters[link.upstream]
        invitation = (
            await adapter.invitation(link.native_id, native_id) if isinstance(adapter, ReadsInvitations) else None
        )
        return _present(invitation)
    if kind == "Activity":
        return await find_activity(context, text)
    raise NotFound("No object has this id.")


async def find_activity(context: Context, text: str, within: OrganizationRef | None = None) -> Activity:
    """The activity that a global id names.

    Args:
        context: The operation's surroundings.
        text: The global id.
        within: The organization that it must belong to.

    Raises:
        NotFound: There is none, or it belongs to another organization.
    """
    kind, _ = decode(text) or ("", "")
    if kind != "Activity":
        raise NotFound("No activity has this id.")
    link, native_id = _part(context, text)
    adapter = context.adapters[link.upstream]
    if not isinstance(adapter, ReadsActivities) or (within is not None and link not in within.links):
        raise NotFound("No activity has this id.")
    activity = await adapter.activity(link.native_id, native_id)
    if activity is None:
        raise NotFound("No activity has this id.")
    return activity


def _part(context: Context, text: str) -> tuple[Link, str]:
    """The organization's part and the object's id in it, out of `Kind:upstream:organization:object`."""
    found = decode_part(text)
    if found is None:
        raise NotFound("No object has this id.")
    _, link, native_id = found
    try:
        return context.named(str(link)).link(link.upstream), native_id
    except (BadUserInput, NotFound):
        raise NotFound("No object has this id.") from None


def _present(found: Member | Invitation | None) -> Member | Invitation:
    if found is None:
        raise NotFound("No object has this id.")
    return found
