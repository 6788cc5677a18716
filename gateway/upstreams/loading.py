"""Loaders of one operation: what is asked at the same time is asked together, and nothing is asked twice."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from resolvers.errors import Failure, NotFound, UpstreamUnavailable
from resolvers.staleness import Stale, collect, note

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loader(Generic[K, V]):
    """aiodataloader over a batch function that answers by key.

    One waiter's cancellation leaves the others alone, and a cancelled batch function fails its waiters in place of
    leaving them to hang.

    Args:
        batch: Keys, each once, to values or failures by key. Needs a running event loop.
    """

    def __init__(self, batch: Callable[[list[K]], Awaitable[Mapping[K, V | Exception]]]) -> None:
        self._batch = batch
        self._loader: DataLoader[K, V] = DataLoader(self._load_all)
        self._stale: dict[K, list[Stale]] = {}

    @classmethod
    def each(cls, read: Callable[[K], Awaitable[V]]) -> "Loader[K, V]":
        """A loader over a function that can answer one key only; keys of a batch are asked at the same time."""

        async def one(key: K) -> V | Exception:
            loader._stale[key] = collect()
            return await attempt(read, key)

        async def batch(keys: list[K]) -> Mapping[K, V | Exception]:
            return dict(zip(keys, await asyncio.gather(*map(one, keys)), strict=True))

        loader = cls(batch)
        return loader

    async def load(self, key: K) -> V:
        """The value of `key`, asked for once. Each who loads it learns that it is stale.

        Raises:
            Failure: What the batch function gave for it.
        """
        waiting = self._loader.load(key)
        try:
            value = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            waiting.add_done_callback(_looked_at)
            raise
        for stale in self._stale.get(key, ()):
            note(stale)
        return value

    def prime(self, key: K, value: V) -> None:
        """Makes a value known that came some other way."""
        self._loader.prime(key, value)

    async def _load_all(self, keys: list[K]) -> list[V]:
        stale = collect()
        try:
            values = await self._batch(keys)
        except asyncio.CancelledError:
            raise UpstreamUnavailable("The operation was abandoned.") from None
        if stale:
            self._stale.update(dict.fromkeys(keys, stale))
        missing = NotFound("The upstream's answer leaves this object out.")
        # aiodataloader takes an exception in the list for its key's failure
        return [values.get(key, missing) for key in keys]  # type: ignore[misc]


def _looked_at(waiting: asyncio.Future[V]) -> None:
    """Whoever waited is gone: asyncio need not log that nobody saw the failure."""
    if not waiting.cancelled():
        waiting.exception()


async def attempt(read: Callable[[K], Awaitable[V]], key: K) -> V | Exception:
    """The value, or the failure in its place."""
    try:
        return await read(key)
    except Failure as failure:
        return failure
