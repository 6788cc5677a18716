"""JSON documents in SQLite: all the state that the stand-ins have."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, parent, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (kind, parent, position);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

_PUT = """
INSERT INTO documents (kind, parent, id, position, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, parent, id) DO UPDATE SET body = excluded.body
"""

_LAST = "SELECT COALESCE(MAX(position), 0) FROM documents WHERE kind = ? AND parent = ?"

_NEXT = """
INSERT INTO counters (name, value) VALUES (?, 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value
"""


class Store:
    """Documents by kind, parent and id, in the order in which they came.

    A kind is named by its caller and begins with the vendor, e.g. "losant.org", or "nks.member" with the
    organization's id as parent. Each method is a transaction of its own; `transaction` joins several.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if path != ":memory:":
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; one within another belongs to the outer one."""
        if self._depth:
            yield
            return
        self._depth += 1
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._depth -= 1

    def put(self, kind: str, id: str, body: dict[str, Any], parent: str = "") -> None:  # noqa: A002 - the store's word
        """Write a document; one that is there keeps its position."""
        self.put_many(kind, [(id, body)], parent)

    def put_many(self, kind: str, documents: Iterable[tuple[str, dict[str, Any]]], parent: str = "") -> None:
        """Write (id, body) pairs in one transaction."""
        with self.transaction():
            last: int = self._connection.execute(_LAST, (kind, parent)).fetchone()[0]
            rows = ((kind, parent, key, last + at, json.dumps(body)) for at, (key, body) in enumerate(documents, 1))
            self._connection.executemany(_PUT, rows)

    def get(self, kind: str, id: str, parent: str = "") -> dict[str, Any] | None:  # noqa: A002 - the store's word
        """Read one document, None where there is none."""
        row = self._connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND parent = ? AND id = ?", (kind, parent, id)
        ).fetchone()
        return None if row is None else _body(row[0])

    def all(self, kind: str, parent: str = "") -> list[dict[str, Any]]:
        """Read all documents of a kind under one parent, oldest first."""
        rows = self._connection.execute(
            "SELECT body FROM documents WHERE kind = ? AND parent = ? ORDER BY position", (kind, parent)
        )
        return [_body(row[0]) for row in rows]

    def delete(self, kind: str, id: str, parent: str = "") -> bool:  # noqa: A002 - the store's word
        """Remove one document; False where there was none."""
        cursor = self._connection.execute(
            "DELETE FROM documents WHERE kind = ? AND parent = ? AND id = ?", (kind, parent, id)
        )
        return cursor.rowcount > 0

    def delete_all(self, kind: str, parent: str) -> int:
        """Remove all documents of a kind under one parent, and say how many there were."""
        return self._connection.execute("DELETE FROM documents WHERE kind = ? AND parent = ?", (kind, parent)).rowcount

    def delete_vendor(self, vendor: str) -> None:
        """Remove every document and counter whose kind or name begins with `vendor.`."""
        low, high = f"{vendor}.", f"{vendor}/"  # "/" follows "." in ASCII
        with self.transaction():
            self._connection.execute("DELETE FROM documents WHERE kind >= ? AND kind < ?", (low, high))
            self._connection.execute("DELETE FROM counters WHERE name >= ? AND name < ?", (low, high))

    def count(self, kind: str, parent: str = "") -> int:
        """Count the documents of a kind under one parent."""
        row = self._connection.execute(
            "SELECT COUNT(*) FROM documents WHERE kind = ? AND parent = ?", (kind, parent)
        ).fetchone()
        return int(row[0])

    def is_empty(self) -> bool:
        """Whether no document is in the store."""
        return self._connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone() is None

    def next_number(self, name: str) -> int:
        """Count a durable counter up by one, from 1 or from where `start_number` put it."""
        return int(self._connection.execute(_NEXT, (name,)).fetchone()[0])

    def start_number(self, name: str, first: int) -> None:
        """Let the next `next_number` give `first`."""
        self._connection.execute("INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)", (name, first - 1))

    def copy(self) -> "Store":
        """A second store in memory with the same content, for those who need many fresh ones."""
        twin = Store()
        self._connection.backup(twin._connection)
        return twin

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _body(text: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text)
    return body
