"""A server of bytes on a loopback port, and the bottom of the chain pointed at it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import pytest

from gateway.wire.transport import HttpxTransport

MAXIMUM_BYTES = 100_000

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class ByteServer:
    """Takes a request's head and body, then behaves as it is told.

    Attributes:
        port: Where it listens.
        heads: The heads that came in, as text.
        connections: How many were opened.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.heads: list[str] = []
        self.connections = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    self.heads.append(head)
                    lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
                    await reader.readexactly(int(lengths[0].split(":")[1]) if lengths else 0)
                    await self._behaviour(reader, writer)
                    if writer.is_closing():
                        break
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Listen(Protocol):
    async def __call__(self, behaviour: Behaviour | bytes) -> ByteServer: ...


class Reach(Protocol):
    def __call__(self, port: int, *, attempt_seconds: float = 2.0) -> HttpxTransport: ...


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Starts a server that behaves so; bytes are written and the connection is closed."""
    servers: list[ByteServer] = []

    async def start(behaviour: Behaviour | bytes) -> ByteServer:
        if isinstance(behaviour, bytes):
            answer = behaviour

            async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(answer)
                await writer.drain()
                writer.close()

            behaviour = write
        server = ByteServer(behaviour)
        await server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def reach() -> AsyncIterator[Reach]:
    """Makes the bottom of a chain; it takes bodies of at most 100 000 bytes."""
    made: list[HttpxTransport] = []

    def connect(port: int, *, attempt_seconds: float = 2.0) -> HttpxTransport:
        transport = HttpxTransport(
            f"http://127.0.0.1:{port}",
            connect_seconds=1.0,
            attempt_seconds=attempt_seconds,
            connections=4,
            maximum_bytes=MAXIMUM_BYTES,
        )
        made.append(transport)
        return transport

    yield connect
    for transport in made:
        await transport.close()
