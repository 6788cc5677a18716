"""Loaders of one operation that ask for several objects in one go: for all that are wanted at the same time."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, MutableMapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from weakref import ref

from aiodataloader import DataLoader
from aiodataloader import Loader as Queued

from gateway.upstreams.answering import raising
from gateway.upstreams.loading import Flight, abandoned, kept
from resolvers.errors import Failure, NotFound
from resolvers.gathering import Given, Upcoming, Waiter
from resolvers.staleness import Stale, note

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Several: TypeAlias = Callable[[list[K]], Coroutine[Any, Any, Mapping[K, V | Exception]]]


class _Batch:
    """Several keys that are read together."""

    __slots__ = ("batches", "queue")

    def __init__(self, batches: "_Batches[Any, Any]", queue: list[Queued]) -> None:
        self.batches = batches
        self.queue = queue

    def wake(self, ended: Flight[Any] | Upcoming[Any]) -> None:
        """They have been read."""
        batches, queue = self.batches, self.queue
        if ended.error is None:
            batches.settle(queue, ended.value)
        else:
            batches.fail(queue, kept(ended.error))
        batches.tell(queue, ended.stale)


class _Alone(_Batch):
    """One key that was wanted alone. A failure is the key's own, as it is where it is one of several."""

    __slots__ = ()

    def wake(self, ended: Flight[Any] | Upcoming[Any]) -> None:
        """It has been read."""
        if ended.error is None or isinstance(ended.error, Failure):
            self.batches.settle(self.queue, {self.queue[0].key: ended.error or ended.value})
            self.batches.tell(self.queue, ended.stale)
        else:
            super().wake(ended)


class _Batches(DataLoader[K, V]):
    """aiodataloader, whose batches need no task.

    Where the functions are methods, their object is held by a weak reference only: it holds its loaders, and all that
    an operation has read shall be gone with it, not when garbage is collected.

    Attributes:
        known: Of keys: their values, those to come among them.
        stale: Of keys: the kept answers that theirs was made of.
        waiters: Of keys: who waits for theirs.
    """

    def __init__(self, batch: Several[K, V], alone: Callable[[K], Given[V]] | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.known: dict[K, asyncio.Future[V]] = {}
        self._cache: MutableMapping[Any, asyncio.Future[V]] = self.known
        self._queue: list[Queued] = []
        owner = getattr(batch, "__self__", None)
        self._owner = None if owner is None else ref(owner)
        self._several: Callable[..., Given[Any]] = batch if owner is None else batch.__func__  # type: ignore[attr-defined]  # a bound method has it
        self._alone: Callable[..., Given[Any]] | None = getattr(alone, "__func__", alone)
        self.stale: dict[K, tuple[Stale, ...]] = {}
        self.waiters: dict[K, list[Waiter]] = {}

    @staticmethod
    def get_cache_key(key: K) -> K:
        """The key itself."""
        return key

    def do_resolve_reject(self, key: K, future: "asyncio.Future[V]") -> None:
        """Queues the key; the first of a queue has it dispatched, two turns later: tasks may ask for more till then."""
        if not self._queue:
            self.loop.call_soon(self.loop.call_soon, self._dispatch)
        self._queue.append(Queued(key, future))

    def _dispatch(self) -> None:
        queue, self._queue = self._queue, []
        batch: _Batch
        if self._alone is not None and len(queue) == 1:
            reading, batch = self._read(self._alone, queue[0].key), _Alone(self, queue)
        else:
            reading, batch = self._read(self._several, [each.key for each in queue]), _Batch(self, queue)
        flight = reading if isinstance(reading, Upcoming) else Flight(reading)
        if flight.done:
            batch.wake(flight)
        else:
            flight.listeners.append(batch)

    def _read(self, function: Callable[..., Given[Any]], given: object) -> Given[Any]:
        if self._owner is None:
            return function(given)
        owner = self._owner()
        return raising(abandoned()) if owner is None else function(owner, given)

    def fail(self, queue: list[Queued], error: BaseException) -> None:
        """Rejects the future of each key, which may be read again."""
        for each in queue:
            self.clear(each.key)
            if not each.future.done():
                each.future.set_exception(error)

    def settle(self, queue: list[Queued], values: Mapping[K, V | Exception]) -> None:
        """Resolves or rejects the future of each key."""
        for key, future in queue:
            value = values.get(key)
            if value is None:
                value = NotFound("The upstream's answer leaves this object out.")
            if future.done():  # it was cancelled
                continue
            if isinstance(value, Exception):
                future.set_exception(value.with_traceback(None) if isinstance(value, Failure) else value)
            else:
                future.set_result(value)

    def tell(self, queue: list[Queued], stale: tuple[Stale, ...]) -> None:
        """Has those go on who wait for what a batch has read."""
        if stale:
            self.stale.update({each.key: stale for each in queue})
        for key, _ in queue:
            for waiter in self.waiters.pop(key, ()):
                waiter.wake()


class BatchLoader(Generic[K, V]):
    """aiodataloader over a batch function that answers by key.

    One waiter's cancellation leaves the others alone, and what is cancelled itself fails its waiters in place of
    leaving them to hang.

    Args:
        batch: Keys, each once, to values or failures by key. Needs a running event loop. Where it is a method, its
            object is not held.
        alone: Reads a key that is wanted alone; a method of the same object, if any. Left out: `batch` does that, too.
    """

    __slots__ = ("_batches",)

    def __init__(self, batch: Several[K, V], alone: Callable[[K], Given[V]] | None = None) -> None:
        self._batches: _Batches[K, V] = _Batches(batch, alone)

    def load(self, key: K) -> Coroutine[Any, Any, V]:
        """The value of `key`, asked for once. Each who loads it learns that it is stale.

        Does not yield where the value is there.

        Raises:
            Failure: Why there is none.
        """
        waiting = self._batches.known.get(key)
        return self._come(key, self._batches.load(key) if waiting is None else waiting)

    async def load_all(self, keys: Sequence[K]) -> list[V | Failure]:
        """The same of several: the value of each, or why there is none."""
        known, found = self._batches.known, list[V | Failure]()
        waiting = [known.get(key) or self._batches.load(key) for key in keys]
        try:
            for key, each in zip(keys, waiting, strict=True):
                try:
                    found.append(await self._come(key, each))
                except Failure as failure:
                    found.append(failure.with_traceback(None))
        finally:
            for each in waiting[len(found) :]:  # where it is given up
                each.add_done_callback(_looked_at)
        return found

    async def _come(self, key: K, waiting: asyncio.Future[V]) -> V:
        if not waiting.done():
            waiter = Waiter()
            self._batches.waiters.setdefault(key, []).append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                waiting.add_done_callback(_looked_at)
                raise
        if self._batches.stale:
            for stale in self._batches.stale.get(key, ()):
                note(stale)
        error = waiting.exception()
        if error is None:
            return waiting.result()
        try:
            raise error.with_traceback(None) if isinstance(error, Failure) else error
        finally:
            del waiting, error  # what is raised holds this frame, and the frame must not hold it

    def prime(self, key: K, value: V) -> None:
        """Makes a value known that came some other way, unless there is one or it has been asked for."""
        self._batches.prime(key, value)


def _looked_at(waiting: asyncio.Future[V]) -> None:
    """Whoever waited is gone: asyncio need not log that nobody saw the failure."""
    if not waiting.cancelled():
        waiting.exception()
