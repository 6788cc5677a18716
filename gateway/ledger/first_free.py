"""Ledgers of several gateways in one folder."""

from pathlib import Path
from typing import Final

from gateway.ledger.store import LedgerStore, LedgerTakenError

MOST_FILES: Final = 256
"""In one folder."""


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
