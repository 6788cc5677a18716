"""One request and its answer on a connection: the head of an answer is written with its body.

Two writes are two calls of the system, and each costs more than all that is done here.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import structlog
from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.cli.eager import Eager
from gateway.cli.header_lines import line_of, lines_of
from gateway.cli.incoming import Incoming
from gateway.door.interruption import CancelOnDisconnect, Interruption

if TYPE_CHECKING:
    from starlette.types import Receive

    from gateway.cli.turns import Turns
    from gateway.door.head import Head
    from gateway.door.patience import Patience

LARGE: Final = 262_144
"""A body of more bytes is written by itself: to copy it would cost more than a call."""

_CLOSING: Final = b"connection: close\r\n\r\n"
"""The end of a head, where the connection does not stay."""

_STAYING: Final = b"\r\n\r\n"
_LEAVING: Final = b"\r\n" + _CLOSING
"""The end of its last line, and of the head."""

_DEFECT_HEAD: Final[HTTPResponseStartEvent] = {
    "type": "http.response.start",
    "status": 500,
    "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21"), (b"connection", b"close")],
}
_DEFECT: Final[HTTPResponseBodyEvent] = {
    "type": "http.response.body",
    "body": b"Internal Server Error",
    "more_body": False,
}

_CONNECTION: Final = frozenset({b"connection", b"transfer-encoding"})
_BODILESS: Final = frozenset({204, 304})

ServeCycle: TypeAlias = Callable[["Cycle"], Coroutine[Any, Any, None]]
"""Serves a request, by ASGI or as the door does."""

_log = structlog.get_logger(__name__)


class Cycle(Incoming, Eager):
    """A request and its answer: by ASGI, and as a `Request` of the door.

    Args:
        connection: It came on.
        method: Upper-case.
        keep_alive: The connection may stay after the answer.

    Attributes:
        head: What the request says; not there where it is served by ASGI.
        scope: ASGI's; not there where the request is served without it.
        task: Serves the request: itself, where that needs no task, or not yet; None before and afterwards.
        cancellable: As the door has it.
    """

    head: "Head"
    scope: HTTPScope
    task: "asyncio.Task[None] | Cycle | None" = None
    cancellable = False
    chunked_encoding: bool | None = None
    expected_content_length = 0
    _start: HTTPResponseStartEvent | None = None
    _watch: Interruption | None = None

    def __init__(self, connection: "Turns", method: str, *, keep_alive: bool) -> None:
        self.connection = connection
        self.method = method
        self.keep_alive = keep_alive

    def begin(self, head: "Head", body: bytes, serve: ServeCycle) -> None:
        """Serve the request, which is there as a whole, up to where that waits; from then on it goes on by itself."""
        self.head, self.body, self.more_body, self._news = head, body, False, True
        connection = self.connection
        self.task = self
        if self.carry_out(serve(self), connection.loop):
            connection.tasks.add(self)  # type: ignore[arg-type]  # they are to be cancelled, and no more

    async def run(self, serve: ServeCycle) -> None:
        """Serve the request in a task of its own."""
        try:
            await serve(self)
            if not self.response_complete and not self.lost:
                _log.error("a request was not answered to its end")
                await self._broken()
        except BaseException as error:  # noqa: BLE001  as uvicorn: whatever it is, the connection is not left waiting
            if not (self.lost and isinstance(error, asyncio.CancelledError)):
                _log.exception("a request was not answered")
                await self._broken()
        finally:
            self.ended()

    def ended(self) -> None:
        """Let go of what served it, and of all that was read and made meanwhile."""
        connection = self.connection
        connection.tasks.discard(self.task)
        self.task = self._watch = None
        if connection.running is self:
            connection.running = None

    async def _broken(self) -> None:
        if self.response_started:
            self.connection.transport.close()
        else:
            self._start = None
            await self.send(_DEFECT_HEAD)
            await self.send(_DEFECT)

    async def send(self, message: ASGISendEvent) -> None:
        """Write an answer, its head with the body where its length is known."""
        if self.connection.flow.write_paused and not self.lost:
            await self.connection.flow.drain()
        if self.lost:
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
        if self.response_started or self._start or self.connection.flow.write_paused or self.method == "HEAD":
            return False
        if self.lost:
            return True
        connection = self.connection
        own = lines_of(connection.server_state.default_headers)
        length = str(len(body)).encode()
        end = _STAYING if self.keep_alive else _LEAVING
        if len(body) <= LARGE:
            connection.transport.write(b"".join((STATUS_LINE[status], own, fields, length, end, body)))
        else:
            connection.transport.write(b"".join((STATUS_LINE[status], own, fields, length, end)))
            connection.transport.write(body)
        self.response_started = True
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
        self.connection.transport.write(b"".join(lines))
        if len(body) > LARGE:
            self.connection.transport.write(body)
        self._wrote(length, body, more=more)

    def _go_on(self, body: bytes, *, more: bool) -> None:
        """Write a further piece of the body."""
        length = self.expected_content_length
        if self.method == "HEAD":
            body, length = b"", 0
        elif self.chunked_encoding:
            self.connection.transport.write(b"".join(_chunk(body, more=more)))
            body = b""
        elif len(body) <= length:
            self.connection.transport.write(body)
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
        lines = [STATUS_LINE[status], lines_of(self.connection.server_state.default_headers)]
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
        if self._told is not None:
            self.tell()
        if not self.keep_alive:
            self.connection.transport.close()
        self.connection.on_response_complete()

    def lose(self) -> None:
        """Note that the client is gone before it was answered."""
        if self.response_complete or self.lost:
            return
        self.lost = True
        self.tell()
        if self._watch is not None:
            self._watch.overdue()
        elif self.cancellable and self.task is not None:
            self.task.cancel()

    def watched(self, patience: "Patience") -> Interruption:
        """What interrupts a block as soon as the connection is lost; see `Request.watched`."""
        if self.task is None:
            raise RuntimeError("The request is not being served.")
        if self.more_body:  # nobody reads it, and a client behind it would not be seen leaving
            return CancelOnDisconnect(cast("Receive", self.receive), patience)
        self._watch = watch = Interruption(self.task)
        if self.lost:
            watch.overdue()
        return watch

    def _at_end(self, error: BaseException | None) -> None:
        """What needed no task has ended; a task ends it where it was not answered."""
        if error is None and self.response_complete:
            self.ended()
        else:
            self.connection.tasks.discard(self)
            self.connection.start(self, partial(_come_to, error))


async def _come_to(error: BaseException | None, _cycle: Cycle) -> None:
    if error is not None:
        raise error


def _chunk(body: bytes, *, more: bool) -> list[bytes]:
    piece = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
    return piece if more else [*piece, b"0\r\n\r\n"]
