"""Identical reads that are in flight share one call."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType

from gateway.wire.call import Answer, Call
from gateway.wire.trail import Source, Trail
from resolvers.errors import Failure, UpstreamUnavailable

Fetch = Callable[[Call], Awaitable[Answer]]


@dataclass(eq=False, slots=True)
class Flight:
    """A call that several may wait for.

    Attributes:
        task: Carries it out.
        trail: Its own: whoever asked first may be gone before it ends.
        waiters: One for each who waits, in the order in which they came.
        told: Somebody has its attempts in a trail.
        outcome: The answer, or what was raised; None as long as it runs.
        traceback: Of what was raised.
    """

    trail: Trail
    task: "asyncio.Task[Answer]" = field(init=False)
    waiters: "dict[asyncio.Future[None], None]" = field(default_factory=dict)
    told: bool = False
    outcome: Answer | BaseException | None = None
    traceback: TracebackType | None = None

    def answer(self, trail: Trail) -> Answer:
        """The outcome, noted in the trail of one who waited."""
        self._tell(trail)
        if isinstance(self.outcome, Failure):
            # each raises its own: a raised exception grows a traceback, and callers write into failures
            raise copy.copy(self.outcome)
        if isinstance(self.outcome, BaseException):
            raise self.outcome.with_traceback(self.traceback)
        if self.outcome is None:
            raise RuntimeError("The call has not ended.")
        return self.outcome

    def leave(self, trail: Trail) -> None:
        """Notes in the trail of one who did not wait for the end that the call is the others', if there are any."""
        if self.waiters:
            trail.source = Source.COLLAPSED
        else:
            self._tell(trail)

    def _tell(self, trail: Trail) -> None:
        own = self.trail
        first, self.told = not self.told, True
        trail.source = Source.COLLAPSED if own.source is Source.UPSTREAM and not first else own.source
        if first:
            trail.attempts = own.attempts
        trail.waited, trail.age, trail.fresh = own.waited, own.age, own.fresh
        trail.breaker, trail.received = own.breaker, own.received


class Collapsing:
    """The calls that are in flight, by what is asked; its length is how many there are.

    Each who waits may leave alone; the call is cancelled when nobody waits any more, and nobody joins it then.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight] = {}
        self._tasks: set[asyncio.Task[Answer]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def waiting(self) -> int:
        """How many wait for calls in flight."""
        return sum(len(flight.waiters) for flight in self._flights.values())

    async def share(self, key: Hashable, call: Call, fetch: Fetch) -> Answer:
        """The answer to a call that is in flight under the same key, or to this one.

        Args:
            key: Equal for calls that the same answer serves.
            call: Its trail tells afterwards whose call it was.
            fetch: Carries the call out.

        Raises:
            Failure: What the call raised; a copy for each who waited.
        """
        flight = self._flights.get(key) or self._begin(key, call, fetch)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        flight.waiters[waiter] = None
        try:
            await waiter
        except asyncio.CancelledError:
            del flight.waiters[waiter]
            flight.leave(call.trail)
            if not flight.waiters and not flight.task.done():
                self._close(key, flight)
                flight.task.cancel()
            raise
        del flight.waiters[waiter]
        return flight.answer(call.trail)

    async def close(self) -> None:
        """Ends what is in flight."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, key: Hashable, call: Call, fetch: Fetch) -> Flight:
        flight = Flight(Trail())
        # a context of its own: what the first who asks has bound there (for logs, for spans) is not the others'
        flight.task = asyncio.get_running_loop().create_task(
            _carried_out(replace(call, trail=flight.trail), fetch), context=Context()
        )
        flight.task.add_done_callback(partial(self._landed, key, flight, call))
        self._flights[key] = flight
        self._tasks.add(flight.task)
        return flight

    def _landed(self, key: Hashable, flight: Flight, call: Call, task: asyncio.Task[Answer]) -> None:
        self._tasks.discard(task)
        self._close(key, flight)
        if task.cancelled():
            flight.outcome = UpstreamUnavailable("The call was abandoned.", upstream=call.upstream)
        elif error := task.exception():
            flight.outcome, flight.traceback = error, error.__traceback__
        else:
            flight.outcome = task.result()
        for waiter in flight.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _close(self, key: Hashable, flight: Flight) -> None:
        """Lets nobody join any more."""
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _carried_out(call: Call, fetch: Fetch) -> Answer:
    return await fetch(call)
