"""What all connections of a server share: how much time, space and company each may have."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.door.patience import Patience


@dataclass
class Bounds:
    """What all connections of a server share.

    Attributes:
        header_seconds: How long the head of a request may take; up to half as long again.
        header_bytes: How large it may be.
        connections: How many there may be at once.
        write_seconds: How long a client may leave an answer unread.
        idle_seconds: How long a connection stays open between two requests; up to half as long again.
        draining: The server ends: every answer is the last one of its connection.
    """

    header_seconds: float
    header_bytes: int
    connections: int
    write_seconds: float
    idle_seconds: float = 75.0
    draining: bool = False
    told: bool = False
    heads: Patience = field(init=False)
    idle: "Rounds" = field(init=False)

    def __post_init__(self) -> None:
        self.heads = Patience(self.header_seconds)
        self.idle = Rounds(self.idle_seconds)


class Resting(Protocol):
    """What may be of no use any more."""

    def rest(self) -> None:
        """Called at every round, from the event loop."""


class Rounds:
    """Goes round all connections, twice in `seconds`: for that, none has to set a timer, or to be noted, per request.

    Args:
        seconds: Whoever has seen `ROUNDS` of them has waited as long, or up to half as long again.
    """

    ROUNDS: Final = 3

    __slots__ = ("_loop", "_resting", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._resting: set[Resting] = set()
        self._loop: asyncio.AbstractEventLoop | None = None  # where a round is due

    def join(self, resting: Resting, loop: asyncio.AbstractEventLoop) -> None:
        """Take part from now on."""
        self._resting.add(resting)
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(self._seconds / 2, self._go)

    def leave(self, resting: Resting) -> None:
        """Take part no longer."""
        self._resting.discard(resting)

    def _go(self) -> None:
        for resting in [*self._resting]:
            resting.rest()
        if self._resting and self._loop is not None:
            self._loop.call_later(self._seconds / 2, self._go)
        else:
            self._loop = None
