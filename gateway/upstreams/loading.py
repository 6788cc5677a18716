"""Loaders of one operation: what is asked at the same time is asked together, and nothing is asked twice."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import ref

from aiodataloader import DataLoader, dispatch_queue_batch
from aiodataloader import Loader as Queued

from resolvers.errors import Failure, NotFound, UpstreamUnavailable
from resolvers.staleness import Stale, collect, note

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Batches(DataLoader[K, V]):
    """aiodataloader, without looking at its batch function each time, and with one task per batch.

    Holds the object whose method it calls by a weak reference only: the object holds its loaders, and all that an
    operation has read shall be gone with it, not when garbage is collected.

    Attributes:
        stale: Of keys: the kept answers that theirs was made of.
    """

    def __init__(self, function: Callable[[Any], Awaitable[Any]], *, single: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self._cache: MutableMapping[Any, asyncio.Future[V]] = {}
        self._queue: list[Queued] = []
        owner = getattr(function, "__self__", None)
        self._owner = None if owner is None else ref(owner)
        self._function: Callable[..., Awaitable[Any]] = function if owner is None else function.__func__  # type: ignore[attr-defined]  # a bound method has it
        self._single = single
        self.stale: dict[K, list[Stale]] = {}

    @staticmethod
    def get_cache_key(key: K) -> K:
        """The key itself."""
        return key

    def do_resolve_reject(self, key: K, future: "asyncio.Future[V]") -> None:
        """Queues the key; the first of a queue has it dispatched, two turns later."""
        self._queue.append(Queued(key, future))
        if len(self._queue) == 1:
            self.loop.call_soon(self.loop.call_soon, self._dispatch)

    def _dispatch(self) -> None:
        queue, self._queue = self._queue, []
        self.loop.create_task(dispatch_queue_batch(self, queue))

    async def batch_load_fn(self, keys: list[K]) -> list[V]:
        """The values or failures of a batch, in order."""
        try:
            values = await (at_once(self._read, keys) if self._single else self._read_all(keys))
        except asyncio.CancelledError:
            raise UpstreamUnavailable("The operation was abandoned.") from None
        missing = NotFound("The upstream's answer leaves this object out.")
        # aiodataloader takes an exception in the list for its key's failure
        return [values.get(key, missing) for key in keys]  # type: ignore[misc]

    async def _read(self, key: K) -> V | Exception:
        stale = collect()
        value = await attempt(self._called, key)
        if stale:
            self.stale[key] = stale
        return value

    async def _read_all(self, keys: list[K]) -> Mapping[K, V | Exception]:
        stale = collect()
        values: Mapping[K, V | Exception] = await self._called(keys)
        if stale:
            self.stale.update(dict.fromkeys(keys, stale))
        return values

    def _called(self, given: K | list[K]) -> Awaitable[Any]:
        if self._owner is None:
            return self._function(given)
        owner = self._owner()
        if owner is None:
            raise UpstreamUnavailable("The operation was abandoned.")
        return self._function(owner, given)


class Loader(Generic[K, V]):
    """aiodataloader over a batch function that answers by key.

    One waiter's cancellation leaves the others alone, and a cancelled batch function fails its waiters in place of
    leaving them to hang.

    Args:
        batch: Keys, each once, to values or failures by key. Needs a running event loop. Where it is a method, its
            object is not held.
    """

    __slots__ = ("_batches",)

    def __init__(self, batch: Callable[[list[K]], Awaitable[Mapping[K, V | Exception]]]) -> None:
        self._batches: _Batches[K, V] = _Batches(batch, single=False)

    @classmethod
    def each(cls, read: Callable[[K], Awaitable[V]]) -> "Loader[K, V]":
        """A loader over a function that can answer one key only; keys of a batch are asked at the same time."""
        loader = cls.__new__(cls)
        loader._batches = _Batches(read, single=True)  # noqa: SLF001  a loader, too
        return loader

    async def load(self, key: K) -> V:
        """The value of `key`, asked for once. Each who loads it learns that it is stale.

        Does not yield where the value is there.

        Raises:
            Failure: What the batch function gave for it.
        """
        waiting = self._batches.load(key)
        if not waiting.done():
            woken: asyncio.Future[None] = waiting.get_loop().create_future()
            waiting.add_done_callback(partial(_wake, woken))
            try:
                await woken  # a future of its own: who is cancelled cancels this one
            except asyncio.CancelledError:
                waiting.add_done_callback(_looked_at)
                raise
        value = waiting.result()
        if self._batches.stale:
            for stale in self._batches.stale.get(key, ()):
                note(stale)
        return value

    def prime(self, key: K, value: V) -> None:
        """Makes a value known that came some other way."""
        self._batches.prime(key, value)


def _wake(woken: asyncio.Future[None], _waiting: object) -> None:
    if not woken.done():
        woken.set_result(None)


def _looked_at(waiting: asyncio.Future[V]) -> None:
    """Whoever waited is gone: asyncio need not log that nobody saw the failure."""
    if not waiting.cancelled():
        waiting.exception()


async def at_once(read: Callable[[K], Coroutine[Any, Any, V]], keys: Sequence[K]) -> dict[K, V]:
    """What is read for each key, all at the same time."""
    if len(keys) == 1:
        return {keys[0]: await read(keys[0])}
    tasks = [asyncio.ensure_future(read(key)) for key in keys]
    try:
        return {key: await task for key, task in zip(keys, tasks, strict=True)}
    finally:
        for task in tasks:
            task.cancel()


async def attempt(read: Callable[[K], Awaitable[V]], key: K) -> V | Exception:
    """The value, or the failure in its place."""
    try:
        return await read(key)
    except Failure as failure:
        return failure
