"""One application on one real socket, by uvicorn's protocol, in the running event loop."""

import asyncio
import socket
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.sandbox.faults import CONNECTION

_BACKLOG = 2048
_GRACE = 0.5


class BreakableProtocol(HttpToolsProtocol):
    """HTTP whose connection the application can break: it finds it in the scope's extensions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **kwargs)
        self.access_log = False

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        scope: Any = self.scope  # uvicorn's TypedDict knows only the standard extensions
        scope["extensions"] = {CONNECTION: {"transport": self.transport}}


class Listener:
    """An application on a socket; no signal handlers, no log lines, no lifespan."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", http=BreakableProtocol)
        self._host = host
        self._wanted_port = port
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Bind the socket and answer; `port` is the bound one.

        Raises:
            OSError: The port is taken.
        """
        self._config.load()
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # With the protocol named, asyncio sets TCP_NODELAY; without it, each answer waits 40 ms for an acknowledgement.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, self._wanted_port))
        except OSError:
            bound.close()
            raise
        self.port = bound.getsockname()[1]
        protocol = partial(BreakableProtocol, config=self._config, server_state=self._state, app_state={})
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(protocol, sock=bound, backlog=_BACKLOG)

    async def stop(self) -> None:
        """Take no more connections, let the requests in hand end for a moment, and close."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=_GRACE)
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        left = set(self._state.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None
