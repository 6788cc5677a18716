"""ClickHouse Cloud's activities: the whole log of a window in one answer, the newest first."""

import datetime as dt
from functools import cached_property, partial
from operator import attrgetter
from typing import Final, cast

import msgspec
from strawberry.scalars import JSON

from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope, is_plain_id
from gateway.upstreams.loading import EachLoader
from gateway.upstreams.reading import Instant, Making, Shape, free, from_shape, part, text
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, Actor, ActorKind, ReadsActivities
from resolvers.identity import Link, Upstream
from resolvers.merging import Part
from resolvers.scalars import write_instant

SHORTEST_ID = 20

ACTOR_KINDS: Final = {
    "user": ActorKind.USER,
    "support": ActorKind.SUPPORT,
    "system": ActorKind.SYSTEM,
    "api": ActorKind.API,
}


class ActivityShape(msgspec.Struct, rename="camel", gc=False):
    """An activity."""

    id: str
    created_at: Instant
    type: str
    actor_type: str | None = None
    actor_id: str | None = None
    actor_details: str | None = None
    actor_ip_address: str | None = None
    service_id: str | None = None
    user_agent: str | None = None
    target_key_id: str | None = None
    key_update_type: str | None = None

    @property
    def actor(self) -> Actor:
        """Who did it."""
        return Actor(
            kind=ACTOR_KINDS.get(self.actor_type or "", ActorKind.UNKNOWN),
            id=text(self.actor_id),
            name=text(self.actor_details),
            ip_address=text(self.actor_ip_address),
            user_agent=text(self.user_agent),
        )

    @property
    def service(self) -> str | None:
        """The service concerned."""
        return text(self.service_id)

    @property
    def target(self) -> str | None:
        """The key concerned."""
        return text(self.target_key_id)

    @property
    def details(self) -> JSON | None:
        """What else there is."""
        told = {"targetKeyId": self.target_key_id, "keyUpdateType": self.key_update_type}
        kept = {name: value for name, value in told.items() if value is not None}
        return free(kept) if kept else None


class ClickHouseActivity(Activity):
    """An activity, of which only what is asked for is put into the graph's words: a page is cut out of a whole log."""

    def __init__(self, link: Link, shape: ActivityShape) -> None:
        self.link = link
        self.shape = shape

    upstream = Upstream.CLICKHOUSE
    source = ActivitySource.ACTIVITY
    native_id = from_shape("id")
    occurred_at = from_shape("created_at")
    action = from_shape("type")
    outcome = None
    actor = cached_property(attrgetter("shape.actor"))
    service_id = from_shape("service")
    target = from_shape("target")
    details = from_shape("details")


_ACTIVITY = Shape(Upstream.CLICKHOUSE, Envelope[ActivityShape])


def _activities(link: Link, envelope: Envelope[list[ActivityShape]]) -> Part[Activity]:
    return cast("Part[Activity]", part(envelope.result, partial(ClickHouseActivity, link)))


_ACTIVITIES = Making(Upstream.CLICKHOUSE, Envelope[list[ActivityShape]], _activities)

_Query = tuple[tuple[str, str], ...]


class ClickHouseActivities(ClickHouseCalls, ReadsActivities):
    """What happened in an organization."""

    logs = frozenset({ActivitySource.ACTIVITY})

    async def activities(self, native_id: str, question: ActivityQuestion) -> Part[Activity]:
        """One call per window."""
        return await self._activities.load((native_id, _span(question)))

    @cached_property
    def _activities(self) -> EachLoader[tuple[str, _Query], Part[Activity]]:
        return EachLoader(self._read_activities)

    async def _read_activities(self, key: tuple[str, _Query]) -> Part[Activity]:
        native_id, span = key
        path = ("v1", "organizations", native_id, "activities")
        return await self.get(_ACTIVITIES, "activities", path, span, native_id=native_id)

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """One call; the API refuses ids of less than 20 characters."""
        if len(activity_id) < SHORTEST_ID or not is_plain_id(activity_id):
            return None
        return await self._activity.load((native_id, activity_id))

    @cached_property
    def _activity(self) -> EachLoader[tuple[str, str], Activity]:
        return EachLoader(self._read_activity)

    async def _read_activity(self, key: tuple[str, str]) -> Activity:
        native_id, activity_id = key
        shape = await self.read(_ACTIVITY, "activity", native_id, ("activities", activity_id))
        return ClickHouseActivity(self.link(native_id), shape)


def _span(question: ActivityQuestion) -> _Query:
    """Whole seconds, the window rounded outward; what the upstream gives is filtered again."""
    query = []
    if question.since:
        query.append(("from_date", write_instant(question.since.replace(microsecond=0))))
    if question.until:
        rounded = question.until.replace(microsecond=0)
        if question.until.microsecond and rounded.year < dt.MAXYEAR:
            rounded += dt.timedelta(seconds=1)
        query.append(("to_date", write_instant(rounded)))
    return tuple(query)
