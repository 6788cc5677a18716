"""Reads that are shared: while they are in flight, for a short time afterwards, and longer while the upstream fails."""

import time
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from gateway.wire.call import Answer, Call, Step
from gateway.wire.collapsing import Collapsing
from gateway.wire.entries import Entries, Entry, MemoryEntries, Question
from gateway.wire.generations import Generations, MemoryGenerations
from gateway.wire.trail import Source
from resolvers.errors import (
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

NOT_FOUND_SECONDS: Final = 1.0
"""How long it is believed at most that something is not there."""

LONGEST_READ: Final = 262_144
"""Bytes of a body up to which it is kept, too, what it was read as; that takes up to four times as many."""

_FAILURES: Final = (UpstreamTimeout, UpstreamUnavailable, UpstreamInvalidResponse, UpstreamRateLimited)
_FOR_NOW: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_OK, _NOT_FOUND, _OUT_OF_ORDER = 200, 404, 500
_KEPT_HEADERS: Final = ("content-type",)


class Cache:
    """Shares the answers to reads among those who show the same credential; drops them when something is written.

    What is kept is a 200 whose body fits what the caller will read it as (`Call.fits`), and a 404 for a second.

    Args:
        below: The next step.
        upstream: Whom most calls are for.
        mark: A keyed hash of a credential.
        entries: Where answers are kept; may be shared by the caches of several upstreams.
        generations: What tells that something was written; the same.
        collapsing: The calls in flight; the same.
        fresh_seconds: How long an answer serves without a call; 0 keeps nothing at all.
        operations: The same for single operations of the upstream, by their names.
        stale_seconds: How old an answer may be that serves while the upstream fails.
        clock: Seconds.

    Attributes:
        in_memory: Nothing is kept elsewhere. Whoever reads waits for a call in flight and nothing else; see `takes`.
    """

    def __init__(  # noqa: PLR0913  the parts of a cache
        self,
        below: Step,
        upstream: Upstream,
        *,
        mark: Callable[[tuple[str, str]], bytes],
        entries: Entries,
        generations: Generations,
        collapsing: Collapsing,
        fresh_seconds: float,
        operations: Mapping[str, float] = MappingProxyType({}),
        stale_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._below = below
        self._upstream, self._word = upstream, upstream.word
        self._mark = mark
        self._entries = entries
        self._generations = generations
        self._collapsing = collapsing
        self._fresh_seconds = fresh_seconds
        self._operations = operations if fresh_seconds else {}
        self._stale_seconds = stale_seconds
        self._clock = clock
        self.in_memory = isinstance(entries, MemoryEntries) and isinstance(generations, MemoryGenerations)

    def takes(self, call: Call) -> bool:
        """Whether the call is one that may be sent without a task of its own: whoever sends it keeps no time."""
        return self.in_memory and call.credential is not None and not call.fresh and call.reads

    async def send(self, call: Call) -> Answer:
        """A kept answer, that of a call in flight, or a new one; writes go on and drop what they touch.

        Raises:
            Failure: As the next step.
        """
        if not call.reads:
            return await self._write(call)
        if call.credential is None:
            return await self._below.send(call)
        generation = await self._generations.of(call)
        question = self._question(call, call.credential)
        seconds = self._operations.get(call.operation, self._fresh_seconds)
        if not seconds:
            fetch = self._below.send
        else:
            key = self._entries.key(question)
            since = self._clock() - seconds
            if not call.fresh and (entry := await self._entries.get(key, generation, since)):
                age = self._clock() - entry.kept_at
                most = _most(entry.answer, seconds)
                if entry.generation == generation and 0 <= age < most:
                    call.trail.fresh = most - age
                    return _served(call, entry, Source.CACHE, age)
            fetch = partial(self._fetch, key, generation, seconds)
        if call.fresh:
            return await fetch(call)
        return await self._collapsing.share((generation, question), call, fetch)

    async def _write(self, call: Call) -> Answer:
        """Whatever comes of it: what was read before its end may be what was there before."""
        await self._generations.bump(call)
        try:
            return await self._below.send(call)
        finally:
            await self._generations.bump(call)

    async def _fetch(self, key: Hashable, generation: int, seconds: float, call: Call) -> Answer:
        try:
            answer = await self._below.send(call)
        except _FAILURES:
            if entry := await self._stale(key, call):
                return _served(call, entry, Source.STALE, self._clock() - entry.kept_at)
            raise
        if answer.status >= _OUT_OF_ORDER or answer.status in _FOR_NOW:
            if entry := await self._stale(key, call):
                return _served(call, entry, Source.STALE, self._clock() - entry.kept_at)
        elif _may_be_kept(call, answer):
            if await self._generations.of(call) == generation:
                headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
                read = answer.read if len(answer.body) <= LONGEST_READ else None
                kept = Answer(answer.status, headers, answer.body, read)
                await self._entries.put(key, Entry(kept, self._clock(), generation))
                call.trail.fresh = _most(kept, seconds)
        elif answer.status >= HTTPStatus.BAD_REQUEST:
            await self._entries.drop(key)
        return answer

    async def _stale(self, key: Hashable, call: Call) -> Entry | None:
        """The last good answer, unless something was written since or the call asks for a new one."""
        if call.fresh:
            return None
        generation, since = await self._generations.of(call), self._clock() - self._stale_seconds
        entry = await self._entries.get(key, generation, since)
        if entry is None or entry.generation != generation or entry.answer.status != HTTPStatus.OK:
            return None
        return entry if 0 <= self._clock() - entry.kept_at <= self._stale_seconds else None

    def _question(self, call: Call, credential: tuple[str, str]) -> Question:
        """Marks are left out: they tell requests apart, and not questions."""
        headers = _sorted(tuple(call.headers.items())) if call.headers else ()
        word = self._word if call.upstream is self._upstream else call.upstream.word
        return self._mark(credential), word, call.path, call.query, headers


@lru_cache(maxsize=256)
def _sorted(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name.lower(), value) for name, value in headers))


def _most(answer: Answer, seconds: float) -> float:
    return min(seconds, NOT_FOUND_SECONDS) if answer.status == _NOT_FOUND else seconds


def _may_be_kept(call: Call, answer: Answer) -> bool:
    if answer.status == _NOT_FOUND:
        return True
    return answer.status == _OK and call.fits is not None and call.fits(answer)


def _served(call: Call, entry: Entry, source: Source, age: float) -> Answer:
    trail = call.trail
    trail.source, trail.age, trail.received = source, age, len(entry.answer.body)
    return entry.answer
