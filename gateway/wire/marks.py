"""Names for credentials, by which they can be told apart and not be recognized."""

import hashlib
import os
from functools import lru_cache, partial
from typing import Final

REMEMBERED: Final = 1024
"""Credentials whose marks need not be made again."""


class Marks:
    """Gives every credential a mark: a keyed hash that means nothing to who has not the key.

    Credentials of late are remembered beside theirs, in this process alone, and shown by nothing.

    Args:
        key: At most 64 bytes; random by default, so that the marks mean nothing outside of this process.
    """

    __slots__ = ("_made",)

    def __init__(self, key: bytes | None = None) -> None:
        self._made = lru_cache(REMEMBERED)(partial(_mark, os.urandom(32) if key is None else key))

    def of(self, credential: tuple[str, str] | None) -> bytes:
        """The mark of a header, 16 bytes; empty where none is shown."""
        return b"" if credential is None else self._made(credential)


def _mark(key: bytes, credential: tuple[str, str]) -> bytes:
    name, value = credential
    text = f"{name.lower()}\0{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16, key=key).digest()
