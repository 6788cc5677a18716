"""What clients can listen to."""

import copy
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from graphql import GraphQLResolveInfo, GraphQLSchema

from resolvers.activities import (
    Actions,
    Activity,
    ActivityFilter,
    ActivitySource,
    ActorKinds,
    Sources,
    global_id,
    instant_of,
)
from resolvers.connections import paging
from resolvers.context import Context, Info
from resolvers.costs import calls
from resolvers.errors import BadUserInput, Failure, NotFound
from resolvers.identity import Link, OrganizationRef, Upstream, decode_part, parse_link


@dataclass(frozen=True, slots=True)
class Seen:
    """The last activity that a client has seen.

    Attributes:
        link: The organization's part that it belongs to.
        native_id: Its own id there.
        at: When it happened; None where that has to be looked up.
        source: The log that it stands in; None where that has to be looked up, too.
    """

    link: Link
    native_id: str
    at: dt.datetime | None = None
    source: ActivitySource | None = None


@strawberry.type(description="What can be listened to: over a WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    """The root of subscriptions."""

    @strawberry.subscription(
        description="Each thing that happens in an organization, once, some seconds after it happened: as soon as the "
        "upstream's log tells of it. Where none of `upstreams` and `sources` is given, the logs that `activities` "
        "reads by itself. An error with the code STREAM_ENDED or EVENTS_MISSED ends it; other errors, such as that a "
        "log cannot be read, do not.",
        directives=[calls(4)],
    )
    async def activity_added(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="A global id, a key, or an upstream and a native id: `losant:575ed6…`."),
        ],
        after: Annotated[
            str | None,
            strawberry.argument(
                description="Begins with what happened since this activity: the global id of the last one that was "
                "seen, or a cursor of `activities`. What happened in the very same instant may come again. Left out: "
                "what happens from now on, or, with server-sent events, since the one that `Last-Event-ID` names."
            ),
        ] = None,
        upstreams: Annotated[
            list[Upstream] | None, strawberry.argument(description="Only what these upstreams record.")
        ] = None,
        sources: Sources = None,
        actions: Actions = None,
        actor_kinds: ActorKinds = None,
    ) -> AsyncIterator[Activity]:
        """One call per log and interval, however many listen."""
        context = info.context
        ref = await context.find(str(organization_id))
        text = context.last_event if after is None else after
        seen = None if text is None else _seen(context, ref, text)
        wanted = ActivityFilter(None, None, upstreams, sources, actions, actor_kinds)
        # a failure among them is raised by `_told`
        return await context.listen(ref, wanted, seen)  # type: ignore[return-value]


def _seen(context: Context, ref: OrganizationRef, text: str) -> Seen:
    """What `after` names: an activity of this organization."""
    part = decode_part(text)
    if part is not None and part[0] == "Activity":
        seen = Seen(part[1], part[2])
    else:
        place = paging(context, None, text, None, None).after
        whole = parse_link(place[2]) if place else None
        if place is None or whole is None or not 0 <= place[1] < len(ActivitySource):
            raise BadUserInput("`after` is neither an activity's global id nor a cursor of `activities`.")
        organization, _, native_id = whole.native_id.partition(":")
        source = list(ActivitySource)[place[1]]
        seen = Seen(Link(whole.upstream, organization), native_id, instant_of(place), source)
    if seen.link not in ref.links or not seen.native_id:
        raise BadUserInput("`after` names no activity of this organization.")
    return seen


def event_id(event: object) -> str | None:
    """What `after` and `Last-Event-ID` name an event by; None for what is no event of its own."""
    return str(global_id(event)) if isinstance(event, Activity) else None


def _told(event: Activity | Failure, info: GraphQLResolveInfo[Any], **_: object) -> Activity:
    """The event, for those who still may see the organization."""
    if isinstance(event, Failure):
        raise copy.copy(event)
    context: Context = info.context
    if not context.sees(context.whole(event.link)):
        raise NotFound("No organization has this id.")
    return event


def tell(schema: GraphQLSchema) -> None:
    """Has each event of the schema's subscriptions be looked at before it is told."""
    for field in schema.subscription_type.fields.values() if schema.subscription_type else ():
        field.resolve = _told
