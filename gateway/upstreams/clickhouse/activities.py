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
from gateway.upstreams.reading import Instant, Shape, free, text
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, ActorKind, ReadsActivities
from resolvers.gathering import Given
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

_UNKNOWN: Final = ActorKind.UNKNOWN
"""Enums look their members up by a function of Python's own each time."""

_kind: Callable[[str | None, ActorKind], ActorKind] = ACTOR_KINDS.get  # type: ignore[assignment]  # None is no kind's word


@Activity.register
class ClickHouseActivity(msgspec.Struct, rename="camel", gc=False):
    """An activity as an answer tells it, under the graph's names: it stands in for an `Activity` as it is.

    Attributes:
        link: The organization's part. Set once it is read: no answer has a member of its name.
    """

    native_id: str = msgspec.field(name="id")
    occurred_at: Instant = msgspec.field(name="createdAt")
    action: str = msgspec.field(name="type")
    actor_type: str | None = None
    actor_id: str | None = None
    actor_details: str | None = None
    user_agent: str | None = None
    actor_ip_address: str | None = None
    told_service: str | None = msgspec.field(name="serviceId", default=None)
    target_key_id: str | None = None
    key_update_type: str | None = None
    link: Any = msgspec.field(name=" link", default=None)

    upstream: ClassVar[Upstream] = Upstream.CLICKHOUSE
    source: ClassVar[ActivitySource] = ActivitySource.ACTIVITY
    outcome: ClassVar[None] = None

    @property
    def actor(self) -> Doer:
        """Who did it."""
        return Doer(
            _kind(self.actor_type, _UNKNOWN),
            self.actor_id or None,
            self.actor_details or None,
            self.actor_ip_address or None,
            self.user_agent or None,
        )

    @property
    def service_id(self) -> str | None:
        """The service concerned."""
        return text(self.told_service)

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


def _made(link: Link, activities: Sequence[ClickHouseActivity]) -> list[Activity]:
    for each in activities:
        each.link = link
    return cast("list[Activity]", activities)


_ACTIVITY = Shape(Upstream.CLICKHOUSE, Envelope[ClickHouseActivity])
_ACTIVITIES: Listing[ClickHouseActivity, Activity] = Listing(
    Upstream.CLICKHOUSE, Envelope[list[ClickHouseActivity]], _made, items=attrgetter("result")
)

_Query = tuple[tuple[str, str], ...]


class ClickHouseActivities(ClickHouseCalls, ReadsActivities):
    """What happened in an organization."""

    logs = frozenset({ActivitySource.ACTIVITY})

    def activities(self, native_id: str, question: ActivityQuestion) -> Coroutine[Any, Any, Part[Activity]]:
        """One call per window."""
        return self._activities(native_id, _span(question))

    @loaded
    def _activities(self, native_id: str, span: _Query) -> Given[Part[Activity]]:
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
