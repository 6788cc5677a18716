"""The calls of one operation: noted, kept within the caller's time, ended when nobody waits for them any more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

import msgspec

from gateway.wire.cache import Cache
from gateway.wire.call import Answer, Call, Step
from gateway.wire.trail import Source, Trail
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream


class Errand(msgspec.Struct):
    """One call that an operation made, as far as may be remembered: no path, credential or body.

    Attributes:
        upstream: Which one.
        operation: Its name there.
        method: HTTP method.
        organizations: Native ids of those that it read or changed.
        batch: How many objects that were wanted at the same time it read in one go.
        marks: Headers that say for which request and trace it was.
        trail: What became of it.
        began: Seconds, by the loop's clock.
    """

    upstream: Upstream
    operation: str
    method: str
    organizations: tuple[str, ...]
    batch: int
    marks: Mapping[str, str]
    trail: Trail
    began: float

    @classmethod
    def of(cls, call: Call, began: float, ended: float | None = None, *, failed: bool = False) -> Self:
        """What may be remembered of a call."""
        trail = call.trail
        if ended is not None:
            trail.ended, trail.failed = ended, failed
        return cls(call.upstream, call.operation, call.method, call.organizations, call.batch, call.marks, trail, began)

    @property
    def ended(self) -> float | None:
        """When, by the same clock; None as long as it runs."""
        return self.trail.ended

    @property
    def failed(self) -> bool:
        """No answer came."""
        return self.trail.failed


class Errands:
    """What one operation asks of upstreams.

    Args:
        until: When the caller's own time is over, by the loop's clock; None where it set none.
        marks: Makes the headers that a call carries: the request's id, the call's place in a trace.

    Attributes:
        all: In the order in which they began.
        until: As given.
        marks: As given.
        abandoned: Nobody waits for it any more.
    """

    def __init__(self, until: float | None = None, marks: Callable[[], Mapping[str, str]] | None = None) -> None:
        self.all: list[Errand] = []
        self.until = until
        self.marks = marks
        self.abandoned = False

    @property
    def upstream_calls(self) -> int:
        """How many led to an upstream: each counts once, however often it was tried."""
        return sum(each.trail.source is Source.UPSTREAM for each in self.all)

    def over(self, below: Step) -> "ErrandStep":
        """A step that every call of the operation to one upstream goes through."""
        return ErrandStep(below, self)

    def abandon(self) -> None:
        """Ends the reads that are under way, and lets no further one begin; changes run to their end."""
        self.abandoned = True
        for each in self.all:
            if each.trail.waits is not None and each.method == "GET":
                each.trail.waits.cancel()


class ErrandStep:
    """The top of the chain of one upstream, for one operation.

    Args:
        below: The chain.
        errands: The operation's.
    """

    __slots__ = ("_below", "_cache", "_errands")

    def __init__(self, below: Step, errands: Errands) -> None:
        self._below = below
        self._errands = errands
        self._cache = below if isinstance(below, Cache) and errands.until is None else None

    def send(self, call: Call) -> Awaitable[Answer]:
        """Carries one call out; a read in a task of its own, unless nothing but a call in flight is waited for.

        Raises:
            UpstreamUnavailable: Nobody waits for it any more.
            UpstreamTimeout: A read is not done when the caller's time is over, or a change has not begun.
            OutcomeUnknown: A change is not done when the caller's time is over.
        """
        errands, cache = self._errands, self._cache
        if errands.marks is not None:
            call.marks = errands.marks()
        if errands.abandoned and call.reads:
            raise UpstreamUnavailable("The operation was abandoned.", upstream=call.upstream)
        errands.all.append(Errand.of(call, asyncio.get_running_loop().time()))
        return cache.ask(call) if cache is not None and cache.takes(call) else self._carry_out(call)

    async def _carry_out(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        until, trail = self._errands.until, call.trail
        try:
            sending = self._sent(call) if until is None else self._in_time(call, until)
            if not call.reads:
                return await sending
            trail.waits = task = loop.create_task(sending)
            return await task
        except BaseException:
            trail.failed = True
            raise
        finally:
            trail.ended = loop.time()
            trail.waits = None

    async def _sent(self, call: Call) -> Answer:
        return await self._below.send(call)

    async def _in_time(self, call: Call, until: float) -> Answer:
        if until <= asyncio.get_running_loop().time():
            call.trail.source = Source.REFUSED
            raise UpstreamTimeout(
                f"The caller's time was over before {call.upstream.title} was asked.", upstream=call.upstream
            )
        call.trail.until = until
        try:
            async with asyncio.timeout_at(until):
                return await self._below.send(call)
        except TimeoutError:
            words = f"{call.upstream.title} gave no answer within the time that the caller set"
            if call.reads:
                raise UpstreamTimeout(f"{words}.", upstream=call.upstream) from None
            raise OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream) from None
