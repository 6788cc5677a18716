"""What one operation reads: nothing is asked for twice. What is asked for together has its place in `batching`."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from functools import wraps
from types import MethodType
from typing import Any, Protocol, TypeVar, TypeVarTuple, cast

from resolvers.errors import Failure, UpstreamUnavailable
from resolvers.gathering import Begun, Given, Listener, Upcoming, Waiter, gathered
from resolvers.staleness import Stale, collect, collect_no_more, note

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Ks = TypeVarTuple("Ks")
Own = TypeVar("Own", bound="Reads")


class Flight(Begun[V]):
    """What a coroutine reads for others; it looks like what is upcoming.

    Attributes:
        stale: The kept answers that it was made of.
        listeners: Are told when it has ended.
    """

    __slots__ = ("listeners", "stale")

    def __init__(self, reading: Coroutine[Any, Any, V]) -> None:
        self.stale: tuple[Stale, ...] = ()
        self.listeners: list[Listener] = []
        before = collect(self)  # once it waits, it has a context of its own
        try:
            Begun.__init__(self, reading)
        finally:
            collect_no_more(before)

    def _end(self) -> None:
        if self.error is not None:
            self.error = kept(self.error)
        for listener in self.listeners:
            listener.wake(self)
        self.listeners.clear()


class Reads(Protocol):
    """What has methods that are `loaded`.

    Attributes:
        flights: What they have read, or are reading, by method and arguments.
    """

    flights: dict[tuple[object, ...], Flight[Any] | Upcoming[Any]]


def loaded(read: Callable[[Own, *Ks], Given[V]]) -> Callable[[Own, *Ks], Coroutine[Any, Any, V]]:
    """A method that reads one object, asked for once by the same arguments, which are given by position.

    It begins at once, when it is called, and without a task: what it awaits must not ask for the current one. What is
    upcoming takes no coroutine either. It does not yield where the object is there. Each who asks learns that it is
    stale, and may be cancelled alone.

    Args:
        read: The method as it is without.
    """

    @wraps(read)
    def load(self: Own, *key: *Ks) -> Coroutine[Any, Any, V]:
        flights, asked = self.flights, (load, key)
        flight = flights.get(asked)
        if flight is None:
            reading = read(self, *key)
            flight = flights[asked] = reading if isinstance(reading, Upcoming) else Flight(reading)
        return _outcome(flight)

    return load


def prime(load: Callable[[*Ks], Coroutine[Any, Any, V]], value: V, *key: *Ks) -> None:
    """Makes known what came some other way, unless it is known or has been asked for.

    Args:
        load: A method that is `loaded`.
        value: What it would read.
        key: Its arguments.
    """
    method = cast("MethodType", load)
    flights = cast("Reads", method.__self__).flights
    asked = method.__func__, key
    if asked not in flights:
        flights[asked] = Flight(given(value))


async def _outcome(flight: Flight[V] | Upcoming[V]) -> V:
    """The value; waits for it where it is not there yet."""
    if not flight.done:
        waiter = Waiter()
        flight.listeners.append(waiter)
        await waiter
    for stale in flight.stale:
        note(stale)
    error = flight.error
    if error is None:
        return flight.value
    try:
        raise kept(error)
    finally:
        del flight, error  # what is raised holds this frame, and the frame must not hold it


def kept(error: BaseException) -> BaseException:
    """An error as it is kept, for any number who wait."""
    if isinstance(error, Failure):
        return error.with_traceback(None)  # which would keep what it was read from
    return abandoned() if isinstance(error, asyncio.CancelledError) else error


async def given(value: V) -> V:
    """The value, for who takes a coroutine."""
    return value


def abandoned() -> UpstreamUnavailable:
    """The failure of what nobody waits for any more."""
    return UpstreamUnavailable("The operation was abandoned.")


async def at_once(read: Callable[[K], Given[V]], keys: Sequence[K]) -> dict[K, V | Failure]:
    """What is read for each key, all at the same time; a failure in the place of what cannot be read."""
    found = await gathered(map(read, keys), Failure)
    return dict(zip(keys, found, strict=True))


async def attempt(read: Callable[[K], Awaitable[V]], key: K) -> V | Exception:
    """The value, or the failure in its place."""
    try:
        return await read(key)
    except Failure as failure:
        return failure
