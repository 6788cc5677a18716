"""The connections to one upstream: kept, used again, and bounded."""

import asyncio
from dataclasses import replace
from typing import Final

import httpx

from gateway.wire.large import LargeBodies
from gateway.wire.lean.connection import IDLE_SECONDS, Connection, Surroundings
from gateway.wire.lean.heads import Heads
from gateway.wire.lean.origin import Origin
from gateway.wire.turns import Turns

FRESH_SECONDS: Final = 4.0
"""A connection that has been idle for longer carries no write: servers close idle ones after 5 s and more."""

MOMENT: Final = 0.5
"""Seconds for which a connection that has answered is given to a read without a look at its socket: that would find
only what has come since the loop looked. A read that breaks off is repeated; a write is not."""


class Pool:
    """Gives out connections, the one that was used last first, so that the others can grow old and go.

    Args:
        origin: Of the upstream.
        connections: At most so many are open.
        maximum_bytes: Of an unpacked body.
        wait_seconds: For one that is free.
        pace: Seconds; the shortest patience that any request has.

    Attributes:
        idle: Connections that nobody uses, by when they were used last.
        closed: It gives out none any more.
    """

    def __init__(
        self, origin: Origin, *, connections: int, maximum_bytes: int, wait_seconds: float, pace: float
    ) -> None:
        self._origin = origin
        self._connections = connections
        self._wait_seconds = wait_seconds
        self._free = connections
        self._turns = Turns(self._leave)
        self._surroundings = Surroundings(maximum_bytes, pace, Heads(maximum_bytes), LargeBodies(), self._lost)
        self.idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening = 0
        self.closed = False

    def at_hand(self, *, fresh: bool) -> Connection | None:
        """A connection that is kept and idle, to be given back; None where `take` has to be asked for one.

        Args:
            fresh: It must not have been idle for long, and is looked at even where it was used a moment ago.
        """
        idle = self.idle
        if not self._free or not idle:
            return None
        connection: Connection | None = idle[-1]
        if not fresh and idle[-1].usable(IDLE_SECONDS, MOMENT):
            del idle[-1]
        else:
            connection = self._kept(FRESH_SECONDS if fresh else IDLE_SECONDS)
            if connection is None:
                return None
        self._free -= 1
        return connection

    async def take(self, *, fresh: bool) -> Connection:
        """A connection; to be given back.

        Args:
            fresh: It must not have been idle for long.

        Raises:
            httpx.PoolTimeout: None becomes free.
            httpx.ConnectError: See `Origin.open`; also where the pool is closed meanwhile.
            httpx.ConnectTimeout: The same.
        """
        if self._free:
            self._free -= 1
        elif not await self._turns.wait(self._wait_seconds):
            raise httpx.PoolTimeout("")
        try:
            return self._kept(FRESH_SECONDS if fresh else IDLE_SECONDS) or await self._open()
        except BaseException:
            self._leave()
            raise

    def give_back(self, connection: Connection) -> None:
        """Keeps the connection where it can be asked again."""
        if connection.open:
            self.idle.append(connection)
        if self._turns.waiting:
            self._leave()
        else:
            self._free += 1

    def _leave(self) -> None:
        if not self._turns.grant():
            self._free += 1

    def limit(self, seconds: float) -> None:
        """Requests may take so long in all: connections look at the clock no less often."""
        self._surroundings = replace(self._surroundings, pace=min(self._surroundings.pace, seconds))

    async def close(self) -> None:
        """Closes all connections, those in use as well."""
        self.closed = True
        self.idle.clear()
        await self._origin.close()
        await asyncio.gather(*(connection.close() for connection in [*self._all]))

    def _kept(self, seconds: float) -> Connection | None:
        idle = self.idle
        while idle:
            connection = idle.pop()
            if connection.usable(seconds):
                return connection
            if connection.usable():
                idle.append(connection)  # not this time
                break
            connection.abort()
        return None

    async def _open(self) -> Connection:
        while self.idle and len(self._all) + self._opening >= self._connections:
            self.idle.pop(0).abort()
        self._opening += 1
        try:
            connection = await self._origin.open(lambda: Connection(self._surroundings))
        finally:
            self._opening -= 1
        if self.closed:
            await connection.close()
            raise httpx.ConnectError("")
        if connection.open:
            self._all.add(connection)
        return connection

    def _lost(self, connection: Connection) -> None:
        self._all.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
