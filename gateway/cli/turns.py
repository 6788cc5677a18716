"""The requests of one connection, each served when those before it are answered."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from enum import Enum, auto
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.cli.cycle import Cycle, ServeCycle
from gateway.cli.scope import scope_of
from gateway.door.request import Direct

GLANCE_SECONDS: Final = 0.03
"""How long nothing is read where requests came before their turn: a client that leaves would not be seen."""


class At(Enum):
    """Where in a request its connection is."""

    BETWEEN = auto()
    HEAD = auto()
    BODY = auto()


class Turns(HttpToolsProtocol):
    """uvicorn's connection, with cycles of our own.

    Args:
        direct: What is served without ASGI.
    """

    cycle: Cycle

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        direct: Direct | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._path = direct.path if direct else None
        self._serve = cast("ServeCycle", direct.serve if direct else None)
        self._at = At.BETWEEN
        self._moved = False  # since this was last set, a head or a request ended, or a piece of a body came
        self._running: Cycle | None = None
        self._waiting: deque[tuple[Cycle, ServeCycle]] = deque()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  as uvicorn has it
        """End."""
        self.connections.discard(self)
        for cycle in filter(None, (self._running, self.cycle)):
            cycle.lose()
        self.flow.resume_writing()
        self.parser = None  # type: ignore[assignment]  # as uvicorn has it: the two hold each other

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._at = At.HEAD
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def begin(self, version: str) -> None:
        """Begin the request whose head has just been read, now or when those before it are answered.

        Args:
            version: Of HTTP.
        """
        free = self.answered()
        path, _, query = self.url.partition(b"?")
        self.cycle = cycle = Cycle(self, version, query)
        serve: ServeCycle
        if path == self._path and b"#" not in query:
            serve = self._serve
        else:
            cycle.scope = scope_of(self, version)
            serve = self._by_asgi
        if free:
            self._start(cycle, serve)
            return
        if not self._waiting:
            self.loop.call_later(GLANCE_SECONDS, self._glance)
        self.flow.pause_reading()
        self._waiting.append((cycle, serve))

    def _glance(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _by_asgi(self, cycle: Cycle) -> Awaitable[None]:
        running: Awaitable[None] = self.app(cycle.scope, cycle.receive, cycle.send)
        return running

    def _start(self, cycle: Cycle, serve: ServeCycle) -> None:
        self._running = cycle
        cycle.task = task = self.loop.create_task(cycle.run(serve, self.tasks))
        self.tasks.add(task)

    def go_on(self) -> bool:
        """Serve the request whose turn it is; False where there is none."""
        if not self._waiting:
            return False
        self._start(*self._waiting.popleft())
        return True

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._moved = True
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.tell()

    def on_message_complete(self) -> None:
        """End the request."""
        self._at = At.BETWEEN
        self._moved = True
        if not self.answered():
            self.cycle.more_body = False
            self.cycle.tell()

    def answered(self) -> bool:
        """Whether no answer is due."""
        # None before the first request
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]
