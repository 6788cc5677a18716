"""Reads that are shared: while they are in flight, for a short time afterwards, and longer while the upstream fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from msgspec import Struct

from gateway.wire.call import Answer, Call, Carrier, Landing, Step
from gateway.wire.collapsing import Begin, Collapsing, Seat
from gateway.wire.direct import Direct
from gateway.wire.direct_write import write
from gateway.wire.entries import Entries, Entry, MemoryEntries, Pairs, Question
from gateway.wire.generations import Generations, MemoryGenerations
from gateway.wire.trail import Source
from resolvers.errors import (
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

T = TypeVar("T")

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
        below: As given.
        begin: Sends a read below without a task, where that can be done.
        in_memory: Nothing is kept elsewhere. Whoever reads waits for a call in flight and nothing else; see `ask`.
    """

    def __init__(  # noqa: PLR0913  the parts of a cache
        self,
        below: Step,
        upstream: Upstream,
        *,
        mark: Callable[[tuple[str, str] | None], bytes],
        entries: Entries,
        generations: Generations,
        collapsing: Collapsing,
        fresh_seconds: float,
        operations: Mapping[str, float] = MappingProxyType({}),
        stale_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.below, self._send = below, below.send
        self._upstream, self._word = upstream, upstream.word
        self._mark = mark
        # an operation asks several times in a row
        self._last: tuple[object, object, bytes, Pairs] = None, None, b"", ()
        self._entries = entries
        self._generations = generations
        self._collapsing = collapsing
        self._fresh_seconds = fresh_seconds
        self._operations = operations if fresh_seconds else {}
        self._stale_seconds = stale_seconds
        self._clock = clock
        self.begin: Begin | None = below.begin if isinstance(below, Direct) else None
        self.in_memory = isinstance(entries, MemoryEntries) and isinstance(generations, MemoryGenerations)
        self._memory_entries = cast("MemoryEntries", entries)
        self._memory_generations = cast("MemoryGenerations", generations)
        self._direct = cast("Direct[Any]", below)

    async def send(self, call: Call) -> Answer:
        """A kept answer, that of a call in flight, or a new one; writes go on and drop what they touch.

        Raises:
            Failure: As the next step.
        """
        if not call.reads:
            return await self._write(call)
        if call.credential is None:
            return await self.below.send(call)
        generation = await self._generations.of(call)
        question = self._question(call)
        seconds = self._operations.get(call.operation, self._fresh_seconds)
        if not seconds:
            if call.fresh:
                return await self._send(call)
            return await self._collapsing.join((generation, question), call, self._send, self.begin)
        key = self._entries.key(question)
        if call.fresh:
            return await _Keeping(self, key, generation, seconds).fetch(call)
        now = self._clock()
        entry = await self._entries.get(key, generation, now - seconds)
        answer = None if entry is None else self._kept(call, generation, seconds, entry, now)
        return answer or await self._join_to_keep(key, generation, seconds, question, call)

    def ask(self, call: Call, loop: asyncio.AbstractEventLoop) -> Awaitable[Answer]:
        """The same for a read that shows a credential and need not be fresh, where everything is kept in memory.

        Nothing but a call in flight is waited for.

        Args:
            call: The read.
            loop: The one that runs.
        """
        generation = self._memory_generations.now(call)
        question = self._question(call)
        seconds = self._operations.get(call.operation, self._fresh_seconds)
        if not seconds:
            return self._collapsing.join((generation, question), call, self._send, self.begin, loop)
        now = self._clock()
        entry = self._memory_entries.now(question, generation, now - seconds)
        answer = None if entry is None else self._kept(call, generation, seconds, entry, now)
        if answer is None:
            return self._join_to_keep(question, generation, seconds, question, call)
        call.trail.ended = loop.time()
        at_hand: asyncio.Future[Answer] = loop.create_future()
        at_hand.set_result(answer)
        return at_hand

    def _join_to_keep(self, key: Hashable, generation: int, seconds: float, question: Question, call: Call) -> Seat:
        """The same, where the answer is kept, and a stale one serves in the place of a failure."""
        keeping = _Keeping(self, key, generation, seconds)
        begin = keeping.begin if self.begin is not None and self.in_memory else None
        return self._collapsing.join((generation, question), call, keeping.fetch, begin)

    @staticmethod
    def _kept(call: Call, generation: int, seconds: float, entry: Entry, now: float) -> Answer | None:
        """The answer of the entry, where it is fresh."""
        age = now - entry.kept_at
        most = seconds if entry.answer.status == _OK else _most(entry.answer, seconds)
        if entry.generation != generation or not 0 <= age < most:
            return None
        call.trail.fresh = most - age
        return _served(call, entry, Source.CACHE, age)

    async def _write(self, call: Call) -> Answer:
        """Whatever comes of it: what was read before its end may be what was there before."""
        await self._generations.bump(call)
        try:
            return await self._send(call)
        finally:
            await self._generations.bump(call)

    def write_directly(self, call: Call, loop: asyncio.AbstractEventLoop) -> Coroutine[Any, Any, Answer]:
        """The same where all is kept in memory and there is a direct way: without a task."""
        return write(self._direct, call, loop, self._memory_generations.bump_now)

    async def keep(self, key: Hashable, generation: int, seconds: float, call: Call, answer: Answer) -> Answer:
        """The answer, kept if it may be; a stale one in its place where it says that the upstream fails."""
        if answer.status >= _OUT_OF_ORDER or answer.status in _FOR_NOW:
            return await self.stale(key, call) or answer
        if _may_be_kept(call, answer):
            if await self._generations.of(call) == generation:
                headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
                read = answer.read if len(answer.body) <= LONGEST_READ else None
                kept = Answer(answer.status, headers, answer.body, read)
                await self._entries.put(key, Entry(kept, self._clock(), generation))
                call.trail.fresh = _most(kept, seconds)
        elif answer.status >= HTTPStatus.BAD_REQUEST:
            await self._entries.drop(key)
        return answer

    async def stale(self, key: Hashable, call: Call) -> Answer | None:
        """The last good answer, unless something was written since or the call asks for a new one."""
        if call.fresh:
            return None
        generation, since = await self._generations.of(call), self._clock() - self._stale_seconds
        entry = await self._entries.get(key, generation, since)
        if entry is None or entry.generation != generation or entry.answer.status != HTTPStatus.OK:
            return None
        age = self._clock() - entry.kept_at
        return _served(call, entry, Source.STALE, age) if 0 <= age <= self._stale_seconds else None

    def _question(self, call: Call) -> Question:
        """Marks are left out: they tell requests apart, and not questions."""
        credential, headers, mark, pairs = self._last
        if call.credential is not credential or call.headers is not headers:
            mark, pairs = self._mark(call.credential), _sorted(tuple(call.headers.items()))
            self._last = call.credential, call.headers, mark, pairs
        word = self._word if call.upstream is self._upstream else call.upstream.word
        return Question(mark, word, call.path, call.query, pairs)


@lru_cache(maxsize=256)
def _sorted(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name.lower(), value) for name, value in headers))


def _most(answer: Answer, seconds: float) -> float:
    return min(seconds, NOT_FOUND_SECONDS) if answer.status == _NOT_FOUND else seconds


def _may_be_kept(call: Call, answer: Answer) -> bool:
    if answer.status == _NOT_FOUND:
        return True
    return answer.status == _OK and call.fits is not None and call.fits(answer)


class _Keeping(Struct, eq=False):
    """Has a cache look at the outcome of a call before others do: it keeps what may be kept.

    Attributes:
        cache: Where.
        key: Under what.
        generation: Of what the call tells, when it was asked for.
        seconds: How long its answer serves.
        call: Where it was begun.
        landing: Is told of its outcome.
    """

    cache: Cache
    key: Hashable
    generation: int
    seconds: float
    call: Call | None = None
    landing: Landing | None = None

    async def fetch(self, call: Call) -> Answer:
        """Carries the call out."""
        cache = self.cache
        try:
            answer = await cache.below.send(call)
        except _FAILURES:
            if stale := await cache.stale(self.key, call):
                return stale
            raise
        return await cache.keep(self.key, self.generation, self.seconds, call, answer)

    def begin(self, call: Call, landing: Landing) -> Carrier | None:
        """The same without a task, where all is kept in memory; None where it takes one."""
        self.call, self.landing = call, landing
        return cast("Begin", self.cache.begin)(call, self)

    def land(self, outcome: Answer | BaseException) -> None:
        """The call has ended that was begun."""
        call, landing, cache = cast("Call", self.call), cast("Landing", self.landing), self.cache
        try:
            if isinstance(outcome, Answer):
                outcome = _without_waiting(cache.keep(self.key, self.generation, self.seconds, call, outcome))
            elif isinstance(outcome, _FAILURES):
                outcome = _without_waiting(cache.stale(self.key, call)) or outcome
        except Exception as error:  # noqa: BLE001  whoever waits is told
            outcome = error
        landing.land(outcome)


def _without_waiting(steps: Coroutine[Any, Any, T]) -> T:
    """What comes of steps that wait for nothing: those of a cache that keeps all in memory."""
    try:
        steps.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    steps.close()
    raise RuntimeError("A cache in memory does not wait.")


def _served(call: Call, entry: Entry, source: Source, age: float) -> Answer:
    trail = call.trail
    trail.source, trail.age, trail.received = source, age, len(entry.answer.body)
    return entry.answer
