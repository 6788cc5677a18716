"""ClickHouse Cloud's activities: the whole log of a window in one answer, the newest first."""

import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Final, cast

import msgspec
from strawberry.scalars import JSON

from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope, is_plain_id
from gateway.upstreams.doer import Doer
from gateway.upstreams.loading import loaded
from gateway.upstreams.making import Listing
from gateway.upstreams.reading import Instant, Shape, free, from_shape, text
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, ActorKind, ReadsActivities
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

_kind: Callable[[str | None, ActorKind], ActorKind] = ACTOR_KINDS.get  # type: ignore[assignment]  # None is no kind's word


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


@Activity.register
class ClickHouseActivity(msgspec.Struct, gc=False):
    """An activity, of which only what is asked for is put into the graph's words: a page is cut out of a whole log."""

    link: Link
    shape: ActivityShape
    occurred_at: dt.datetime

    upstream: ClassVar[Upstream] = Upstream.CLICKHOUSE
    source: ClassVar[ActivitySource] = ActivitySource.ACTIVITY
    native_id: ClassVar[Any] = from_shape("id")
    action: ClassVar[Any] = from_shape("type")
    outcome: ClassVar[None] = None
    service_id: ClassVar[Any] = from_shape("service")
    target: ClassVar[Any] = from_shape("target")
    details: ClassVar[Any] = from_shape("details")

    @property
    def actor(self) -> Doer:
        """Who did it."""
        shape = self.shape
        return Doer(
            _kind(shape.actor_type, ActorKind.UNKNOWN),
            shape.actor_id or None,
            shape.actor_details or None,
            shape.actor_ip_address or None,
            shape.user_agent or None,
        )


_ACTIVITY = Shape(Upstream.CLICKHOUSE, Envelope[ActivityShape])


def _made(link: Link, shapes: Sequence[ActivityShape]) -> list[Activity]:
    return cast("list[Activity]", [ClickHouseActivity(link, shape, shape.created_at) for shape in shapes])


_ACTIVITIES: Listing[ActivityShape, Activity] = Listing(
    Upstream.CLICKHOUSE, Envelope[list[ActivityShape]], _made, items=attrgetter("result")
)

_Query = tuple[tuple[str, str], ...]


class ClickHouseActivities(ClickHouseCalls, ReadsActivities):
    """What happened in an organization."""

    logs = frozenset({ActivitySource.ACTIVITY})

    def activities(self, native_id: str, question: ActivityQuestion) -> Coroutine[Any, Any, Part[Activity]]:
        """One call per window."""
        return self._activities(native_id, _span(question))

    @loaded
    def _activities(self, native_id: str, span: _Query) -> Coroutine[Any, Any, Part[Activity]]:
        path = ("v1", "organizations", native_id, "activities")
        return self.get(_ACTIVITIES, "activities", path, span, native_id=native_id)

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """One call; the API refuses ids of less than 20 characters."""
        if len(activity_id) < SHORTEST_ID or not is_plain_id(activity_id):
            return None
        return await self._activity(native_id, activity_id)

    @loaded
    async def _activity(self, native_id: str, activity_id: str) -> Activity:
        shape = await self.read(_ACTIVITY, "activity", native_id, ("activities", activity_id))
        return _ACTIVITIES.one(native_id, shape)


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
