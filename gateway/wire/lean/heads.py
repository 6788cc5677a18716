"""Heads that an upstream sends again and again: read once, known from then on.

The heads of one upstream's answers differ in the length of the body, and once a second in the date. What has been read
and found plain once, would be read and found plain again.
"""

from collections.abc import Mapping
from typing import Final

from gateway.wire.call import Answer
from gateway.wire.lean.plain import plain

MOST: Final = 4
"""Heads of one upstream; those that came first go first."""

PATIENCE: Final = 32
"""After so many that were learnt for nothing, only one of as many is learnt: some upstreams number their answers."""

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length:"


class Heads:
    """Reads plain answers of one upstream; see `gateway.wire.lean.plain`.

    Args:
        maximum_bytes: Of an unpacked body.

    Attributes:
        known: What stands before the length, what stands behind it up to the body, the bytes of both, and what the head
            says.
    """

    __slots__ = ("_maximum_bytes", "_unfound", "known")

    def __init__(self, maximum_bytes: int) -> None:
        self._maximum_bytes = maximum_bytes
        self._unfound = 0  # heads since one was known
        self.known: list[tuple[bytes, bytes, int, int, Mapping[str, str]]] = []

    def answer(self, data: bytes) -> Answer | None:
        """As `plain`."""
        for before, after, fixed, status, headers in self.known:
            length = len(data) - fixed
            length -= len(str(length))  # too much where it has a digit less itself, and then `plain` looks
            head = b"%b%d%b" % (before, length, after)
            if data.startswith(head) and length <= self._maximum_bytes:
                self._unfound = 0
                return Answer(status, headers, data[len(head) :])
        answer = plain(data, self._maximum_bytes)
        if answer is not None:
            self._unfound += 1
            if self._unfound <= PATIENCE or not self._unfound % PATIENCE:
                self._learn(data, answer)
        return answer

    def _learn(self, data: bytes, answer: Answer) -> None:
        """Keeps the head of an answer whose body stands there as it is."""
        end = data.find(_END) + len(_END)
        at = data[:end].lower().find(_LENGTH) + len(_LENGTH) + 1
        behind = at + len(b"%d" % len(answer.body))
        if data[at - 1 : behind + 1] == b" %d\r" % (len(data) - end) and "content-encoding" not in answer.headers:
            before, after = data[:at], data[behind:end]
            self.known.insert(0, (before, after, len(before) + len(after), answer.status, answer.headers))
            del self.known[MOST:]
