"""The requests of one connection, each served when those before it are answered."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from enum import Enum, auto
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.cli.cycle import Cycle, ServeCycle
from gateway.cli.scope import scope_of
from gateway.door.head import Head
from gateway.door.request import Direct

GLANCE_SECONDS: Final = 0.03
"""How long nothing is read where requests came before their turn: a client that leaves would not be seen."""


class At(Enum):
    """Where in a request its connection is."""

    BETWEEN = auto()
    HEAD = auto()
    BODY = auto()


BETWEEN: Final = At.BETWEEN
"""At hand: an enum looks its members up each time."""


class Turns(HttpToolsProtocol):
    """uvicorn's connection, with cycles of our own.

    Args:
        direct: What is served without ASGI.
    """

    cycle: Cycle  # type: ignore[assignment]  # of our own kind

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
        self._begun = 0  # so many heads, since this was last set
        self._moved = False  # since this was last set, a head or a request ended, or a piece of a body came
        self.running: Cycle | None = None  # that is being served
        self._waiting: deque[tuple[Cycle, ServeCycle]] = deque()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  as uvicorn has it
        """End."""
        self.connections.discard(self)
        for cycle in filter(None, (self.running, self.cycle)):
            cycle.lose()
        self.cycle = None  # type: ignore[assignment]  # as before the first request: the two hold each other
        self.flow.resume_writing()
        self.parser = None  # type: ignore[assignment]  # as uvicorn has it: the two hold each other

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._at = At.HEAD
        self._begun += 1
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def begin(self, version: str) -> None:
        """Begin the request whose head has just been read, now or when those before it are answered.

        Args:
            version: Of HTTP.
        """
        free = self.answered()
        parser = self.parser
        method = parser.get_method().decode("ascii")
        self.cycle = cycle = Cycle(self, method, keep_alive=version != "1.0" and parser.should_keep_alive())
        cycle.waiting_for_100_continue = self.expect_100_continue
        serve: ServeCycle
        path, _, query = self.url.partition(b"?")
        if path == self._path and b"#" not in query:
            cycle.head = Head(method, self.headers, query)
            serve = self._serve
        else:
            cycle.scope = scope_of(self, version)
            serve = self._by_asgi
        if free:
            self.start(cycle, serve)
            return
        if not self._waiting:
            self.loop.call_later(GLANCE_SECONDS, self._glance)
        self.flow.pause_reading()
        self._waiting.append((cycle, serve))

    def _glance(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _by_asgi(self, cycle: Cycle) -> Coroutine[Any, Any, None]:
        running: Coroutine[Any, Any, None] = self.app(cycle.scope, cycle.receive, cycle.send)
        return running

    def repeat(self, head: Head, body: bytes, *, keep_alive: bool) -> None:
        """Serve a whole request at once, whose head has been known; those before it are answered."""
        self.cycle = self.running = cycle = Cycle(self, head.method, keep_alive=keep_alive)
        cycle.begin(head, body, self._serve)

    def start(self, cycle: Cycle, serve: ServeCycle) -> None:
        """Serve a request in a task of its own."""
        self.running = cycle
        cycle.task = task = self.loop.create_task(cycle.run(serve))
        self.tasks.add(task)

    def go_on(self) -> bool:
        """Serve the request whose turn it is; False where there is none."""
        if not self._waiting:
            return False
        self.start(*self._waiting.popleft())
        return True

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._moved = True
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.take(body)
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

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
