"""Locktera's two logs: accesses, and changes to the groups and users below an organization."""

from collections import Counter
from functools import cached_property, partial
from hashlib import blake2b
from operator import attrgetter
from typing import Any, cast

import msgspec

from gateway.upstreams.loading import EachLoader
from gateway.upstreams.locktera.asking import LockteraCalls, many
from gateway.upstreams.reading import Instant, Making, free, from_shape, part
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, Actor, ActorKind, ReadsActivities
from resolvers.identity import Link, Upstream
from resolvers.merging import Part, merge_parts
from resolvers.scalars import write_instant


class AccessShape(msgspec.Struct, gc=False):
    """An entry of the access log. Assumed: `user` is an e-mail address where it holds an `@`, else an id."""

    timestamp: Instant
    action: str
    user: str | None = None
    status: str | None = None
    org_id: str | None = None
    ip: str | None = None

    @property
    def actor(self) -> Actor:
        """Who did it."""
        named = isinstance(self.user, str) and "@" in self.user
        return Actor(
            kind=ActorKind.USER,
            id=None if named else self.user,
            name=self.user if named else None,
            ip_address=self.ip,
            user_agent=None,
        )

    def activity(self, link: Link, native_id: str) -> Activity:
        """In the graph's words."""
        return Access(link, native_id, self)


class Access(Activity):
    """An entry of the access log, of which only what is asked for is put into the graph's words."""

    def __init__(self, link: Link, native_id: str, shape: AccessShape) -> None:
        self.link = link
        self.native_id = native_id
        self.shape = shape

    upstream = Upstream.LOCKTERA
    source = ActivitySource.ACCESS_LOG
    occurred_at = from_shape("timestamp")
    action = from_shape("action")
    outcome = from_shape("status")
    actor = cached_property(attrgetter("shape.actor"))
    service_id = None
    target = from_shape("org_id")
    details = None


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

    def activity(self, link: Link, native_id: str) -> Activity:
        """In the graph's words."""
        details = {"address_id": self.address_id, "old_data": self.old_data, "new_data": self.new_data}
        kept = {name: value for name, value in details.items() if value is not None}
        return Activity(
            link=link,
            native_id=native_id,
            upstream=Upstream.LOCKTERA,
            source=ActivitySource.CHILDREN_AUDIT,
            occurred_at=self.timestamp,
            action=self.action,
            outcome=None,
            actor=Actor(kind=ActorKind.USER, id=self.admin_id, name=None, ip_address=self.ip, user_agent=None),
            service_id=None,
            target=self.org_id,
            details=free(kept) if kept else None,
        )


def _made(name: str, link: Link, given: object) -> Part[Activity]:
    """The activities of a log; several entries that say the same are told apart by a number."""
    seen: Counter[str] = Counter()

    def activity(entry: AccessShape | AuditShape) -> Activity:
        content = blake2b(msgspec.json.encode(entry, enc_hook=str), digest_size=9).hexdigest()
        seen[content] += 1
        return entry.activity(link, f"{name}.{content}.{seen[content]}")

    return part([*many(given)], activity)


def _kept(name: str, form: object) -> tuple[str, Making[Part[Activity]]]:
    return name, Making(Upstream.LOCKTERA, cast("type[object]", form), partial(_made, name))  # a union is no type


_LOGS: dict[ActivitySource, tuple[str, Making[Part[Activity]]]] = {
    ActivitySource.ACCESS_LOG: _kept("access_log", list[AccessShape] | AccessShape),
    ActivitySource.CHILDREN_AUDIT: _kept("children_audit", list[AuditShape] | AuditShape),
}

_Query = tuple[tuple[str, str], ...]


class LockteraLogs(LockteraCalls, ReadsActivities):
    """What happened in an organization. Entries have no id of their own: theirs is made of what they say."""

    logs = frozenset(_LOGS)

    async def activities(self, native_id: str, question: ActivityQuestion) -> Part[Activity]:
        """One call per log."""
        return await merge_parts(
            self._log.load((native_id, source, _span(question))) for source in _LOGS if source in question.sources
        )

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """Looked up in its log: the API has no call for one entry."""
        for source, (name, _) in _LOGS.items():
            if activity_id.startswith(f"{name}."):
                entries = await self._log.load((native_id, source, ()))
                return next((entry for entry in entries.items if entry.native_id == activity_id), None)
        return None

    @cached_property
    def _log(self) -> EachLoader[tuple[str, ActivitySource, _Query], Part[Activity]]:
        return EachLoader(self._read_log)

    async def _read_log(self, key: tuple[str, ActivitySource, _Query]) -> Part[Activity]:
        native_id, source, span = key
        name, shape = _LOGS[source]
        return await self.get(shape, name, ("orgs", native_id, name), span, native_id=native_id)


def _span(question: ActivityQuestion) -> _Query:
    """Assumed: the logs take the documented filter `start` and `end`. What they give is filtered again."""
    moments = (("start", question.since), ("end", question.until))
    return tuple((name, write_instant(moment)) for name, moment in moments if moment)
