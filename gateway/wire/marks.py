"""Names for credentials, by which they can be told apart and not be recognized."""

import hashlib
import os


class Marks:
    """Gives every credential a mark: a keyed hash that means nothing to who has not the key.

    Args:
        key: At most 64 bytes; random by default, so that the marks mean nothing outside of this process.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes | None = None) -> None:
        self._key = os.urandom(32) if key is None else key

    def of(self, credential: tuple[str, str] | None) -> bytes:
        """The mark of a header, 16 bytes; empty where none is shown."""
        if credential is None:
            return b""
        name, value = credential
        text = f"{name.lower()}\0{value}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=16, key=self._key).digest()
