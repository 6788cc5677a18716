"""Names for credentials, by which they can be told apart and not be recognized."""

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

REMEMBERED: Final = 1024
"""Credentials whose marks need not be made again."""


class Marks:
    """Gives every credential a mark: a keyed hash that means nothing to who has not the key.

    Credentials of late are remembered beside theirs, in this process alone, and shown by nothing.

    Args:
        key: At most 64 bytes; random by default, so that the marks mean nothing outside of this process.

    Attributes:
        of: The mark of a header, 16 bytes; empty where none is shown.
    """

    __slots__ = ("of",)

    def __init__(self, key: bytes | None = None) -> None:
        made = lru_cache(REMEMBERED)(partial(_mark, os.urandom(32) if key is None else key))
        self.of: Callable[[tuple[str, str] | None], bytes] = made


def _mark(key: bytes, credential: tuple[str, str] | None) -> bytes:
    if credential is None:
        return b""
    name, value = credential
    text = f"{name.lower()}\0{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16, key=key).digest()
