"""The body of an answer, unpacked while it arrives and bounded in length and in how tight it is packed."""

import zlib
from io import BytesIO
from typing import Final

MAXIMUM_RATIO: Final = 100
"""How many times longer than its compressed form an answer may be, unless it is small."""

SMALL: Final = 65_536


class Misfit(Exception):  # noqa: N818  what was sent is one
    """A body that is not taken; says why, in the words that follow the upstream's title."""


class Body:
    """Takes what arrives piece by piece.

    Args:
        coding: The answer's Content-Encoding; empty where it has none.
        maximum_bytes: Of the unpacked body.

    Raises:
        Misfit: It is packed in a way that was not asked for.
    """

    __slots__ = ("_first", "_length", "_maximum_bytes", "_packed", "_rest", "_unpack")

    def __init__(self, coding: str, maximum_bytes: int) -> None:
        self._unpack = _unpacking(coding.strip().lower()) if coding else None
        self._maximum_bytes = maximum_bytes
        self._packed = 0
        self._first = b""  # most have no more than one piece, which need not be copied
        self._rest = BytesIO()  # gives what it holds without a copy
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def take(self, piece: bytes) -> None:
        """Adds a piece.

        Raises:
            Misfit: It is too long, or packed badly or too tight.
        """
        if self._unpack is None:
            if not self._length:
                self._first = piece
            else:
                if self._first:
                    self._rest.write(self._first)
                    self._first = b""
                self._rest.write(piece)
            self._length += len(piece)
            if self._length > self._maximum_bytes:
                raise too_long(self._maximum_bytes)
            return
        self._packed += len(piece)
        most = min(self._maximum_bytes, max(SMALL, MAXIMUM_RATIO * self._packed))
        try:
            self._length += self._rest.write(self._unpack.decompress(piece, most + 1 - self._length))
        except zlib.error:
            raise Misfit("sent an answer that cannot be unpacked") from None
        if self._unpack.unused_data:
            raise Misfit("sent an answer that goes on behind its end")
        if self._length > self._maximum_bytes:
            raise too_long(self._maximum_bytes)
        if self._length > most:
            raise Misfit("sent an answer that is packed suspiciously tight")

    def whole(self) -> bytes:
        """All of it, now that the answer has ended.

        Raises:
            Misfit: It is packed, and its end is missing.
        """
        if self._unpack is not None and self._packed and not self._unpack.eof:
            raise Misfit("sent an answer that ends too early")
        return self._first or self._rest.getvalue()

    def clear(self) -> None:
        """Lets go of what has come: a failure holds the frames that it came through, and may outlive the call."""
        self._first = b""
        self._rest = BytesIO()
        self._length = 0


def _unpacking(coding: str) -> "zlib._Decompress | None":
    if coding not in {"", "identity", "gzip"}:
        raise Misfit("sent an answer packed in a way that was not asked for")
    return zlib.decompressobj(wbits=31) if coding == "gzip" else None


def too_long(maximum_bytes: int) -> Misfit:
    """What is said of a body beyond the limit."""
    return Misfit(f"sent an answer of more than {maximum_bytes} bytes")
