"""Pools and transports of the lean kind, with figures of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from gateway.wire.lean.origin import Origin
from gateway.wire.lean.pool import Pool
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.transport import trust


@pytest.fixture
async def lean() -> AsyncIterator[Callable[..., LeanTransport]]:
    """Makes transports to a port of this machine."""
    made: list[LeanTransport] = []

    def make(port: int, connections: int = 4, maximum_bytes: int = 100_000, patience: float = 10.0) -> LeanTransport:
        transport = LeanTransport(
            f"http://127.0.0.1:{port}",
            connect_seconds=5.0,
            attempt_seconds=patience,
            connections=connections,
            maximum_bytes=maximum_bytes,
        )
        made.append(transport)
        return transport

    yield make
    for transport in made:
        await transport.close()


@pytest.fixture
async def pool() -> AsyncIterator[Callable[..., Pool]]:
    """Makes pools to a port of this machine."""
    made: list[Pool] = []

    def make(port: int, connections: int = 4, pace: float = 10.0) -> Pool:
        origin = Origin(httpx.URL(f"http://127.0.0.1:{port}"), trust, 5.0)
        pool = Pool(origin, connections=connections, maximum_bytes=1000, wait_seconds=0.1, pace=pace)
        made.append(pool)
        return pool

    yield make
    for each in made:
        await each.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Starts a server that does with each connection as it is told, and closes it; gives its port."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(behaviour: Callable[..., Awaitable[None]], **options: object) -> int:
        async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with suppress(ConnectionError, asyncio.IncompleteReadError):
                    await behaviour(reader, writer)
            finally:
                writer.transport.abort()

        servers.append(await asyncio.start_server(serve_one, "127.0.0.1", 0, **options))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
