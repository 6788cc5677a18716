"""Responses that serve again: to operations in flight that ask the same, and as long as all that was read is fresh.

Two operations ask the same where the document, the variables and the caller with all credentials are equal, in the
same minute. What then tells whether one's response is good for the other is what tells that of the reads that it was
made of:

* In flight: nothing was written since the first began. The others wait for it, and have its errors, too.
* Later: the response was made of kept answers alone. It is kept beside them, until the first of them is no longer
  fresh, or until something that they tell of is written to.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from graphql import ExecutionResult
from msgspec import Struct
from msgspec.structs import replace

from gateway.execution.encoding import encode
from gateway.execution.prepared import Prepared
from gateway.wire.call import NO_HEADERS
from gateway.wire.errand import Errand
from gateway.wire.generations import MemoryGenerations
from gateway.wire.trail import Source, Trail
from resolvers.context import Context

OVERHEAD: Final = 2_048
"""Bytes that a response takes beside its JSON: its key, what is remembered of its calls."""

LARGEST_SHARE: Final = 8
"""One response may take at most this part of all bytes."""

DATA_SHARE: Final = 5
"""How many bytes the response takes for each of its JSON's, with what that was written from."""


class Question(Struct, eq=False):
    """An operation that may share its response.

    Attributes:
        prepared: It.
        key: Equal for those that ask the same.
        writes: How many writes had begun or ended when it was asked.
        first: It is in flight, and nobody else's response may be its own.
        waiting: While it is in flight: for each who waits for its end; that is None where it has no result.
    """

    prepared: Prepared
    key: tuple[object, ...]
    writes: int
    first: bool = False
    waiting: list["asyncio.Future[_Ended | None]"] | None = None


class Kept(Struct):
    """A response without errors.

    Attributes:
        data: Its `data`; nobody changes it.
        encoded: The same as JSON.
        actual: What the operation did cost.
        calls: Those that it was made of.
        until: When the first of their answers is no longer fresh, by the loop's clock.
        generation: The sum of theirs.
        writes: How many writes had begun or ended when that was so, as far as is known.
    """

    data: dict[str, Any]
    encoded: bytes
    actual: float
    calls: list[Errand]
    until: float
    generation: int
    writes: int

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return OVERHEAD + DATA_SHARE * len(self.encoded)


class _Ended(Struct):
    """What came of an operation in flight."""

    result: ExecutionResult
    context: Context
    calls: list[Errand]


class Responses:
    """Finds, keeps and shares them.

    Args:
        generations: What tells that something was written; None where not all is told: then none serves again.
        most_bytes: Of all that are kept; 0 keeps none, and shares only what is in flight.

    Attributes:
        keeps: Some may be kept.
        bytes: About how many those take that are kept.
    """

    def __init__(self, generations: MemoryGenerations | None, *, most_bytes: int) -> None:
        self._is_told = generations is not None
        self._generations = generations or MemoryGenerations()
        self._most_bytes = most_bytes
        self.keeps = most_bytes > 0
        self._in_flight: dict[tuple[object, ...], Question] = {}
        self._kept: dict[tuple[object, ...], Kept] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def question(self, prepared: Prepared, variables: Mapping[str, Any], context: Context) -> Question | None:
        """What a query asks, in flight up to `end` where it is the first; None where its response is for it alone."""
        if not self._is_told or context.alike is None or prepared.alone:
            return None
        try:
            said = orjson.dumps(variables)
        except TypeError:  # a number that is too long
            return None
        question = Question(prepared, (prepared, context.alike, said), self._generations.writes)
        if prepared.usual and not self.keeps:
            question.first = self._in_flight.setdefault(question.key, question) is question
        return question

    def kept(self, question: Question, calls: list[Errand]) -> Kept | None:
        """The response that is kept, if it is still good; its calls are noted as answered by the cache again."""
        kept = self._kept.get(question.key)
        if kept is None:
            return None
        now = asyncio.get_running_loop().time()
        if now >= kept.until or not self._unwritten(kept, question.writes):
            self._drop(question.key)
            return None
        calls += _again(kept.calls, now)
        return kept

    def keep(self, question: Question, data: dict[str, Any], calls: list[Errand], actual: float) -> bytes | None:
        """Keeps a response, where all calls were answered by the cache and nothing was written meanwhile.

        Returns:
            It as JSON; None where it is not kept.
        """
        if not calls or question.prepared.alone or self._generations.writes != question.writes:
            return None
        for each in calls:
            if each.trail.source is not Source.CACHE:
                return None
        try:
            encoded = encode(data)
        except (TypeError, UnicodeEncodeError):  # whoever writes the answer says so
            return None
        until = min(each.began + each.trail.fresh for each in calls)
        kept = Kept(data, encoded, actual, calls[:], until, self._generations.of_all(calls), question.writes)
        if kept.size > self._most_bytes // LARGEST_SHARE:
            return encoded
        self._make_room(kept.size)
        self._drop(question.key)
        self._kept[question.key] = kept
        self.bytes += kept.size
        return encoded

    def _unwritten(self, kept: Kept, writes: int) -> bool:
        """Whether nothing was written that a response tells of."""
        if kept.writes != writes:
            if self._generations.of_all(kept.calls) != kept.generation:
                return False
            kept.writes = writes
        return True

    def _make_room(self, size: int) -> None:
        """For so many bytes. Those that were kept first go first: they are the first that are no longer good."""
        now = asyncio.get_running_loop().time()
        while self._kept:
            key, first = next(iter(self._kept.items()))
            if first.until > now and self.bytes + size <= self._most_bytes:
                return
            self._drop(key)

    def _drop(self, key: tuple[object, ...]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.bytes -= kept.size

    async def shared(self, question: Question, context: Context, calls: list[Errand]) -> ExecutionResult | None:
        """The result of an operation in flight that asks the same; None where there is none, or none for others.

        Args:
            question: What it asks.
            context: Its own; what the other one reported stands there, too.
            calls: Its own; those of the other one are noted there as shared.
        """
        key, prepared = question.key, question.prepared
        while (
            not prepared.alone and (other := self._in_flight.get(key)) is not None and other.writes == question.writes
        ):
            end: asyncio.Future[_Ended | None] = asyncio.get_running_loop().create_future()
            other.waiting = [*(other.waiting or ()), end]
            if (ended := await end) is not None:
                context.reported += ended.context.reported
                context.stale.update(ended.context.stale)
                calls += _again(ended.calls, end.get_loop().time())
                return ended.result
        return None

    def begin(self, question: Question) -> None:
        """Lets others wait for its response, up to `end`."""
        self._in_flight[question.key] = question

    def end(self, question: Question, result: ExecutionResult | None, context: Context, calls: list[Errand]) -> None:
        """Ends what was in flight; tells those who wait for it.

        Args:
            question: What it asked.
            result: What came of it; None where nothing did.
            context: Its own.
            calls: Its own.
        """
        if self._in_flight.get(question.key) is question:
            del self._in_flight[question.key]
        if result is not None and context.alike is None:
            question.prepared.alone = True
            result = None
        if question.waiting is not None:
            ended = None if result is None else _Ended(result, context, calls)
            for each in question.waiting:
                if not each.done():
                    each.set_result(ended)
            question.waiting = None


def _again(calls: Iterable[Errand], now: float) -> list[Errand]:
    """The same calls, as if they had been made now and answered at once."""
    made = []
    for each in calls:
        trail = each.trail
        passed = now - each.began if trail.source is Source.CACHE else 0.0
        again = Trail(
            Source.COLLAPSED if trail.source is Source.UPSTREAM else trail.source,
            age=trail.age + passed,
            fresh=max(0.0, trail.fresh - passed),
            received=trail.received,
            ended=now,
            failed=trail.failed,
        )
        made.append(replace(each, began=now, marks=NO_HEADERS, trail=again))
    return made
