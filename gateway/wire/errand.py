"""The calls of one operation: noted, kept within the caller's time, ended when nobody waits for them any more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Self

import msgspec

from gateway.wire.cache import Cache
from gateway.wire.call import NO_HEADERS, Answer, Call, Step
from gateway.wire.trail import Source, Trail
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

_UPSTREAM: Final = Source.UPSTREAM
"""Enums look their members up by a function of Python's own each time."""


class Errand(msgspec.Struct):
    """One call that an operation made, as far as may be remembered: no path, credential or body.

    Attributes:
        began: Seconds, by the loop's clock.
        upstream: Which one.
        operation: Its name there.
        method: HTTP method.
        organizations: Native ids of those that it read or changed.
        batch: How many objects that were wanted at the same time it read in one go.
        marks: Headers that say for which request and trace it was.
        trail: What became of it.
    """

    began: float
    upstream: Upstream
    operation: str
    method: str
    organizations: tuple[str, ...]
    batch: int
    marks: Mapping[str, str]
    trail: Trail

    @classmethod
    def of(cls, call: Call, began: float, ended: float | None = None, *, failed: bool = False) -> Self:
        """What may be remembered of a call."""
        trail = call.trail
        if ended is not None:
            trail.ended, trail.failed = ended, failed
        return cls(began, call.upstream, call.operation, call.method, call.organizations, call.batch, call.marks, trail)

    @property
    def ended(self) -> float | None:
        """When, by the same clock; None as long as it runs."""
        return self.trail.ended

    @property
    def failed(self) -> bool:
        """No answer came."""
        return self.trail.failed


class Errands(msgspec.Struct, eq=False):
    """What one operation asks of upstreams.

    Attributes:
        until: When the caller's own time is over, by the loop's clock; None where it set none.
        marks: Headers that its calls carry: the request's id, its place in a trace.
        own_marks: Makes them for one call, where each has its own; None where all have the same.
        all: In the order in which they began.
        abandoned: Nobody waits for it any more.
        loop: In which it runs; None before its first call. It is asked for once: each time is a call of the system.
    """

    until: float | None = None
    marks: Mapping[str, str] = NO_HEADERS
    own_marks: Callable[[], Mapping[str, str]] | None = None
    all: list[Errand] = []
    abandoned: bool = False
    loop: asyncio.AbstractEventLoop | None = None

    def upstream_calls(self) -> int:
        """How many led to an upstream: each counts once, however often it was tried."""
        calls = 0
        for each in self.all:
            if each.trail.source is _UPSTREAM:
                calls += 1
        return calls

    def over(self, below: Step) -> "ErrandStep":
        """A step that every call of the operation to one upstream goes through."""
        cache = below if isinstance(below, Cache) and below.in_memory and self.until is None else None
        return ErrandStep(self, below, cache)

    def abandon(self) -> None:
        """Ends the reads that are under way, and lets no further one begin; changes run to their end."""
        self.abandoned = True
        for each in self.all:
            if each.trail.waits is not None and each.method == "GET":
                each.trail.waits.cancel()


class ErrandStep(msgspec.Struct, eq=False):
    """The top of the chain of one upstream, for one operation.

    Attributes:
        errands: The operation's.
        below: The chain.
        cache: The same where it carries calls out without a task; None where it may not.
    """

    errands: Errands
    below: Step
    cache: Cache | None

    def send(self, call: Call) -> Awaitable[Answer]:
        """Carries one call out; in a task of its own, unless it is sent at once or waits for a call in flight.

        Raises:
            UpstreamUnavailable: Nobody waits for it any more.
            UpstreamTimeout: A read is not done when the caller's time is over, or a change has not begun.
            OutcomeUnknown: A change is not done when the caller's time is over.
        """
        errands, cache, method = self.errands, self.cache, call.method
        call.marks = errands.marks if errands.own_marks is None else errands.own_marks()
        if errands.abandoned and method == "GET":
            raise UpstreamUnavailable("The operation was abandoned.", upstream=call.upstream)
        loop = errands.loop
        if loop is None:
            loop = errands.loop = asyncio.get_running_loop()
        began, about, batch = loop.time(), call.organizations, call.batch
        errands.all.append(Errand(began, call.upstream, call.operation, method, about, batch, call.marks, call.trail))
        if cache is None:
            return self._carry_out(call)
        if method != "GET":
            return self._carry_out(call) if cache.begin is None else cache.write_directly(call, loop)
        if call.fresh or call.credential is None:
            return self._carry_out(call)
        return cache.ask(call, loop)

    async def _carry_out(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        until, trail = self.errands.until, call.trail
        try:
            sending = self._sent(call) if until is None else self._in_time(call, until)
            trail.waits = task = loop.create_task(sending)
            return await task
        except BaseException:
            trail.failed = True
            raise
        finally:
            trail.ended = loop.time()
            trail.waits = None

    async def _sent(self, call: Call) -> Answer:
        return await self.below.send(call)

    async def _in_time(self, call: Call, until: float) -> Answer:
        if until <= asyncio.get_running_loop().time():
            call.trail.source = Source.REFUSED
            raise UpstreamTimeout(
                f"The caller's time was over before {call.upstream.title} was asked.", upstream=call.upstream
            )
        call.trail.until = until
        try:
            async with asyncio.timeout_at(until):
                return await self.below.send(call)
        except TimeoutError:
            words = f"{call.upstream.title} gave no answer within the time that the caller set"
            if call.reads:
                raise UpstreamTimeout(f"{words}.", upstream=call.upstream) from None
            raise OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream) from None
