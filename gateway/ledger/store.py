"""The ledger's file: SQLite, durable against the death of the process at any point."""

import fcntl
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

KEPT_SECONDS = 24 * 3600
_PRUNED_EVERY = 3600

MOST_FILES = 256
"""Of gateways that keep their ledgers in one folder."""

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

State = Literal["running", "done", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that was asked for.

    Attributes:
        caller: Who asked.
        key: The idempotency key; one of our own making where none was given.
        mutation: The field of the mutation.
        fingerprint: A hash of its input.
        state: `running`; `done`, with a payload; `unknown`, where the process died over it.
        payload: The first answer, as `payloads.py` writes it; empty where nobody can ask for it again.
        unique: The key is of our own making: nobody has used it before, and nobody can again.
    """

    caller: str
    key: str
    mutation: str
    fingerprint: bytes
    state: State = "running"
    payload: bytes | None = None
    unique: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """One call that was sent, or was about to be, to an upstream.

    Attributes:
        upstream: The upstream's word.
        target: Method and path.
        status: Of the answer; None where none came.
    """

    upstream: str
    target: str
    status: int | None


class LedgerUnusableError(Exception):
    """The ledger cannot be kept where it should be; the sentence is for the operator."""


class LedgerTakenError(LedgerUnusableError):
    """Another gateway keeps its ledger there."""


class LedgerStore:
    """The ledger, open. One process at a time.

    A write is put down with the first call that it sends, and before that call leaves: one that has sent nothing is as
    good as never asked. The status of an answer is put down with what comes next.

    Args:
        path: Of the file; its folder is made where it is missing. None keeps it in memory.
        clock: Seconds since 1970.

    Raises:
        LedgerUnusableError: The file cannot be written, is none of ours, or is another gateway's.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._process = uuid.uuid4().hex
        self._pruned = 0.0
        self._begun: dict[tuple[str, str], tuple[Entry, float]] = {}
        self._answered: list[tuple[int, int]] = []
        self._lock = _locked(path) if path else None
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.executescript(_TABLES)
            self._settle_the_dead()
        except sqlite3.Error as error:
            self.close()
            raise LedgerUnusableError(f"{path} cannot be used as the ledger of writes: {error}.") from None

    def _settle_the_dead(self) -> None:
        """What an earlier process left running: never sent is as good as never asked; all else is unknown."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "UPDATE writes SET state = 'unknown' WHERE state = 'running' AND process <> ? AND EXISTS"
                " (SELECT 1 FROM sent WHERE sent.caller = writes.caller AND sent.key = writes.key)",
                (self._process,),
            )
            self._database.execute("DELETE FROM writes WHERE state = 'running' AND process <> ?", (self._process,))
            self._database.execute("COMMIT")

    def begin(self, entry: Entry) -> Entry | None:
        """Notes that a write begins; the earlier entry where caller and key have one."""
        now = self._clock()
        if now - self._pruned > _PRUNED_EVERY:
            self._prune(now)
        earlier = None if entry.unique else self.find(entry)
        if earlier is None:
            self._begun[entry.caller, entry.key] = entry, now
        return earlier

    def find(self, entry: Entry) -> Entry | None:
        """The entry with the same caller and key, as it stands now."""
        begun = self._begun.get((entry.caller, entry.key))
        if begun is not None:
            return begun[0]
        given = entry.caller, entry.key
        row = self._database.execute(f"{_ENTRIES} WHERE caller = ? AND key = ?", given).fetchone()
        return Entry(*row) if row else None

    def finish(self, entry: Entry, payload: bytes) -> None:
        """Notes the answer."""
        self._settle(entry, "done", payload)

    def lose(self, entry: Entry) -> None:
        """Notes that nobody will know how the write ended."""
        self._settle(entry, "unknown", None)

    def _settle(self, entry: Entry, state: State, payload: bytes | None) -> None:
        with self._together():
            self._put_down(entry)
            self._database.execute(
                "UPDATE writes SET state = ?, payload = ? WHERE caller = ? AND key = ?",
                (state, payload, entry.caller, entry.key),
            )
        self._begun.pop((entry.caller, entry.key), None)

    def forget(self, entry: Entry) -> None:
        """Takes the entry out: nothing was changed, and the same key may try again."""
        if self._begun.pop((entry.caller, entry.key), None) is None:
            with self._together():
                self._database.execute("DELETE FROM sent WHERE caller = ? AND key = ?", (entry.caller, entry.key))
                self._database.execute("DELETE FROM writes WHERE caller = ? AND key = ?", (entry.caller, entry.key))

    def sending(self, entry: Entry, upstream: str, target: str) -> int:
        """Notes that a call is about to leave; the note's number."""
        with self._together():
            self._put_down(entry)
            cursor = self._database.execute(
                "INSERT INTO sent (caller, key, upstream, target, began) VALUES (?, ?, ?, ?, ?)",
                (entry.caller, entry.key, upstream, target, self._clock()),
            )
        self._begun.pop((entry.caller, entry.key), None)
        return cursor.lastrowid or 0

    def answered(self, number: int, status: int) -> None:
        """Notes that the call was answered."""
        self._answered.append((status, number))

    def unsent(self, number: int) -> None:
        """Takes the note back: the call provably never left."""
        self._database.execute("DELETE FROM sent WHERE id = ?", (number,))

    def sent(self, entry: Entry) -> list[Sent]:
        """The calls of a write, in order."""
        self._put_all_down()
        rows = self._database.execute(
            "SELECT upstream, target, status FROM sent WHERE caller = ? AND key = ? ORDER BY id",
            (entry.caller, entry.key),
        )
        return [Sent(*row) for row in rows]

    def cut_off(self) -> list[Entry]:
        """Those of which nobody knows how they ended."""
        rows = self._database.execute(f"{_ENTRIES} WHERE state = 'unknown' ORDER BY began")
        return [Entry(*row) for row in rows]

    def entries(self) -> list[Entry]:
        """All that is kept, the oldest first."""
        self._put_all_down()
        rows = self._database.execute(f"{_ENTRIES} ORDER BY began")
        return [Entry(*row) for row in rows]

    def recent(self, most: int) -> list[Entry]:
        """The newest, the newest first."""
        self._put_all_down()
        rows = self._database.execute(f"{_ENTRIES} ORDER BY began DESC LIMIT ?", (most,))
        return [Entry(*row) for row in rows]

    @contextmanager
    def _together(self) -> Iterator[None]:
        """One transaction; with it goes what was answered before."""
        answered = self._answered
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for each in answered:
                self._database.execute("UPDATE sent SET status = ? WHERE id = ?", each)
            yield
            self._database.execute("COMMIT")
        del self._answered[: len(answered)]

    def _put_down(self, entry: Entry) -> None:
        """The write, where it has only begun."""
        begun = self._begun.get((entry.caller, entry.key))
        if begun is not None:
            self._database.execute(
                "INSERT INTO writes VALUES (?, ?, ?, ?, ?, 'running', ?, NULL)",
                (entry.caller, entry.key, entry.mutation, entry.fingerprint, self._process, begun[1]),
            )

    def _put_all_down(self) -> None:
        if self._answered or self._begun:
            with self._together():
                for entry, _ in self._begun.values():
                    self._put_down(entry)
            self._begun.clear()

    def _prune(self, now: float) -> None:
        self._pruned = now
        with self._together():
            oldest = now - KEPT_SECONDS
            self._database.execute("DELETE FROM writes WHERE began < ? AND state <> 'running'", (oldest,))
            self._database.execute(
                "DELETE FROM sent WHERE NOT EXISTS"
                " (SELECT 1 FROM writes WHERE writes.caller = sent.caller AND writes.key = sent.key)"
            )

    def close(self) -> None:
        """Closes the file."""
        if self._answered:
            with suppress(sqlite3.Error), self._together():
                pass
        self._database.close()
        if self._lock is not None:
            os.close(self._lock)


def first_free(path: Path) -> LedgerStore:
    """A ledger that no other process has open: in `path`, or beside it in `NAME-2`, `NAME-3` and so on.

    One that was left is taken up again by the next process that starts.

    Raises:
        LedgerUnusableError: As `LedgerStore`; also where there are very many.
    """
    number = 1
    while True:
        try:
            return LedgerStore(path if number == 1 else path.with_stem(f"{path.stem}-{number}"))
        except LedgerTakenError:
            number += 1
            if number > MOST_FILES:
                raise


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
