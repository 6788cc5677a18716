"""The ledger's files: durable against the death of the process at any point."""

import fcntl
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Final

import structlog

from gateway.ledger.entries import Entry, Sent, State
from gateway.ledger.sheets import TABLE, Sheets
from gateway.ledger.unfiled import Unfiled, Write

__all__ = ["KEPT_SECONDS", "Entry", "LedgerStore", "LedgerTakenError", "LedgerUnusableError", "Sent", "State"]

KEPT_SECONDS = 24 * 3600
_PRUNED_EVERY = 3600

FILED_AT_ONCE: Final = 64
"""Writes that have ended are moved to the database by so many: together they cost a tenth of what each does alone."""

LONGEST_NOTES: Final = 1_000_000
"""Bytes from which on the notes begin anew, even while some writes run."""

_TABLES = """
CREATE TABLE IF NOT EXISTS writes (
  caller TEXT NOT NULL, key TEXT NOT NULL, mutation TEXT NOT NULL, fingerprint BLOB NOT NULL,
  process TEXT NOT NULL, state TEXT NOT NULL, began REAL NOT NULL, payload BLOB,
  PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS writes_by_time ON writes (began);
CREATE TABLE IF NOT EXISTS sent (
  id INTEGER PRIMARY KEY, caller TEXT NOT NULL, key TEXT NOT NULL, upstream TEXT NOT NULL, target TEXT NOT NULL,
  began REAL NOT NULL, status INTEGER
);
CREATE INDEX IF NOT EXISTS sent_by_write ON sent (caller, key);
"""

_ENTRIES = "SELECT caller, key, mutation, fingerprint, state, payload FROM writes"

_log = structlog.get_logger("gateway.ledger")


class LedgerUnusableError(Exception):
    """The ledger cannot be kept where it should be; the sentence is for the operator."""


class LedgerTakenError(LedgerUnusableError):
    """Another gateway keeps its ledger there."""


class LedgerStore:
    """The ledger, open. One process at a time.

    A write is put down with the first call that it sends, and before that call leaves: one that has sent nothing is as
    good as never asked. The status of an answer is put down with what comes next. All that goes to a file of notes
    first, a line each. What has ended is moved from there to a database, many writes at once; those that were made and
    that nobody can ask for again stand on sheets there.

    Args:
        path: Of the database; its folder is made where it is missing. None keeps all in memory.
        clock: Seconds since 1970.

    Attributes:
        answered: Notes, of the call with a number, the status of its answer.

    Raises:
        LedgerUnusableError: The files cannot be written, are none of ours, or are another gateway's.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._process = uuid.uuid4().hex
        self._keys = count(1)
        self._pruned_at = 0.0
        self._filed_at = FILED_AT_ONCE
        self._lock = _locked(path) if path else None
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._sheets = Sheets(self._database)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.executescript(_TABLES + TABLE)
            self._settle_the_dead()
            self._unfiled = Unfiled(path.with_suffix(".notes") if path else None)
            self._take_up()
            self.answered = self._unfiled.answered
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise LedgerUnusableError(f"{path} cannot be used as the ledger of writes: {error}.") from None

    def _settle_the_dead(self) -> None:
        """What an earlier version left running in the database: never sent is as good as never asked, or unknown."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "UPDATE writes SET state = 'unknown' WHERE state = 'running' AND EXISTS"
                " (SELECT 1 FROM sent WHERE sent.caller = writes.caller AND sent.key = writes.key)"
            )
            self._database.execute("DELETE FROM writes WHERE state = 'running'")
            self._database.execute("COMMIT")

    def _take_up(self) -> None:
        """Files what an earlier process noted. It may have died between the database and its notes."""
        noted = [*self._unfiled]
        if noted:
            on_sheets = {each.entry.key for each in self._sheets.since(min(write.at for write in noted))}
            self._unfiled.drop([write for write in noted if write.entry.key in on_sheets], LONGEST_NOTES)
        self._database.executemany(
            "DELETE FROM sent WHERE caller = ? AND key = ?",
            [(write.entry.caller, write.entry.key) for write in self._unfiled],
        )
        self._file()

    def fresh_key(self) -> str:
        """A key that nobody has used, here or elsewhere, and nobody will."""
        return f"none:{self._process}-{next(self._keys)}"

    def begin(self, entry: Entry) -> Entry | None:
        """Notes that a write begins; the earlier entry where caller and key have one."""
        now = self._now()
        earlier = None if entry.unique else self.find(entry)
        if earlier is None:
            self._unfiled.begin(entry, now)
        return earlier

    def _now(self) -> float:
        """The time, by which what is too old is thrown away now and then."""
        now = self._clock()
        if now >= self._pruned_at:
            self._prune(now)
        return now

    def find(self, entry: Entry) -> Entry | None:
        """The entry with the same caller and key, as it stands now."""
        write = self._unfiled.find(entry)
        if write is not None:
            return write.entry
        given = entry.caller, entry.key
        row = self._database.execute(f"{_ENTRIES} WHERE caller = ? AND key = ?", given).fetchone()
        if row is None and entry.unique and (made := self._sheets.find(entry)):
            return made.entry
        return Entry(*row) if row else None

    def finish(self, entry: Entry, payload: bytes | None, state: State = "done") -> None:
        """Notes the answer, or how else it ended."""
        self._unfiled.end(entry, state, payload)
        if self._unfiled.ended >= self._filed_at:
            self._file_if_possible()

    def lose(self, entry: Entry) -> None:
        """Notes that nobody will know how the write ended."""
        self.finish(entry, None, "unknown")

    def forget(self, entry: Entry) -> None:
        """Takes an entry out that has not ended: nothing was changed, and the same key may try again."""
        self._unfiled.forget(entry)

    def sending(self, entry: Entry, upstream: str, target: str) -> int:
        """Notes that a call is about to leave; the note's number."""
        return self._unfiled.sending(entry, upstream, target, self._now())

    def unsent(self, number: int) -> None:
        """Takes the note back: the call provably never left."""
        self._unfiled.unsent(number)

    def sent(self, entry: Entry) -> list[Sent]:
        """The calls of a write, in order."""
        write = self._unfiled.find(entry)
        if write is not None:
            return write.told
        if entry.unique and (made := self._sheets.find(entry)):
            return made.calls
        rows = self._database.execute(
            "SELECT upstream, target, status FROM sent WHERE caller = ? AND key = ? ORDER BY id",
            (entry.caller, entry.key),
        )
        return [Sent(*row) for row in rows]

    def cut_off(self) -> list[Entry]:
        """Those of which nobody knows how they ended."""
        self._file()
        rows = self._database.execute(f"{_ENTRIES} WHERE state = 'unknown' ORDER BY began")
        return [Entry(*row) for row in rows]

    def entries(self) -> list[Entry]:
        """All that is kept: the oldest first, and what runs last."""
        self._file()
        rows = self._database.execute("SELECT began, caller, key, mutation, fingerprint, state, payload FROM writes")
        filed = [(began, Entry(*row)) for began, *row in rows] + [(each.at, each.entry) for each in self._sheets]
        filed.sort(key=itemgetter(0))
        return [*(entry for _, entry in filed), *(write.entry for write in self._unfiled)]

    def recent(self, most: int) -> list[Entry]:
        """The newest that somebody may ask for again: what runs, and then the newest first."""
        self._file()
        rows = self._database.execute(f"{_ENTRIES} ORDER BY began DESC LIMIT ?", (most,))
        return [*(write.entry for write in reversed([*self._unfiled])), *(Entry(*row) for row in rows)][:most]

    def _file(self) -> None:
        """Moves what has ended to the database, in the place of what it may have of the same writes."""
        ended = [write for write in self._unfiled if write.entry.state != "running"]
        if ended:
            made = [write for write in ended if write.entry.unique and write.entry.state == "done"]
            others = [write for write in ended if not write.entry.unique or write.entry.state != "done"]
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                if made:
                    self._sheets.add(made)
                self._database.executemany(
                    "INSERT OR REPLACE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [self._row(each) for each in others],
                )
                self._database.executemany(
                    "INSERT INTO sent (caller, key, upstream, target, began, status) VALUES (?, ?, ?, ?, ?, ?)",
                    [row for each in others for row in _calls(each)],
                )
                self._database.execute("COMMIT")
        self._unfiled.drop(ended, LONGEST_NOTES)
        self._filed_at = FILED_AT_ONCE

    def _row(self, write: Write) -> tuple[object, ...]:
        entry = write.entry
        whose = entry.caller, entry.key, entry.mutation, entry.fingerprint
        return *whose, self._process, entry.state, write.at, entry.payload

    def _file_if_possible(self) -> None:
        """The same; where the database cannot be written, all stands in the notes still, and it is tried later."""
        try:
            self._file()
        except (sqlite3.Error, OSError) as error:
            self._filed_at = self._unfiled.ended + FILED_AT_ONCE
            _log.warning("the ledger of writes cannot be put in order", reason=str(error))

    def _prune(self, now: float) -> None:
        """Throws away what is too old; that is looked for once an hour."""
        self._pruned_at = now + _PRUNED_EVERY
        self._file()
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._sheets.prune(now - KEPT_SECONDS)
            self._database.execute("DELETE FROM writes WHERE began < ?", (now - KEPT_SECONDS,))
            self._database.execute(
                "DELETE FROM sent WHERE NOT EXISTS"
                " (SELECT 1 FROM writes WHERE writes.caller = sent.caller AND writes.key = sent.key)"
            )
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Closes the files."""
        with suppress(sqlite3.Error, OSError):
            self._file()
        self._unfiled.close()
        self._close()

    def _close(self) -> None:
        self._database.close()
        if self._lock is not None:
            os.close(self._lock)


def _calls(write: Write) -> Iterator[tuple[object, ...]]:
    entry = write.entry
    for each in write.calls.values():
        yield entry.caller, entry.key, each.upstream, each.target, each.at, write.statuses.get(each.number)


def _locked(path: Path) -> int:
    """Makes the file, for its owner alone, and locks it; the lock's descriptor."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        lock = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise LedgerUnusableError(
            f"The ledger of writes cannot be kept in {path.parent}: {error.strerror}. Set server.state_dir to a folder "
            "that the gateway can write."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise LedgerTakenError(
            f"Another gateway keeps its ledger of writes in {path.parent}. Give each its own server.state_dir."
        ) from None
    return lock
