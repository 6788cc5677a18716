"""Locktera's two logs: accesses, and changes to the groups and users below an organization."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Coroutine, Sequence
from hashlib import blake2b
from operator import attrgetter, gt
from typing import Any, ClassVar, Final, cast

import msgspec
from strawberry.scalars import JSON

from gateway.upstreams.doer import Doer
from gateway.upstreams.loading import loaded
from gateway.upstreams.locktera.asking import LockteraCalls, many
from gateway.upstreams.making import Listing
from gateway.upstreams.reading import Instant, free
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, ActorKind, ReadsActivities
from resolvers.gathering import Given
from resolvers.identity import Link, Upstream
from resolvers.merging import Part, merge
from resolvers.scalars import write_instant

_USER: Final = ActorKind.USER
"""Enums look their members up by a function of Python's own each time."""


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """An entry of a log as an answer tells it, under the graph's names: it stands in for an `Activity` as it is.

    Two attributes are set once it is read: no answer has members of their names.

    Attributes:
        link: The organization's part.
        number: Tells it from others of the log that say the same, from 1.
    """

    occurred_at: Instant = msgspec.field(name="timestamp")
    action: str
    target: str | None = msgspec.field(name="org_id", default=None)
    ip: str | None = None
    link: Any = msgspec.field(name=" link", default=None)
    number: int = msgspec.field(name=" number", default=1)

    log: ClassVar[str]
    upstream: ClassVar[Upstream] = Upstream.LOCKTERA
    service_id: ClassVar[None] = None

    @property
    def native_id(self) -> str:
        """Made of what the entry says: it has no id of its own."""
        return f"{self.log}.{self.digest()}.{self.number}"

    def digest(self) -> str:
        """Of all that it says."""
        return blake2b(msgspec.json.encode(self.told(), enc_hook=str), digest_size=9).hexdigest()

    @abstractmethod
    def told(self) -> dict[str, object]:
        """All that it says. Ids are made of it: names and order must stay as they are."""


@Activity.register
class Access(Entry, kw_only=True, gc=False):
    """An entry of the access log. Assumed: `user` is an e-mail address where it holds an `@`, else an id."""

    user: str | None = None
    outcome: str | None = msgspec.field(name="status", default=None)

    log: ClassVar[str] = "access_log"
    source: ClassVar[ActivitySource] = ActivitySource.ACCESS_LOG
    details: ClassVar[None] = None

    @property
    def actor(self) -> Doer:
        """Who did it."""
        user = self.user
        named = isinstance(user, str) and "@" in user
        return Doer(_USER, None if named else user, user if named else None, self.ip, None)

    def told(self) -> dict[str, object]:  # noqa: D102  see `Entry.told`
        return {
            "timestamp": self.occurred_at,
            "action": self.action,
            "user": self.user,
            "status": self.outcome,
            "org_id": self.target,
            "ip": self.ip,
        }


@Activity.register
class Audit(Entry, kw_only=True, gc=False):
    """An entry of the children audit."""

    admin_id: str | None = None
    address_id: str | None = None
    old_data: dict[str, Any] | None = None
    new_data: dict[str, Any] | None = None

    log: ClassVar[str] = "children_audit"
    source: ClassVar[ActivitySource] = ActivitySource.CHILDREN_AUDIT
    outcome: ClassVar[None] = None

    @property
    def actor(self) -> Doer:
        """Who did it."""
        return Doer(_USER, self.admin_id, None, self.ip, None)

    @property
    def details(self) -> JSON | None:
        """What else there is."""
        told = {"address_id": self.address_id, "old_data": self.old_data, "new_data": self.new_data}
        kept = {name: value for name, value in told.items() if value is not None}
        return free(kept) if kept else None

    def told(self) -> dict[str, object]:  # noqa: D102  see `Entry.told`
        return {
            "timestamp": self.occurred_at,
            "action": self.action,
            "admin_id": self.admin_id,
            "org_id": self.target,
            "address_id": self.address_id,
            "ip": self.ip,
            "old_data": self.old_data,
            "new_data": self.new_data,
        }


def _made(link: Link, entries: Sequence[Entry]) -> list[Activity]:
    """The activities of a log; several entries that say the same are told apart by a number."""
    for entry in entries:
        entry.link = link
    moments = [*map(_moment, entries)]
    if not all(map(gt, moments, moments[1:])) and len({*moments}) < len(moments):  # some may say the same
        seen: Counter[str] = Counter()
        for entry in entries:
            content = entry.digest()
            seen[content] += 1
            entry.number = seen[content]
    return cast("list[Activity]", entries)


_moment = attrgetter("occurred_at")


def _kept(kind: type[Entry], form: object) -> tuple[str, Listing[Any, Activity]]:
    return kind.log, Listing(Upstream.LOCKTERA, form, _made, items=many)


_LOGS: dict[ActivitySource, tuple[str, Listing[Any, Activity]]] = {
    ActivitySource.ACCESS_LOG: _kept(Access, list[Access] | Access),
    ActivitySource.CHILDREN_AUDIT: _kept(Audit, list[Audit] | Audit),
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
    def _log(self, native_id: str, source: ActivitySource, span: _Query) -> Given[Part[Activity]]:
        name, shape = _LOGS[source]
        return self.get(shape, name, ("orgs", native_id, name), span, native_id=native_id)


def _span(question: ActivityQuestion) -> _Query:
    """Assumed: the logs take the documented filter `start` and `end`. What they give is filtered again."""
    if question.since is None and question.until is None:
        return ()
    moments = (("start", question.since), ("end", question.until))
    return tuple((name, write_instant(moment)) for name, moment in moments if moment)
