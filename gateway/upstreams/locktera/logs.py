"""Locktera's two logs: accesses, and changes to the groups and users below an organization."""

import datetime as dt
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import partial
from hashlib import blake2b
from operator import gt
from typing import Any, ClassVar, Generic, TypeVar, cast

import msgspec
from strawberry.scalars import JSON

from gateway.upstreams.doer import Doer
from gateway.upstreams.loading import loaded
from gateway.upstreams.locktera.asking import LockteraCalls, many
from gateway.upstreams.making import Listing
from gateway.upstreams.reading import Instant, free, from_shape
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, ActorKind, ReadsActivities
from resolvers.identity import Link, Upstream
from resolvers.merging import Part, merge
from resolvers.scalars import write_instant


class AccessShape(msgspec.Struct, gc=False):
    """An entry of the access log. Assumed: `user` is an e-mail address where it holds an `@`, else an id."""

    timestamp: Instant
    action: str
    user: str | None = None
    status: str | None = None
    org_id: str | None = None
    ip: str | None = None


class AuditShape(msgspec.Struct, gc=False):
    """An entry of the children audit."""

    timestamp: Instant
    action: str
    admin_id: str | None = None
    org_id: str | None = None
    address_id: str | None = None
    ip: str | None = None
    old_data: dict[str, Any] | None = None
    new_data: dict[str, Any] | None = None


E = TypeVar("E", bound=AccessShape | AuditShape)


class Entry(msgspec.Struct, Generic[E], gc=False):
    """An entry of a log, of which only what is asked for is put into the graph's words.

    Attributes:
        link: The organization's part.
        shape: What the entry says.
        number: Tells it from others of the log that say the same, from 1.
        occurred_at: As the entry says.
    """

    link: Link
    shape: E
    number: int
    occurred_at: dt.datetime

    log: ClassVar[str]
    upstream: ClassVar[Upstream] = Upstream.LOCKTERA
    action: ClassVar[Any] = from_shape("action")
    service_id: ClassVar[None] = None
    target: ClassVar[Any] = from_shape("org_id")

    @property
    def native_id(self) -> str:
        """Made of what the entry says: it has no id of its own."""
        return f"{self.log}.{_content(self.shape)}.{self.number}"


@Activity.register
class Access(Entry[AccessShape], gc=False):
    """An entry of the access log."""

    log: ClassVar[str] = "access_log"
    source: ClassVar[ActivitySource] = ActivitySource.ACCESS_LOG
    outcome: ClassVar[Any] = from_shape("status")
    details: ClassVar[None] = None

    @property
    def actor(self) -> Doer:
        """Who did it."""
        user = self.shape.user
        named = isinstance(user, str) and "@" in user
        return Doer(ActorKind.USER, None if named else user, user if named else None, self.shape.ip, None)


@Activity.register
class Audit(Entry[AuditShape], gc=False):
    """An entry of the children audit."""

    log: ClassVar[str] = "children_audit"
    source: ClassVar[ActivitySource] = ActivitySource.CHILDREN_AUDIT
    outcome: ClassVar[None] = None

    @property
    def actor(self) -> Doer:
        """Who did it."""
        return Doer(ActorKind.USER, self.shape.admin_id, None, self.shape.ip, None)

    @property
    def details(self) -> JSON | None:
        """What else there is."""
        shape = self.shape
        told = {"address_id": shape.address_id, "old_data": shape.old_data, "new_data": shape.new_data}
        kept = {name: value for name, value in told.items() if value is not None}
        return free(kept) if kept else None


def _content(shape: AccessShape | AuditShape) -> str:
    return blake2b(msgspec.json.encode(shape, enc_hook=str), digest_size=9).hexdigest()


def _made(kind: type[Access] | type[Audit], link: Link, entries: Sequence[Any]) -> list[Activity]:
    """The activities of a log; several entries that say the same are told apart by a number."""
    moments = [entry.timestamp for entry in entries]
    if all(map(gt, moments, moments[1:])) or len({*moments}) == len(moments):  # no two say the same
        return cast("list[Activity]", [kind(link, entry, 1, entry.timestamp) for entry in entries])
    seen: Counter[str] = Counter()
    made: list[Any] = []
    for entry in entries:
        content = _content(entry)
        seen[content] += 1
        made.append(kind(link, entry, seen[content], entry.timestamp))
    return made


def _kept(kind: type[Access] | type[Audit], form: object) -> tuple[str, Listing[Any, Activity]]:
    return kind.log, Listing(Upstream.LOCKTERA, form, partial(_made, kind), items=many)


_LOGS: dict[ActivitySource, tuple[str, Listing[Any, Activity]]] = {
    ActivitySource.ACCESS_LOG: _kept(Access, list[AccessShape] | AccessShape),
    ActivitySource.CHILDREN_AUDIT: _kept(Audit, list[AuditShape] | AuditShape),
}

_Query = tuple[tuple[str, str], ...]


class LockteraLogs(LockteraCalls, ReadsActivities):
    """What happened in an organization. Entries have no id of their own: theirs is made of what they say."""

    logs = frozenset(_LOGS)

    def activities(self, native_id: str, question: ActivityQuestion) -> Coroutine[Any, Any, Part[Activity]]:
        """One call per log."""
        span = _span(question)
        return merge([self._log(native_id, source, span) for source in _LOGS if source in question.sources])

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """Looked up in its log: the API has no call for one entry."""
        for source, (name, _) in _LOGS.items():
            if activity_id.startswith(f"{name}."):
                entries = await self._log(native_id, source, ())
                return next((entry for entry in entries.items if entry.native_id == activity_id), None)
        return None

    @loaded
    def _log(self, native_id: str, source: ActivitySource, span: _Query) -> Coroutine[Any, Any, Part[Activity]]:
        name, shape = _LOGS[source]
        return self.get(shape, name, ("orgs", native_id, name), span, native_id=native_id)


def _span(question: ActivityQuestion) -> _Query:
    """Assumed: the logs take the documented filter `start` and `end`. What they give is filtered again."""
    if question.since is None and question.until is None:
        return ()
    moments = (("start", question.since), ("end", question.until))
    return tuple((name, write_instant(moment)) for name, moment in moments if moment)
