"""The answers that the cache keeps."""

from collections import OrderedDict
from dataclasses import dataclass
from math import inf
from typing import Final, Protocol

from gateway.wire.call import Answer

OVERHEAD: Final = 1024
"""Bytes that an entry takes beside its answer's body: its key, its header, what Python adds."""

LARGEST_SHARE: Final = 8
"""One entry may take at most this part of all bytes: a few long answers must not push out everything else."""


@dataclass(frozen=True, slots=True)
class Entry:
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

    async def get(self, key: bytes, generation: int | None = None, since: float = -inf) -> Entry | None:
        """The entry; None where there is none of this generation that was kept then or later."""

    async def put(self, key: bytes, entry: Entry) -> None:
        """Keeps the entry, in the place of the one before."""

    async def drop(self, key: bytes) -> None:
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
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: bytes, generation: int | None = None, since: float = -inf) -> Entry | None:
        """From memory."""
        entry = self._entries.get(key)
        if entry is None or entry.kept_at < since or generation not in {None, entry.generation}:
            return None
        self._entries.move_to_end(key)
        return entry

    async def put(self, key: bytes, entry: Entry) -> None:
        """Into memory, unless it is too long."""
        self._drop(key)
        size = _size(entry)
        if size > self._most_bytes // LARGEST_SHARE:
            return
        self._entries[key] = entry
        self.bytes += size
        while len(self._entries) > self._most or self.bytes > self._most_bytes:
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= _size(oldest)

    async def drop(self, key: bytes) -> None:
        """From memory."""
        self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= _size(entry)


def _size(entry: Entry) -> int:
    return OVERHEAD + len(entry.answer.body)
