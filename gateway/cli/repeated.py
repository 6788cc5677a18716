"""Heads that a client sends again and again on one connection: read once, known from then on.

Apps and proxies keep their connections, and send the same method, target and headers with each request: only the length
of the body differs. What the parser and all checks have accepted once, they would accept again.
"""

import re
from typing import Final

from gateway.door.head import Head

MOST: Final = 8
"""Heads of one connection. A client that never repeats one takes no more room than that, and is read as ever."""

LONGEST: Final = 4096
"""In bytes, of a head that is kept."""

_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)\r\n", re.IGNORECASE)
_MOST_DIGITS: Final = 19


class Repeated:
    """The heads that one connection knows.

    Args:
        most: The bytes that a head may have.

    Attributes:
        known: What stands before the length, what stands behind it up to the body, and what the head says.
    """

    __slots__ = ("_longest", "known")

    def __init__(self, most: int) -> None:
        self._longest = min(LONGEST, most - _MOST_DIGITS)  # with any length
        self.known: list[tuple[bytes, bytes, Head]] = []

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """The head and the body of a request; None where it is not one whole request with a head that is known."""
        for before, after, head in self.known:
            at = len(before)
            if data[:at] == before:
                end = data.find(b"\r", at, at + _MOST_DIGITS + 1)
                begin = end + len(after)
                body = data[begin:]
                if data[at:end] == str(len(body)).encode() and data[end:begin] == after:
                    return head, body
        return None

    def learn(self, data: bytes, head: Head) -> None:
        """Keep the head of a request that has been accepted.

        Args:
            data: All of it, and nothing else: the head with one Content-Length, and so many bytes of body.
            head: What it says.
        """
        end = data.find(_END) + len(_END)
        length = _LENGTH.search(data, 0, end)
        if len(self.known) >= MOST or end > self._longest or length is None or b"transfer-encoding" in head.headers.raw:
            return
        if length[1] == b"%d" % (len(data) - end) and self.find(data) is None:
            self.known.append((data[: length.start(1)], data[length.end(1) : end], head.without_length()))
