"""The answers that the cache keeps."""

from collections import OrderedDict
from collections.abc import Hashable
from math import inf
from typing import Final, Protocol

import msgspec

from gateway.wire.call import Answer

OVERHEAD: Final = 1024
"""Bytes that an entry takes beside its answer's body: its key, its header, what Python adds."""

READ_SHARE: Final = 5
"""How many bytes an answer takes for each of its body's, where what it says is kept, too."""

LARGEST_SHARE: Final = 8
"""One entry may take at most this part of all bytes: a few long answers must not push out everything else."""

Pairs = tuple[tuple[str, str], ...]


class Question(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, gc=False):
    """What is asked, and by whom: equal where the same answer serves.

    Attributes:
        mark: Of the credential.
        upstream: Its word.
        path: Of the call.
        query: The same.
        headers: In lower case, sorted.
    """

    mark: bytes
    upstream: str
    path: str
    query: Pairs
    headers: Pairs


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An answer that is kept.

    Attributes:
        answer: What the upstream gave.
        kept_at: Seconds, by the cache's clock.
        generation: That of what it tells, when it was asked for; see `gateway.wire.generations`.
    """

    answer: Answer
    kept_at: float
    generation: int


class Entries(Protocol):
    """Where answers are kept. A store may forget any of them at any time."""

    def key(self, question: Question) -> Hashable:
        """By what it knows the answer to a question."""

    async def get(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """The entry; None where there is none of this generation that was kept then or later."""

    async def peek(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """As `get`, and nothing is kept longer or anew for it."""

    async def put(self, key: Hashable, entry: Entry) -> None:
        """Keeps the entry, in the place of the one before."""

    async def drop(self, key: Hashable) -> None:
        """Forgets the entry, if there is one."""


class MemoryEntries:
    """In this process. What was used longest ago goes first.

    Args:
        most: Entries.
        most_bytes: Of all entries together.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._entries: OrderedDict[Hashable, tuple[Entry, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def key(self, question: Question) -> Hashable:
        """The question itself."""
        return question

    async def get(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """As `now`."""
        return self.now(key, generation, since)

    def now(self, key: Hashable, generation: int | None, since: float, *, is_used: bool = True) -> Entry | None:
        """From memory; what is used goes later than what is not."""
        entry, _ = self._entries.get(key, _NOTHING)
        if entry is None or entry.kept_at < since or (generation is not None and generation != entry.generation):
            return None
        if is_used:
            self._entries.move_to_end(key)
        return entry

    async def peek(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """From memory, without being used."""
        return self.now(key, generation, since, is_used=False)

    async def put(self, key: Hashable, entry: Entry) -> None:
        """Into memory, unless it is too long."""
        self._drop(key)
        size = _size(entry)
        if size > self._most_bytes // LARGEST_SHARE:
            return
        self._entries[key] = entry, size
        self.bytes += size
        while len(self._entries) > self._most or self.bytes > self._most_bytes:
            _, (_, size) = self._entries.popitem(last=False)
            self.bytes -= size

    async def drop(self, key: Hashable) -> None:
        """From memory."""
        self._drop(key)

    def _drop(self, key: Hashable) -> None:
        _, size = self._entries.pop(key, _NOTHING)
        self.bytes -= size


_NOTHING: Final = (None, 0)


def _size(entry: Entry) -> int:
    length = len(entry.answer.body)
    return OVERHEAD + (length if entry.answer.read is None else READ_SHARE * length)
