"""What replicas tell each other about upstreams that fail."""

import uuid

from gateway.shared.connection import Connection
from gateway.shared.pipe import Pipe
from gateway.wire.breaker import Breaker
from gateway.wire.circuit import State


class BreakerHints:
    """Once a second: says which breakers are open here, and learns which are open elsewhere.

    A hint opens nothing. It makes a breaker suspicious, so that a few failures of its own are enough: a replica whose
    own network is broken must not close an upstream to all the others.

    Args:
        connection: To the server.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._breakers: dict[str, tuple[Breaker, float]] = {}
        self._here = uuid.uuid4().bytes
        connection.on_beat.append(self._exchange)

    def add(self, word: str, breaker: Breaker, seconds: float) -> None:
        """Takes part for an upstream's breaker, which has one circuit for all callers.

        Args:
            word: The upstream's.
            breaker: That which may hear, and be told of.
            seconds: How long a hint lasts.
        """
        self._breakers[word] = (breaker, seconds)

    async def _exchange(self, pipe: Pipe) -> None:
        if not self._breakers:
            return
        for word, (breaker, seconds) in self._breakers.items():
            if breaker.state is State.OPEN:
                pipe.tell("SET", self._name(word), self._here, "PX", max(int(seconds * 1000), 1))
        told = await pipe.ask("MGET", *map(self._name, self._breakers))
        for (breaker, seconds), who in zip(self._breakers.values(), told, strict=True):
            if who not in {None, self._here}:
                breaker.suspect(seconds)

    def _name(self, word: str) -> str:
        return self._connection.key("breaker", word)
