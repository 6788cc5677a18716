"""One request and its answer on a connection: the head of an answer is written with its body.

Two writes are two calls of the system, and each costs more than all that is done here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import structlog
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent, HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.cli.header_lines import line_of, lines_of
from gateway.door.events import LEAVING
from gateway.door.interruption import CancelOnDisconnect, Interruption

if TYPE_CHECKING:
    from starlette.types import Receive

    from gateway.door.patience import Patience

LARGE: Final = 262_144
"""A body of more bytes is written by itself: to copy it would cost more than a call."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSING: Final = b"connection: close\r\n\r\n"
"""The end of a head, where the connection does not stay."""

_CONNECTION: Final = frozenset({b"connection", b"transfer-encoding"})
_BODILESS: Final = frozenset({204, 304})

ServeCycle: TypeAlias = Callable[["Cycle"], Awaitable[None]]
"""Serves a request, by ASGI or as the door does."""

_log = structlog.get_logger(__name__)


class Cycle(RequestResponseCycle):
    """A request and its answer: by ASGI, and as a `Request` of the door.

    Args:
        connection: Its parser stands at the end of the head.
        version: Of HTTP.
        query_string: Of the request.

    Attributes:
        task: Serves the request; None before and afterwards.
        scope: ASGI's; not there where the request is served without it.
    """

    scope: HTTPScope

    def __init__(self, connection: HttpToolsProtocol, version: str, query_string: bytes) -> None:
        parser = connection.parser
        self.method = parser.get_method().decode("ascii")
        self.headers = connection.headers
        self.query_string = query_string
        self.transport = connection.transport
        self.flow = connection.flow
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.task: asyncio.Task[None] | None = None
        self.disconnected = False
        self.keep_alive = version != "1.0" and parser.should_keep_alive()
        self.waiting_for_100_continue = connection.expect_100_continue
        self.body = bytearray()
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.chunked_encoding: bool | None = None
        self.expected_content_length = 0
        self._start: HTTPResponseStartEvent | None = None
        self._leaving = False
        self._news = False  # there is something to receive
        self._told: asyncio.Event | None = None
        self._watch: Interruption | None = None

    async def run(self, serve: ServeCycle, tasks: set[asyncio.Task[None]]) -> None:
        """Serve the request; leave `tasks` at the end."""
        try:
            await serve(self)
            if not self.response_complete and not self.disconnected:
                _log.error("a request was not answered to its end")
                await self._broken()
        except BaseException:  # noqa: BLE001  as uvicorn: whatever it is, the connection is not left waiting
            _log.exception("a request was not answered")
            await self._broken()
        finally:
            if self.task is not None:
                tasks.discard(self.task)
            self.task = None
            self.on_response = _nothing

    async def _broken(self) -> None:
        if self.response_started:
            self.transport.close()
        else:
            self._start = None
            await self.send_500_response()

    async def send(self, message: ASGISendEvent) -> None:
        """Write an answer, its head with the body where its length is known."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        start = self._start
        if message["type"] == "http.response.body" and not self.response_complete:
            if start is not None:
                self._start = None
                self._begin(start, message.get("body", b""), more=message.get("more_body", False))
                return
            if self.response_started:
                self._go_on(message.get("body", b""), more=message.get("more_body", False))
                return
        elif message["type"] == "http.response.start" and start is None and not self.response_started:
            if any(name == b"content-length" for name, _ in message.get("headers", ())):
                self._start = message
            else:  # a stream, whose reader waits for the head
                self._begin(message, b"", more=True)
            return
        raise RuntimeError(f"The message {message['type']} is not due.")

    def reply(self, status: int, fields: bytes, body: bytes) -> bool:
        """Write a whole answer; see `Request.reply`."""
        if self.response_started or self._start or self.flow.write_paused or self.method == "HEAD":
            return False
        if self.disconnected:
            return True
        head = (STATUS_LINE[status], lines_of(self.default_headers), fields, b"\r\n" if self.keep_alive else _CLOSING)
        if len(body) <= LARGE:
            self.transport.write(b"".join((*head, body)))
        else:
            self.transport.write(b"".join(head))
            self.transport.write(body)
        self.response_started = True
        self.waiting_for_100_continue = False
        self._end()
        return True

    def _begin(self, start: HTTPResponseStartEvent, body: bytes, *, more: bool) -> None:
        """Write the head, and the first piece of the body, or all of it."""
        lines, length = self._head(start)
        self.response_started = True
        self.waiting_for_100_continue = False
        if self.method == "HEAD":
            body, length = b"", 0
        elif self.chunked_encoding:
            lines += _chunk(body, more=more)
            body, length = b"", 0
        elif len(body) <= LARGE:
            lines.append(body)
        self.transport.write(b"".join(lines))
        if len(body) > LARGE:
            self.transport.write(body)
        self._wrote(length, body, more=more)

    def _go_on(self, body: bytes, *, more: bool) -> None:
        """Write a further piece of the body."""
        length = self.expected_content_length
        if self.method == "HEAD":
            body, length = b"", 0
        elif self.chunked_encoding:
            self.transport.write(b"".join(_chunk(body, more=more)))
            body = b""
        elif len(body) <= length:
            self.transport.write(body)
        self._wrote(length, body, more=more)

    def _wrote(self, length: int, body: bytes, *, more: bool) -> None:
        self.expected_content_length = length - len(body)
        if self.expected_content_length < 0 or (not more and self.expected_content_length):
            raise RuntimeError("The body is not as long as its Content-Length says.")
        if not more:
            self._end()

    def _head(self, start: HTTPResponseStartEvent) -> tuple[list[bytes], int]:
        """The lines of a head, and how long it says that the body is; 0 where it does not say so."""
        status = start["status"]
        lines = [STATUS_LINE[status], lines_of(self.default_headers)]
        length = -1
        for header in start.get("headers", ()):
            lines.append(line_of(header))
            if header[0] == b"content-length":
                length = int(header[1])
            elif header[0] in _CONNECTION:
                self._note(*header)
        if self.chunked_encoding is None and length < 0 and status not in _BODILESS and self.method != "HEAD":
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n" if self.keep_alive else _CLOSING)
        return lines, max(length, 0)

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"transfer-encoding":
            self.chunked_encoding = value.lower() == b"chunked" or None
        elif b"close" in value.lower():
            self.keep_alive = False

    def _end(self) -> None:
        self.response_complete = True
        self.tell()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def tell(self) -> None:
        """Wake whoever receives."""
        self._news = True
        if self._told is not None:
            self._told.set()

    def leave(self) -> None:
        """Tell an answer that has begun, and may have no end, that the server ends."""
        if self.response_started:
            self._leaving = True
            self.tell()

    def lose(self) -> None:
        """Note that the client is gone before it was answered."""
        if self.response_complete or self.disconnected:
            return
        self.disconnected = True
        self.tell()
        if self._watch is not None:
            self._watch.overdue()

    def whole(self, limit: int) -> bytes | None:
        """The body where it is there; see `Request.whole`."""
        if self.more_body or self.disconnected or len(self.body) > limit:
            return None
        self._news = False
        self.flow.resume_reading()
        body, self.body = self.body, bytearray()
        return bytes(body)

    def watched(self, patience: "Patience") -> Interruption:
        """What interrupts a block as soon as the connection is lost; see `Request.watched`."""
        if self.task is None:
            raise RuntimeError("The request is not being served.")
        if self.more_body:  # nobody reads it, and a client behind it would not be seen leaving
            return CancelOnDisconnect(cast("Receive", self.receive), patience)
        self._watch = watch = Interruption(self.task)
        if self.disconnected:
            watch.overdue()
        return watch

    async def receive(self) -> ASGIReceiveEvent:
        """Read on; at once where there is something."""
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(_CONTINUE)
            self.waiting_for_100_continue = False
        if not (self.disconnected or self.response_complete):
            self.flow.resume_reading()
            await self._something()
            self._news = False
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        if self._leaving:
            self._leaving = False
            return cast("ASGIReceiveEvent", LEAVING)
        body, self.body = self.body, bytearray()
        return {"type": "http.request", "body": bytes(body), "more_body": self.more_body}

    async def _something(self) -> None:
        while not self._news:
            if self._told is None:
                self._told = asyncio.Event()
            self._told.clear()
            await self._told.wait()


def _nothing() -> None:
    pass


def _chunk(body: bytes, *, more: bool) -> list[bytes]:
    piece = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
    return piece if more else [*piece, b"0\r\n\r\n"]
