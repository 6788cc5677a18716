"""ClickHouse Cloud's activities: the whole log of a window in one answer, the newest first."""

import datetime as dt
from functools import cached_property
from typing import Final

import msgspec

from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope, is_plain_id
from gateway.upstreams.loading import Loader
from gateway.upstreams.reading import Instant, Shape, free, part, text
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


class ActivityShape(msgspec.Struct, rename="camel"):
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

    def activity(self, link: Link) -> Activity:
        """In the graph's words."""
        details = {"targetKeyId": self.target_key_id, "keyUpdateType": self.key_update_type}
        kept = {name: value for name, value in details.items() if value is not None}
        return Activity(
            link=link,
            native_id=self.id,
            upstream=Upstream.CLICKHOUSE,
            source=ActivitySource.ACTIVITY,
            occurred_at=self.created_at,
            action=self.type,
            outcome=None,
            actor=Actor(
                kind=ACTOR_KINDS.get(self.actor_type or "", ActorKind.UNKNOWN),
                id=text(self.actor_id),
                name=text(self.actor_details),
                ip_address=text(self.actor_ip_address),
                user_agent=text(self.user_agent),
            ),
            service_id=text(self.service_id),
            target=text(self.target_key_id),
            details=free(kept) if kept else None,
        )


_ACTIVITY = Shape(Upstream.CLICKHOUSE, Envelope[ActivityShape])
_ACTIVITIES = Shape(Upstream.CLICKHOUSE, Envelope[list[ActivityShape]])

_Query = tuple[tuple[str, str], ...]


class ClickHouseActivities(ClickHouseCalls, ReadsActivities):
    """What happened in an organization."""

    logs = frozenset({ActivitySource.ACTIVITY})

    async def activities(self, native_id: str, question: ActivityQuestion) -> Part[Activity]:
        """One call per window."""
        return await self._activities.load((native_id, _span(question)))

    @cached_property
    def _activities(self) -> Loader[tuple[str, _Query], Part[Activity]]:
        return Loader.each(self._read_activities)

    async def _read_activities(self, key: tuple[str, _Query]) -> Part[Activity]:
        native_id, span = key
        shapes = await self.read(_ACTIVITIES, "activities", native_id, ("activities",), span)
        return part(shapes, lambda shape: shape.activity(self.link(native_id)))

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """One call; the API refuses ids of less than 20 characters."""
        if len(activity_id) < SHORTEST_ID or not is_plain_id(activity_id):
            return None
        return await self._activity.load((native_id, activity_id))

    @cached_property
    def _activity(self) -> Loader[tuple[str, str], Activity]:
        return Loader.each(self._read_activity)

    async def _read_activity(self, key: tuple[str, str]) -> Activity:
        native_id, activity_id = key
        shape = await self.read(_ACTIVITY, "activity", native_id, ("activities", activity_id))
        return shape.activity(self.link(native_id))


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
