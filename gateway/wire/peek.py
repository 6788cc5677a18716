"""A cache that begins with what another one keeps, and leaves that as it is."""

from collections.abc import Hashable
from math import inf

from gateway.wire.call import Call
from gateway.wire.entries import Entries, Entry, Question
from gateway.wire.generations import Generations, MemoryGenerations


class PeekedEntries:
    """Keeps entries of its own before those of others, which it only looks at.

    Args:
        own: What is put here.
        others: What is looked at.
    """

    def __init__(self, own: Entries, others: Entries) -> None:
        self._own = own
        self._others = others

    def key(self, question: Question) -> Hashable:
        """The others' own."""
        return self._others.key(question)

    async def get(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """Its own, else the others'."""
        return await self._own.get(key, generation, since) or await self._others.peek(key, generation, since)

    async def peek(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """The same."""
        return await self._own.peek(key, generation, since) or await self._others.peek(key, generation, since)

    async def put(self, key: Hashable, entry: Entry) -> None:
        """Among its own."""
        await self._own.put(key, entry)

    async def drop(self, key: Hashable) -> None:
        """From its own."""
        await self._own.drop(key)


class PeekedGenerations:
    """Counts writes of its own on top of those that others have counted.

    Args:
        others: Are asked, and told nothing.
    """

    def __init__(self, others: Generations) -> None:
        self._own = MemoryGenerations()
        self._others = others

    async def of(self, call: Call) -> int:
        """The sum: the others' as long as nothing was written here."""
        return await self._others.of(call) + await self._own.of(call)

    async def bump(self, call: Call) -> None:
        """Here alone."""
        await self._own.bump(call)
