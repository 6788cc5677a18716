"""Faults on demand: what an upstream does on a bad day, and a record of what it was asked."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Literal

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTROL = "/__sandbox/"
CONNECTION = "sandbox.connection"
REMEMBERED = 10_000
_GARBAGE = b"<!doctype html>\x00\xff{not json"

FaultKind = Literal["latency", "status", "reset", "cut", "garbage", "hang"]


@dataclass
class Fault:
    """One fault: whom it strikes, what it does, how often.

    Attributes:
        fault: latency (seconds, then the answer), status (that status in the vendor's error shape), reset (the
            connection breaks before the request is handled), cut (the request is handled, half of the answer's body
            arrives), garbage (200 with bytes that are no JSON), hang (no answer at all).
        path: A glob over the path; `*` matches slashes too.
        method: An HTTP method, or `*`.
        times: How often it strikes; None is always.
        struck: How often it has struck.
    """

    fault: FaultKind
    path: str = "*"
    method: str = "*"
    seconds: float = 1.0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether a request is struck; counts it if so."""
        spent = self.times is not None and self.struck >= self.times
        if spent or self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        self.struck += 1
        return True


class Faults:
    """The faults of one stand-in, and the requests that it was sent."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.requests: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._released = False
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, fault: Fault) -> None:
        """Let a fault strike from now on; the first that matches wins, latency goes with any other."""
        self.active.append(fault)

    def clear(self) -> None:
        """Take all faults back."""
        self.active.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The faults as JSON, with how often each has struck."""
        return [asdict(fault) for fault in self.active]

    def release(self) -> None:
        """End every wait, for good: the server is closing."""
        self._released = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seconds: float | None) -> None:
        """Wait for seconds, or for ever; ends early when the server closes."""
        if self._released:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(waiter, seconds)
        finally:
            self._waiting.discard(waiter)


class FaultInjection:
    """ASGI middleware that records each request and lets the faults strike it."""

    def __init__(self, app: ASGIApp, faults: Faults, error: Callable[[int, str], Response]) -> None:
        self._app = app
        self._faults = faults
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        self._faults.requests.append(_record(scope))
        for fault in list(self._faults.active):
            if not fault.strikes(scope["method"], scope["path"]):
                continue
            if fault.fault == "latency":
                await self._faults.wait(fault.seconds)
                continue
            await self._strike(fault, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.fault == "status":
            response = self._error(fault.status, _sentence(fault.status))
            response.headers.update(fault.headers)
            await response(scope, receive, send)
        elif fault.fault == "garbage":
            await Response(_GARBAGE, 200, fault.headers, "application/json")(scope, receive, send)
        elif fault.fault == "cut":
            await self._cut(scope, receive, send)
        elif fault.fault == "reset":
            await _break(scope, receive, reset=True)
        else:
            await _first(self._faults.wait(None), _disconnected(receive))
            await _break(scope, receive, reset=True)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        heads: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                heads.append(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, collect)
        if len(body) > 1:
            MutableHeaders(scope=heads[0])["Content-Length"] = str(len(body))
            await send(heads[0])
            await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True})
        await _break(scope, receive, reset=False)


async def _break(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Break the connection; without one (in-process transport) raise as a broken connection does.

    Raises:
        ConnectionResetError: There is no socket to break.
    """
    connection = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionResetError("The sandbox broke the connection.")
    transport: asyncio.Transport = connection["transport"]
    if reset:
        peer = transport.get_extra_info("socket")
        if peer is not None and not transport.is_closing():
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*waits: Any) -> None:  # noqa: ANN401 - coroutines of any result
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _record(scope: Scope) -> dict[str, Any]:
    return {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
    }


def _sentence(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
