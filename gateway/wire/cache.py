"""Reads that are shared: while they are in flight, for a short time afterwards, and longer while the upstream fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from functools import lru_cache, partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from gateway.wire.call import Answer, Call, Carrier, Landing, Step
from gateway.wire.collapsing import Begin, Collapsing, Seat
from gateway.wire.direct import Direct
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
        self._begin: Begin | None = below.begin if isinstance(below, Direct) else None
        self.in_memory = isinstance(entries, MemoryEntries) and isinstance(generations, MemoryGenerations)
        self._memory_entries = cast("MemoryEntries", entries)
        self._memory_generations = cast("MemoryGenerations", generations)

    def takes(self, call: Call) -> bool:
        """Whether the call is one for `ask`."""
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
        seconds = self._seconds(call)
        if not seconds:
            return await (self._below.send(call) if call.fresh else self._join(generation, question, call))
        key = self._entries.key(question)
        if call.fresh:
            return await self._fetch(key, generation, seconds, call)
        entry = await self._entries.get(key, generation, self._clock() - seconds)
        answer = self._kept(call, generation, seconds, entry)
        return answer or await self._join_to_keep(key, generation, seconds, question, call)

    def ask(self, call: Call) -> Awaitable[Answer]:
        """The same for a call that it `takes`, at once: nothing but a call in flight is waited for."""
        generation = self._memory_generations.now(call)
        question = self._question(call, cast("tuple[str, str]", call.credential))
        seconds = self._seconds(call)
        if not seconds:
            return self._join(generation, question, call)
        entry = self._memory_entries.now(question, generation, self._clock() - seconds)
        answer = self._kept(call, generation, seconds, entry)
        if answer is None:
            return self._join_to_keep(question, generation, seconds, question, call)
        return _at_hand(call, answer)

    def _join(self, generation: int, question: Question, call: Call) -> Seat:
        """A place in the call that is in flight."""
        return self._collapsing.join((generation, question), call, self._below.send, self._begin)

    def _join_to_keep(self, key: Hashable, generation: int, seconds: float, question: Question, call: Call) -> Seat:
        """The same, where the answer is kept, and a stale one serves in the place of a failure."""
        fetch, begin = partial(self._fetch, key, generation, seconds), None
        if self._begin is not None and self.in_memory:
            begin = partial(self._begin_to_keep, key, generation, seconds)
        return self._collapsing.join((generation, question), call, fetch, begin)

    def _kept(self, call: Call, generation: int, seconds: float, entry: Entry | None) -> Answer | None:
        """The answer of the entry, where it is fresh."""
        if entry is None:
            return None
        age = self._clock() - entry.kept_at
        most = _most(entry.answer, seconds)
        if entry.generation != generation or not 0 <= age < most:
            return None
        call.trail.fresh = most - age
        return _served(call, entry, Source.CACHE, age)

    def _seconds(self, call: Call) -> float:
        """How long its answer serves."""
        return self._operations.get(call.operation, self._fresh_seconds)

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
            if stale := await self._stale(key, call):
                return stale
            raise
        return await self._keep(key, generation, seconds, call, answer)

    def _begin_to_keep(
        self, key: Hashable, generation: int, seconds: float, call: Call, landing: Landing
    ) -> Carrier | None:
        """As `_fetch`, without a task; None where it takes one."""
        begin = cast("Begin", self._begin)
        keep, instead = partial(self._keep, key, generation, seconds, call), partial(self._stale, key, call)
        return begin(call, _ToKeep(landing, keep, instead))

    async def _keep(self, key: Hashable, generation: int, seconds: float, call: Call, answer: Answer) -> Answer:
        """The answer, kept if it may be; a stale one in its place where it says that the upstream fails."""
        if answer.status >= _OUT_OF_ORDER or answer.status in _FOR_NOW:
            return await self._stale(key, call) or answer
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

    async def _stale(self, key: Hashable, call: Call) -> Answer | None:
        """The last good answer, unless something was written since or the call asks for a new one."""
        if call.fresh:
            return None
        generation, since = await self._generations.of(call), self._clock() - self._stale_seconds
        entry = await self._entries.get(key, generation, since)
        if entry is None or entry.generation != generation or entry.answer.status != HTTPStatus.OK:
            return None
        age = self._clock() - entry.kept_at
        return _served(call, entry, Source.STALE, age) if 0 <= age <= self._stale_seconds else None

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


class _ToKeep:
    """Has a cache that keeps all in memory look at the outcome of a call before others do.

    Args:
        landing: Is told afterwards.
        keep: As `Cache._keep`, but for the answer.
        instead: As `Cache._stale`.
    """

    __slots__ = ("_instead", "_keep", "_landing")

    def __init__(
        self,
        landing: Landing,
        keep: Callable[[Answer], Coroutine[Any, Any, Answer]],
        instead: Callable[[], Coroutine[Any, Any, Answer | None]],
    ) -> None:
        self._landing = landing
        self._keep = keep
        self._instead = instead

    def land(self, outcome: Answer | BaseException) -> None:
        try:
            if isinstance(outcome, Answer):
                outcome = _without_waiting(self._keep(outcome))
            elif isinstance(outcome, _FAILURES):
                outcome = _without_waiting(self._instead()) or outcome
        except Exception as error:  # noqa: BLE001  whoever waits is told
            outcome = error
        self._landing.land(outcome)


def _at_hand(call: Call, answer: Answer) -> asyncio.Future[Answer]:
    loop = asyncio.get_running_loop()
    call.trail.ended = loop.time()
    at_hand: asyncio.Future[Answer] = loop.create_future()
    at_hand.set_result(answer)
    return at_hand


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
