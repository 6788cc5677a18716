"""Writes that were made and that nobody can ask for again: many on one sheet, kept for people to look at."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from gateway.ledger.entries import Entry, Sent
from gateway.ledger.unfiled import Write

TABLE: Final = "CREATE TABLE IF NOT EXISTS sheets (began REAL NOT NULL, writes BLOB NOT NULL);"


class Made(msgspec.Struct, array_like=True, gc=False):
    """One of them.

    Attributes:
        at: When it was asked for, in seconds since 1970.
        calls: What it sent.
    """

    entry: Entry
    at: float
    calls: list[Sent]


_encode: Final = msgspec.json.Encoder().encode
_DECODER: Final = msgspec.json.Decoder(list[Made])


class Sheets:
    """The sheets in a database, which has their table.

    Args:
        database: The ledger's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __iter__(self) -> Iterator[Made]:
        """All that is on them, the newest sheet first."""
        return self.since(0.0)

    def since(self, moment: float) -> Iterator[Made]:
        """What is on those whose newest write was not asked for before, the newest sheet first."""
        for (text,) in self._database.execute(
            "SELECT writes FROM sheets WHERE began >= ? ORDER BY began DESC", (moment,)
        ):
            yield from _DECODER.decode(text)

    def add(self, writes: Sequence[Write]) -> None:
        """One sheet."""
        made = [Made(each.entry, each.at, each.told) for each in writes]
        self._database.execute("INSERT INTO sheets VALUES (?, ?)", (writes[-1].at, _encode(made)))

    def find(self, entry: Entry) -> Made | None:
        """The write with the same key."""
        return next((each for each in self if each.entry.key == entry.key), None)

    def prune(self, before: float) -> None:
        """Throws those away whose newest write was asked for before."""
        self._database.execute("DELETE FROM sheets WHERE began < ?", (before,))
