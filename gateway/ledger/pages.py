"""What a journal writes on: the seam between carrying writes out once, and where that is noted."""

from typing import Protocol

from gateway.ledger.entries import Entry, Sent
from gateway.ledger.store import LedgerStore


class Pages(Protocol):
    """The notes of all writes, whoever carries them out."""

    async def begin(self, entry: Entry) -> Entry | None:
        """Notes that a write begins; the earlier entry where caller and key have one."""

    async def finish(self, entry: Entry, payload: bytes) -> None:
        """Notes the answer."""

    async def lose(self, entry: Entry) -> None:
        """Notes that nobody will know how the write ended."""

    async def forget(self, entry: Entry) -> None:
        """Takes the entry out: nothing was changed, and the same key may try again."""

    async def sending(self, entry: Entry, upstream: str, target: str) -> int:
        """Notes that a call is about to leave; the note's number."""

    async def unsent(self, entry: Entry, number: int) -> None:
        """Takes the note back: the call provably never left."""

    async def sent(self, entry: Entry) -> list[Sent]:
        """The calls of a write, in order."""


class OwnPages:
    """The ledger's file alone.

    Args:
        store: The file, open.
    """

    def __init__(self, store: LedgerStore) -> None:
        self._store = store

    async def begin(self, entry: Entry) -> Entry | None:
        """In the file."""
        return self._store.begin(entry)

    async def finish(self, entry: Entry, payload: bytes) -> None:
        """In the file."""
        self._store.finish(entry, payload)

    async def lose(self, entry: Entry) -> None:
        """In the file."""
        self._store.lose(entry)

    async def forget(self, entry: Entry) -> None:
        """From the file."""
        self._store.forget(entry)

    async def sending(self, entry: Entry, upstream: str, target: str) -> int:
        """In the file."""
        return self._store.sending(entry, upstream, target)

    async def unsent(self, _: Entry, number: int) -> None:
        """From the file."""
        self._store.unsent(number)

    async def sent(self, entry: Entry) -> list[Sent]:
        """From the file."""
        return self._store.sent(entry)
