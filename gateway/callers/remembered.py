"""Credentials that were found good not long ago."""

import hashlib
import secrets
from collections import OrderedDict
from typing import Final, Generic, TypeVar

MOST: Final = 512
"""Of those used last."""

T = TypeVar("T")


class Remembered(Generic[T]):
    """What is known of credentials that were used last, found by digests under a key of the process.

    Nobody can choose a credential whose digest begins like another one's, so that the time of a look-up tells nothing.
    Bad ones are not remembered: strangers cannot push good ones out.
    """

    __slots__ = ("_key", "_known")

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, T] = OrderedDict()

    def mark(self, text: str) -> bytes:
        """What a credential is known by."""
        return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=32, key=self._key).digest()

    def get(self, mark: bytes) -> T | None:
        """What is known of it."""
        found = self._known.get(mark)
        if found is not None:
            self._known.move_to_end(mark)
        return found

    def put(self, mark: bytes, known: T) -> None:
        """Remembers one, and forgets the one that was used longest ago where there are too many."""
        self._known[mark] = known
        self._known.move_to_end(mark)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def forget(self, mark: bytes) -> None:
        """Forgets one."""
        self._known.pop(mark, None)
