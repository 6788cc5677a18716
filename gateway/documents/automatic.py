"""What is remembered of automatic persisted queries: texts by their hashes, for all callers alike."""

import sys
from collections import OrderedDict
from typing import Final, Protocol

MOST_BYTES: Final = 16_777_216
"""Of all texts that are remembered."""

SHARE: Final = 64
"""One text may take this part of it: 256 KiB."""

OVERHEAD: Final = 256
"""Of each text, in bytes: its hash, and its place."""


class AutomaticStore(Protocol):
    """Texts by the SHA-256 of each, in hexadecimal digits. It may forget any at any time."""

    async def get(self, sha256: str) -> str | None:
        """The text; None where it is not known."""

    async def put(self, sha256: str, text: str) -> None:
        """Remembers a text. The hash is the text's, and the text a document that can run."""


class MemoryStore:
    """The texts that were used last, in the memory of this process.

    Args:
        most_bytes: Of all of them.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0

    async def get(self, sha256: str) -> str | None:
        """The text, which is now the one that was used last."""
        text = self._texts.get(sha256)
        if text is not None:
            self._texts.move_to_end(sha256)
        return text

    async def put(self, sha256: str, text: str) -> None:
        """Remembers a text, unless it is too large, and forgets others for it."""
        if sha256 in self._texts:
            self._texts.move_to_end(sha256)
            return
        weight = weight_of(text)
        if weight > self._most_bytes // SHARE:
            return
        self._texts[sha256] = text
        self._bytes += weight
        while self._bytes > self._most_bytes:
            self._bytes -= weight_of(self._texts.popitem(last=False)[1])


def weight_of(text: str) -> int:
    """How many bytes a text that is remembered takes."""
    return sys.getsizeof(text) + OVERHEAD
