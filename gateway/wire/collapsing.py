"""Identical reads that are in flight share one call."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from types import TracebackType

from msgspec.structs import replace

from gateway.wire.call import Answer, Call
from gateway.wire.trail import Source, Trail
from resolvers.errors import Failure, UpstreamUnavailable

Fetch = Callable[[Call], Awaitable[Answer]]


class Flight:
    """A call that several may wait for.

    Attributes:
        key: What it is found by.
        call: With a trail of its own: whoever asked first may be gone before it ends.
        task: Carries it out.
        waiters: One for each who waits, in the order in which they came.
        told: Somebody has its attempts in a trail.
        outcome: The answer, or what was raised; None as long as it runs.
        traceback: Of what was raised.
    """

    __slots__ = ("call", "key", "outcome", "task", "told", "traceback", "waiters")

    def __init__(self, key: Hashable, call: Call) -> None:
        self.key = key
        self.call = replace(call, trail=Trail())
        self.task: asyncio.Task[None]
        self.waiters: dict[asyncio.Future[None], None] = {}
        self.told = False
        self.outcome: Answer | BaseException | None = None
        self.traceback: TracebackType | None = None

    def answer(self, trail: Trail) -> Answer:
        """The outcome, noted in the trail of one who waited."""
        self._tell(trail)
        outcome = self.outcome
        if isinstance(outcome, Answer):
            return outcome
        try:
            if isinstance(outcome, Failure):
                # each raises its own: a raised exception grows a traceback, and callers write into failures
                raise copy.copy(outcome)
            if outcome is None:
                raise RuntimeError("The call has not ended.")
            raise outcome.with_traceback(self.traceback)
        finally:
            del outcome  # what is raised holds this frame, and the frame must not hold it

    def leave(self, trail: Trail) -> None:
        """Notes in the trail of one who did not wait for the end that the call is the others', if there are any."""
        if self.waiters:
            trail.source = Source.COLLAPSED
        else:
            self._tell(trail)

    def _tell(self, trail: Trail) -> None:
        own = self.call.trail
        if self.told:
            trail.source = _COLLAPSED if own.source is _UPSTREAM else own.source
        else:
            self.told = True
            trail.source, trail.attempts = own.source, own.attempts
        trail.waited, trail.age, trail.fresh = own.waited, own.age, own.fresh
        trail.breaker, trail.received = own.breaker, own.received


class Collapsing:
    """The calls that are in flight, by what is asked; its length is how many there are.

    Each who waits may leave alone; the call is cancelled when nobody waits any more, and nobody joins it then.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, Flight] = {}
        self._all: set[Flight] = set()

    def __len__(self) -> int:
        return len(self._all)

    @property
    def waiting(self) -> int:
        """How many wait for calls in flight."""
        return sum(len(flight.waiters) for flight in self._open.values())

    async def share(self, key: Hashable, call: Call, fetch: Fetch) -> Answer:
        """The answer to a call that is in flight under the same key, or to this one.

        Args:
            key: Equal for calls that the same answer serves.
            call: Its trail tells afterwards whose call it was.
            fetch: Carries the call out.

        Raises:
            Failure: What the call raised; a copy for each who waited.
        """
        loop = asyncio.get_running_loop()
        flight = self._open.get(key)
        if flight is None:
            flight = self._open[key] = Flight(key, call)
            # a context of its own: what the first who asks has bound there (for logs, for spans) is not the others'
            flight.task = loop.create_task(self._carry_out(flight, fetch), context=Context())
            self._all.add(flight)
        waiter: asyncio.Future[None] = loop.create_future()
        flight.waiters[waiter] = None
        call.trail.waits = waiter
        try:
            await waiter
        except asyncio.CancelledError:
            del flight.waiters[waiter]
            flight.leave(call.trail)
            if not flight.waiters and flight.outcome is None:
                self._end(flight)
            raise
        finally:
            call.trail.waits = None
        del flight.waiters[waiter]
        return flight.answer(call.trail)

    async def close(self) -> None:
        """Ends what is in flight."""
        flights = list(self._all)
        for flight in flights:
            self._end(flight)
        await asyncio.gather(*(flight.task for flight in flights), return_exceptions=True)

    async def _carry_out(self, flight: Flight, fetch: Fetch) -> None:
        try:
            flight.outcome = await fetch(flight.call)
        except Exception as error:  # noqa: BLE001  it is raised by each who waits
            flight.outcome, flight.traceback = error, error.__traceback__
        finally:
            self._land(flight)
            del flight  # its traceback holds this frame

    def _end(self, flight: Flight) -> None:
        """Cancels the call; nobody joins it any more."""
        self._close(flight)
        flight.task.add_done_callback(lambda _: self._land(flight))  # where it has not begun, nothing else says so
        flight.task.cancel()

    def _land(self, flight: Flight) -> None:
        """Gives the outcome to all who wait."""
        self._close(flight)
        self._all.discard(flight)
        if flight.outcome is None:
            flight.outcome = UpstreamUnavailable("The call was abandoned.", upstream=flight.call.upstream)
        for waiter in flight.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _close(self, flight: Flight) -> None:
        """Lets nobody join any more."""
        if self._open.get(flight.key) is flight:
            del self._open[flight.key]


_COLLAPSED, _UPSTREAM = Source.COLLAPSED, Source.UPSTREAM
