"""Identical reads that are in flight share one call."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context

from msgspec import Struct
from msgspec.structs import replace

from gateway.wire.call import Answer, Call, Carrier, Landing
from gateway.wire.trail import Source, Trail
from resolvers.errors import Failure, UpstreamUnavailable

Fetch = Callable[[Call], Awaitable[Answer]]
Begin = Callable[[Call, Landing], Carrier | None]


class Seat(asyncio.Future[Answer]):
    """The place of one who waits for a call in flight; whoever cancels it leaves.

    Attributes:
        flight: None where it has landed, or was left.
        trail: Of the one who waits.
        then: Is told when it has landed, without a turn of the loop; when it was left, in the loop's next turn.
    """

    __slots__ = ("flight", "then", "trail")

    flight: "Flight | None"
    trail: Trail
    then: "Callable[[Seat], object] | None"

    def cancel(self, msg: object = None) -> bool:
        """Leaves the flight, which ends where nobody else waits."""
        flight, self.flight = self.flight, None
        if flight is not None:
            flight.leave(self)
        if not super().cancel(msg):
            return False
        if self.then is not None:
            self.get_loop().call_soon(self.then, self)
        return True


class Flight(Struct, eq=False):
    """A call that several may wait for.

    Attributes:
        among: Where it is found.
        key: By what.
        call: The first one's, and so is its trail, as long as that one waits and gave it no time of its own.
        carrier: Carries it out; None where it has landed.
        seats: One for each who waits, in the order in which they came.
        open: It was not cancelled: others may join until it has landed.
    """

    among: "Collapsing"
    key: Hashable
    call: Call
    carrier: Carrier | None = None
    seats: list[Seat] = []
    open: bool = True

    def land(self, outcome: Answer | BaseException) -> None:
        """Gives the outcome to all who wait, if it is the first one; of a failure, a copy to each."""
        if self.carrier is None:
            return
        self.carrier = None  # which holds this one
        among = self.among
        if self.open:
            del among.flights[self.key]
        else:
            among.cancelled.discard(self)
        if among.emptied is not None:
            among.tell()
        seats, own = self.seats, self.call.trail
        for seat in seats:
            trail, seat.flight = seat.trail, None
            if trail is not own:
                _tell(trail, own, whole=seat is seats[0])
            trail.waits, trail.ended = None, seat.get_loop().time()
            if isinstance(outcome, Answer):
                seat.set_result(outcome)
            else:
                trail.failed = True
                seat.set_exception(self._raised(outcome))
                seat.exception()  # who is ended in this very moment does not look at it
        for seat in seats:
            if seat.then is not None:
                seat.then(seat)

    def _raised(self, outcome: BaseException) -> BaseException:
        """What one who waits raises: its own, as that grows a traceback, and callers write into failures."""
        if isinstance(outcome, asyncio.CancelledError):
            return UpstreamUnavailable("The call was abandoned.", upstream=self.call.upstream)
        return copy.copy(outcome) if isinstance(outcome, Failure) else outcome

    def leave(self, seat: Seat) -> None:
        """One does not wait for the end. The call is the others'; where there are none, it is cancelled."""
        self.seats.remove(seat)
        trail, own = seat.trail, self.call.trail
        if self.seats:
            if trail is own:
                self.call.trail = own.handed_over()
            trail.source = Source.COLLAPSED
        elif trail is not own:
            _tell(trail, own, whole=True)
        trail.waits, trail.ended, trail.failed = None, asyncio.get_running_loop().time(), True
        if not self.seats:
            self.among.end(self)


class Collapsing:
    """The calls that are in flight, by what is asked; its length is how many there are.

    Each who waits may leave alone; the call is cancelled when nobody waits any more, and nobody joins it then.

    Attributes:
        flights: Those that are open, by what is asked.
        cancelled: Those that have not landed yet.
        emptied: Done when none is left; None where nobody closes it.
    """

    def __init__(self) -> None:
        self.flights: dict[Hashable, Flight] = {}
        self.cancelled: set[Flight] = set()
        self.emptied: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self.flights) + len(self.cancelled)

    @property
    def waiting(self) -> int:
        """How many wait for calls in flight."""
        return sum(len(flight.seats) for flight in self.flights.values())

    async def share(self, key: Hashable, call: Call, fetch: Fetch) -> Answer:
        """As `join`, and waits.

        Raises:
            Failure: What the call raised; a copy for each who waited.
        """
        return await self.join(key, call, fetch)

    def join(
        self,
        key: Hashable,
        call: Call,
        fetch: Fetch,
        begin: Begin | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> Seat:
        """A place in a call that is in flight under the same key, or in this one.

        Args:
            key: Equal for calls that the same answer serves.
            call: Its trail tells afterwards whose call it was.
            fetch: Carries the call out.
            begin: Carries it out without a task, or says by None that it takes one.
            loop: The one that runs, where that is known.
        """
        loop = loop or asyncio.get_running_loop()
        flight = self.flights.get(key)
        if flight is None:
            own = call if call.trail.until == _NEVER else replace(call, trail=Trail())
            flight = Flight(self, key, own)
            carrier = begin(own, flight) if begin is not None else None
            # a context of its own: what the first who asks has bound there (for logs, for spans) is not the others'
            flight.carrier = carrier or loop.create_task(_carry_out(flight, fetch), context=Context())
            self.flights[key] = flight
        seat = Seat(loop=loop)
        seat.flight, seat.trail, seat.then = flight, call.trail, None
        flight.seats.append(seat)
        call.trail.waits = seat
        return seat

    async def close(self) -> None:
        """Ends what is in flight."""
        for flight in list(self.flights.values()):
            self.end(flight)
        while len(self):
            self.emptied = asyncio.get_running_loop().create_future()
            await self.emptied

    def end(self, flight: Flight) -> None:
        """Cancels the call; nobody joins it any more."""
        carrier = flight.carrier
        if carrier is None:
            return
        if flight.open:
            flight.open = False
            del self.flights[flight.key]
            self.cancelled.add(flight)
        if isinstance(carrier, asyncio.Task):  # where it has not begun, nothing else says that it ended
            carrier.add_done_callback(lambda _: flight.land(asyncio.CancelledError()))
        carrier.cancel()

    def tell(self) -> None:
        """Tells who closes it, if one does, where none is left."""
        if self.emptied is not None and not len(self) and not self.emptied.done():
            self.emptied.set_result(None)


async def _carry_out(flight: Flight, fetch: Fetch) -> None:
    try:
        answer = await fetch(flight.call)
    except asyncio.CancelledError as error:
        flight.land(error)
        raise
    except Exception as error:  # noqa: BLE001  it is raised by each who waits
        flight.land(error)
    else:
        flight.land(answer)
    finally:
        del flight  # the traceback of what is raised holds this frame


def _tell(trail: Trail, own: Trail, *, whole: bool) -> None:
    """Notes in the trail of one who waits what became of the call; its attempts stand in one trail alone."""
    if whole:
        trail.source, trail.attempts = own.source, own.attempts
    else:
        trail.source = Source.COLLAPSED if own.source is Source.UPSTREAM else own.source
    trail.waited, trail.age, trail.fresh = own.waited, own.age, own.fresh
    trail.breaker, trail.received = own.breaker, own.received


_NEVER = Trail().until
