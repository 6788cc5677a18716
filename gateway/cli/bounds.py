"""What all connections of a server share: how much time, space and company each may have."""

from collections.abc import Callable
from dataclasses import dataclass, field

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
    idle: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.heads = Patience(self.header_seconds)
        self.idle = Patience(self.idle_seconds)


class Idleness:
    """The time between an answer and the next request of a connection.

    Args:
        end: Ends the connection.
    """

    __slots__ = ("overdue",)

    def __init__(self, end: Callable[[], None]) -> None:
        self.overdue = end
