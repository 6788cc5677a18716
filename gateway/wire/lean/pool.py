"""The connections to one upstream: kept, used again, and bounded."""

import asyncio
from typing import Final

import httpx

from gateway.wire.large import LargeBodies
from gateway.wire.lean.connection import IDLE_SECONDS, Connection, Surroundings
from gateway.wire.lean.origin import Origin

FRESH_SECONDS: Final = 4.0
"""A connection that has been idle for longer carries no write: servers close idle ones after 5 s and more."""


class Pool:
    """Gives out connections, the one that was used last first, so that the others can grow old and go.

    Args:
        origin: Of the upstream.
        connections: At most so many are open.
        maximum_bytes: Of an unpacked body.
        wait_seconds: For one that is free.
        pace: Seconds; the shortest patience that any request has.
    """

    def __init__(
        self, origin: Origin, *, connections: int, maximum_bytes: int, wait_seconds: float, pace: float
    ) -> None:
        self._origin = origin
        self._connections = connections
        self._wait_seconds = wait_seconds
        self._places = asyncio.Semaphore(connections)
        self._surroundings = Surroundings(maximum_bytes, pace, LargeBodies(), self._lost)
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._opening = 0
        self.closed = False

    async def take(self, *, fresh: bool) -> Connection:
        """A connection; to be given back.

        Args:
            fresh: It must not have been idle for long.

        Raises:
            httpx.PoolTimeout: None becomes free.
            httpx.ConnectError: See `Origin.open`; also where the pool is closed meanwhile.
            httpx.ConnectTimeout: The same.
        """
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        connection = self._kept(FRESH_SECONDS if fresh else IDLE_SECONDS)
        if connection is None:
            try:
                connection = await self._open()
            except BaseException:
                self._places.release()
                raise
        self._busy.add(connection)
        return connection

    def give_back(self, connection: Connection) -> None:
        """Keeps the connection where it can be asked again."""
        self._busy.discard(connection)
        if connection.open:
            self._idle.append(connection)
        self._places.release()

    async def close(self) -> None:
        """Closes all connections, those in use as well."""
        self.closed = True
        await self._origin.close()
        await asyncio.gather(*(connection.close() for connection in [*self._idle, *self._busy]))

    def _kept(self, seconds: float) -> Connection | None:
        while self._idle:
            connection = self._idle[-1]
            if connection.usable(seconds):
                return self._idle.pop()
            if connection.usable():
                break  # not this time
            self._idle.pop().abort()
        return None

    async def _open(self) -> Connection:
        while self._idle and len(self._idle) + len(self._busy) + self._opening >= self._connections:
            self._idle.pop(0).abort()
        self._opening += 1
        try:
            connection = await self._origin.open(lambda: Connection(self._surroundings))
        finally:
            self._opening -= 1
        if self.closed:
            await connection.close()
            raise httpx.ConnectError("")
        return connection

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("") from None

    def _lost(self, connection: Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
