"""Activities: what happened in an organization, and who did it."""

import datetime as dt
from abc import ABCMeta, abstractmethod
from collections.abc import Coroutine, Iterator, Sequence
from enum import Enum
from itertools import groupby
from operator import attrgetter, gt
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
import strawberry
from strawberry.scalars import JSON

from resolvers.capabilities import Capability, Serves
from resolvers.connections import Connection, Paging, Place, cut
from resolvers.context import Info
from resolvers.costs import FREE
from resolvers.errors import BadUserInput
from resolvers.identity import Link, Node, OrganizationRef, Upstream, encode
from resolvers.merging import Part, merge, told
from resolvers.wholes import whole_of

if TYPE_CHECKING:
    from resolvers.organization import Organization


@strawberry.enum(description="Where an activity was recorded.")
class ActivitySource(Enum):
    """One per log that an upstream keeps."""

    __hash__ = object.__hash__
    """Members are one of a kind; Enum's own hash is many times slower."""

    ACTIVITY = strawberry.enum_value("ACTIVITY", description="ClickHouse Cloud's activities.")
    ACCESS_LOG = strawberry.enum_value("ACCESS_LOG", description="Locktera's log of sign-ins and accesses.")
    CHILDREN_AUDIT = strawberry.enum_value(
        "CHILDREN_AUDIT", description="Locktera's log of changes to the groups and users below the organization."
    )
    AUDIT_LOG = strawberry.enum_value(
        "AUDIT_LOG",
        description="Losant's audit log, which it keeps for enterprise organizations only. Asked only where `sources` "
        "names it or `upstreams` names LOSANT.",
    )


@strawberry.enum(description="What kind of actor did something.")
class ActorKind(Enum):
    """The upstreams' kinds in one vocabulary."""

    USER = strawberry.enum_value("USER", description="A person.")
    SUPPORT = strawberry.enum_value("SUPPORT", description="The upstream's support staff.")
    SYSTEM = strawberry.enum_value("SYSTEM", description="The upstream itself.")
    API = strawberry.enum_value("API", description="An API key or token.")
    DEVICE = strawberry.enum_value("DEVICE", description="A device (Losant).")
    APPLICATION = strawberry.enum_value("APPLICATION", description="An application's key (Losant).")
    WORKFLOW = strawberry.enum_value("WORKFLOW", description="A workflow (Losant).")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="The upstream does not say, or uses a new word.")


Sources = Annotated[
    list[ActivitySource] | None,
    strawberry.argument(description="Only these logs. Left out: all but Losant's audit log."),
]
Actions = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these actions, in the upstreams' own words, in any case."),
]
ActorKinds = Annotated[list[ActorKind] | None, strawberry.argument(description="Only what actors of these kinds did.")]


@strawberry.type(description="Who did something, as far as the upstream tells.", directives=[FREE])
class Actor:
    """The doer of an activity."""

    kind: ActorKind = strawberry.field(description="What kind of actor.")
    id: str | None = strawberry.field(description="The actor's id at the upstream; null where it gives none.")
    name: str | None = strawberry.field(
        description="A name or e-mail address, whichever the upstream gives; null where it gives none."
    )
    ip_address: str | None = strawberry.field(description="The address it came from; null where none was recorded.")
    user_agent: str | None = strawberry.field(description="The program used; null where none was recorded.")


@strawberry.type(
    description="One thing that happened. From ClickHouse's activities, Locktera's access log or children audit, or "
    "Losant's audit log."
)
class Activity(Node, metaclass=ABCMeta):
    """An entry of one of the logs.

    A class that has all its attributes may be registered as one.
    """

    link: strawberry.Private[Link]
    native_id: strawberry.Private[str]

    @strawberry.field(description="The global id: opaque, unique in this graph, good for `node` and `activity`.")
    def id(self) -> strawberry.ID:
        """`Activity:upstream:organization:activity`."""
        return global_id(self)

    upstream: Upstream = strawberry.field(description="The upstream that recorded it.")
    source: ActivitySource = strawberry.field(description="The log that it stands in.")

    @strawberry.field(description="The organization that it happened in.")
    def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("resolvers.organization")]:
        """The whole that the activity's upstream is a part of."""
        return whole_of(info, self.link)

    occurred_at: dt.datetime = strawberry.field(description="When it happened.")
    action: str = strawberry.field(description="What happened: the upstream's own word, unchanged.")
    outcome: str | None = strawberry.field(
        description="How it ended, in the upstream's own word or as an HTTP status; null where none was recorded."
    )
    actor: Actor | None = strawberry.field(description="Who did it; null where it was not recorded.")
    service_id: str | None = strawberry.field(
        description="The ClickHouse service concerned; null where it concerns none."
    )
    target: str | None = strawberry.field(
        description="The id or name of what it was done to; null where it was not recorded."
    )
    details: JSON | None = strawberry.field(
        description="What else the upstream recorded, in its own words; null where there is nothing else."
    )


@strawberry.type(description="A page of activities, the newest first, merged by time.", name="ActivityConnection")
class ActivityConnection(Connection[Activity]):
    """Activities with their pages."""


class ActivityQuestion(msgspec.Struct, frozen=True, gc=False):
    """Which activities are wanted.

    Attributes:
        since: The earliest instant, inclusive.
        until: The latest instant, inclusive.
        sources: The logs to read.
        resume: The page begins at this instant or before it; a log that is read in parts may begin there.
        enough: So many of the newest from there suffice; None where all are needed.
    """

    since: dt.datetime | None
    until: dt.datetime | None
    sources: frozenset[ActivitySource]
    resume: dt.datetime | None
    enough: int | None


class ReadsActivities(Serves):
    """An upstream that keeps a log of what happens in an organization.

    Attributes:
        logs: The logs that it keeps.
        asked_logs: Those among them that are read only when asked for by name.
    """

    grants = (Capability.READ_ACTIVITIES,)
    logs: ClassVar[frozenset[ActivitySource]]
    asked_logs: ClassVar[frozenset[ActivitySource]] = frozenset()

    @abstractmethod
    def activities(self, native_id: str, question: ActivityQuestion) -> Coroutine[Any, Any, Part[Activity]]:
        """The activities in the window, in any order; the window's edges may be wider than asked.

        The reading begins when this is called, not when it is awaited.
        """

    @abstractmethod
    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """One activity, or None."""

    def asked(
        self, sources: Sequence[ActivitySource] | None, upstreams: Sequence[Upstream] | None
    ) -> frozenset[ActivitySource]:
        """Which of its logs a question concerns."""
        if sources is not None:
            return self.logs.intersection(sources)
        return self.logs if upstreams is not None else self.logs - self.asked_logs


class ActivityFilter(msgspec.Struct, frozen=True, gc=False):
    """The filters of `Organization.activities`."""

    since: dt.datetime | None
    until: dt.datetime | None
    upstreams: Sequence[Upstream] | None
    sources: Sequence[ActivitySource] | None
    actions: Sequence[str] | None
    actor_kinds: Sequence[ActorKind] | None

    @property
    def filters(self) -> bool:
        """Whether anything but sources and upstreams is asked for."""
        by_time = self.since is not None or self.until is not None
        return by_time or self.actions is not None or self.actor_kinds is not None

    def matches(self, activity: Activity) -> bool:
        """Whether the activity passes them all; actions are compared without regard to case."""
        if self.since is not None and activity.occurred_at < self.since:
            return False
        if self.until is not None and activity.occurred_at > self.until:
            return False
        if self.actions is not None and activity.action.casefold() not in {word.casefold() for word in self.actions}:
            return False
        if self.actor_kinds is None:
            return True
        return (activity.actor.kind if activity.actor else ActorKind.UNKNOWN) in self.actor_kinds


async def connect_activities(
    info: Info, ref: OrganizationRef, asked: Paging, wanted: ActivityFilter
) -> ActivityConnection | None:
    """The page of an organization's activities; None where no linked upstream keeps such a log.

    Raises:
        BadUserInput: `from` lies behind `to`.
    """
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise BadUserInput("`from` must not lie behind `to`.")
    context = info.context
    serving = [
        (link, adapter, sources)
        for link, adapter in context.serving(ref, ReadsActivities, wanted.upstreams)
        if (sources := adapter.asked(wanted.sources, wanted.upstreams))
    ]
    forward = not asked.backward and wanted.actions is None and wanted.actor_kinds is None
    enough = asked.size + (_SAME_INSTANT if asked.after else 0) if forward else None
    resume = instant_of(asked.after) if asked.after and forward else None
    if not serving:
        return None
    reads = [
        adapter.activities(link.native_id, ActivityQuestion(wanted.since, wanted.until, sources, resume, enough))
        for link, adapter, sources in serving
    ]
    part = told(info, await merge(reads))
    chosen = [activity for activity in part.items if wanted.matches(activity)] if wanted.filters else part.items
    chosen = newest_first(chosen)
    total = len(chosen) if part.counted and not part.failures else None
    page = cut(chosen, place_of, asked, more=part.truncated)
    return ActivityConnection(page=page, failures=part.failures, total=total)


_SOURCES = {source: number for number, source in enumerate(ActivitySource)}
_WORDS = {upstream: upstream.word for upstream in Upstream}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_SAME_INSTANT = 20  # so many entries may share the cursor's instant before a page comes out short


_moment = attrgetter("occurred_at")


def newest_first(activities: Sequence[Activity]) -> list[Activity]:
    """In the order of their places, of which only those are made that happened at the same instant as others."""
    ordered = sorted(activities, key=_moment, reverse=True)
    moments = [*map(_moment, ordered)]
    return ordered if all(map(gt, moments, moments[1:])) else [*_settled(ordered)]


def _settled(ordered: Sequence[Activity]) -> Iterator[Activity]:
    for _, run in groupby(ordered, _moment):
        same = [*run]
        yield from same if len(same) == 1 else sorted(same, key=place_of)


def instant_of(after: Place) -> dt.datetime:
    """When the activity happened whose place a cursor names.

    Raises:
        BadUserInput: It is no activity's.
    """
    try:
        return _EPOCH - dt.timedelta(microseconds=after[0])
    except OverflowError:
        raise BadUserInput("`after` is no cursor of this list. Take it from an earlier page.") from None


def place_of(activity: Activity) -> Place:
    """Where it stands in a list: the newest come first."""
    newest_first = (_EPOCH - activity.occurred_at) // _MICROSECOND
    link = activity.link
    return newest_first, _SOURCES[activity.source], f"{_WORDS[link.upstream]}:{link.native_id}:{activity.native_id}"


def global_id(activity: Activity) -> strawberry.ID:
    """`Activity:upstream:organization:activity`, encoded."""
    return encode("Activity", activity.link.upstream.word, activity.link.native_id, activity.native_id)
