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

MOST_WHOLE: Final = 1024
"""Heads that are remembered with the length that stands in them: most answers are as long as one before."""

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

    __slots__ = ("_maximum_bytes", "_unfound", "_whole", "known")

    def __init__(self, maximum_bytes: int) -> None:
        self._maximum_bytes = maximum_bytes
        self._unfound = 0  # heads since one was known
        self._whole: dict[int, tuple[bytes, int, int, Mapping[str, str]]] = {}  # by their length and the body's
        self.known: list[tuple[bytes, bytes, int, int, Mapping[str, str]]] = []

    def answer(self, data: bytes) -> Answer | None:
        """As `plain`."""
        whole = self._whole.get(len(data))
        if whole is not None:
            head, end, status, headers = whole
            if data.startswith(head):
                self._unfound = 0
                return Answer(status, headers, data[end:])
        return self._by_parts(data)

    def _by_parts(self, data: bytes) -> Answer | None:
        for before, after, fixed, status, headers in self.known:
            rest = len(data) - fixed
            length = rest - len(str(rest))  # too little where it has a digit less itself, and then `plain` looks
            head = b"%b%d%b" % (before, length, after)
            if data.startswith(head) and len(head) + length == len(data) and length <= self._maximum_bytes:
                self._unfound = 0
                if len(self._whole) >= MOST_WHOLE:
                    self._whole.clear()
                self._whole[len(data)] = head, len(head), status, headers
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
