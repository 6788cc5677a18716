"""How many long bodies go on being read at once: all that are under way may not be as long as one may."""

import asyncio
from collections import deque
from typing import Final, Protocol

LARGE: Final = 524_288
"""Bytes of a body from which on only `AT_ONCE` go on being read."""

AT_ONCE: Final = 2


BREATH_SECONDS: Final = 0.01
"""After so long the next one goes on: the one before it is made use of first, and let go."""


class Reading(Protocol):
    """Whose body is long."""

    def resume(self) -> None:
        """Goes on."""


class LargeBodies:
    """Those of one upstream that are long."""

    __slots__ = ("_inside", "_waiting")

    def __init__(self) -> None:
        self._inside: set[Reading] = set()
        self._waiting: deque[Reading] = deque()

    @staticmethod
    def is_large(length: int) -> bool:
        """Whether a body of so many bytes is long."""
        return length > LARGE

    def enter(self, reading: Reading) -> bool:
        """Whether it may go on; else it is told when it may."""
        if len(self._inside) < AT_ONCE:
            self._inside.add(reading)
            return True
        self._waiting.append(reading)
        return False

    def leave(self, reading: Reading) -> None:
        """It has ended, or will never do so."""
        if reading in self._waiting:
            self._waiting.remove(reading)
            return
        self._inside.discard(reading)
        if self._waiting:
            following = self._waiting.popleft()
            self._inside.add(following)
            asyncio.get_running_loop().call_later(BREATH_SECONDS, following.resume)

    def waits(self, reading: Reading) -> bool:
        """Whether it has been told to wait."""
        return reading in self._waiting
