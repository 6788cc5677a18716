"""The connections to one upstream: kept, used again, and bounded."""

import asyncio
from dataclasses import replace

import httpx

from gateway.wire.large import LargeBodies
from gateway.wire.lean.connection import Connection, Surroundings
from gateway.wire.lean.heads import Heads
from gateway.wire.lean.idle import FRESH_SECONDS, IDLE_SECONDS
from gateway.wire.lean.origin import Origin
from gateway.wire.turns import Turns


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

    def trusted(self, now: float) -> Connection | None:
        """The connection that was used last, to be given back, where it need not even be looked at; not for a write."""
        idle = self.idle
        if not self._free or not idle or idle[-1].trusted_until <= now:
            return None
        self._free -= 1
        return idle.pop()

    def at_hand(self, *, fresh: bool) -> Connection | None:
        """A connection that is kept and idle, to be given back; None where `take` has to be asked for one.

        Args:
            fresh: It must not have been idle for long.
        """
        connection = self._kept(FRESH_SECONDS if fresh else IDLE_SECONDS) if self._free else None
        if connection is not None:
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
