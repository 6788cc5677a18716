"""One request and its answer on a connection: uvicorn's, which writes the head of an answer with its body.

Two writes are two calls of the system, and each costs more than all that is done here.
"""

import asyncio
import re
from typing import Final, Self, cast
from urllib.parse import unquote

import httptools
import structlog
from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.door.events import LEAVING

LARGE: Final = 262_144
"""A body of more bytes is written by itself: to copy it would cost more than a call."""

_MOST_LINES: Final = 512
_LONGEST_LINE: Final = 512
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHANGING: Final = frozenset({b"content-length", b"date", b"x-request-id"})
_CONNECTION: Final = frozenset({b"connection", b"transfer-encoding"})
_BODILESS: Final = frozenset({204, 304})

_lines: dict[tuple[bytes, bytes], bytes] = {}
"""Of headers that were written before; nearly all are the same for every answer."""

_log = structlog.get_logger(__name__)


class Cycle(RequestResponseCycle):
    """A request and its answer."""

    _start: HTTPResponseStartEvent | None = None
    _leaving = False

    @classmethod
    def of(cls, connection: HttpToolsProtocol, version: str) -> Self:
        """The cycle of the request whose head a connection has just read.

        Args:
            connection: Its parser stands at the end of the head.
            version: Of HTTP.
        """
        url = httptools.parse_url(connection.url)
        path = url.path.decode("ascii")
        scope = connection.scope
        scope["http_version"] = version
        scope["method"] = connection.parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        return cls(
            scope,
            connection.transport,
            connection.flow,
            connection.logger,
            connection.access_logger,
            access_log=False,
            default_headers=connection.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=connection.expect_100_continue,
            keep_alive=version != "1.0" and connection.parser.should_keep_alive(),
            on_response=connection.on_response_complete,
        )

    async def run(self, app: ASGI3Application, tasks: set[asyncio.Task[None]]) -> None:
        """Serve the request; leave `tasks` at the end."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self.response_complete and not self.disconnected:
                _log.error("a request was not answered to its end")
                await self._broken()
        except BaseException:  # noqa: BLE001  as uvicorn: whatever it is, the connection is not left waiting
            _log.exception("a request was not answered")
            await self._broken()
        finally:
            tasks.discard(asyncio.current_task())
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
        if message["type"] == "http.response.body":
            if start is not None:
                self._start = None
                self._begin(start, message.get("body", b""), more=message.get("more_body", False))
                return
            if self.response_started:
                await super().send(message)
                return
        elif message["type"] == "http.response.start" and start is None and not self.response_started:
            if any(name == b"content-length" for name, _ in message.get("headers", ())):
                self._start = message
            else:  # a stream, whose reader waits for the head
                self._begin(message, b"", more=True)
            return
        raise RuntimeError(f"The message {message['type']} is not due.")

    def _begin(self, start: HTTPResponseStartEvent, body: bytes, *, more: bool) -> None:
        """Write the head, and the first piece of the body, or all of it."""
        lines, length = self._head(start)
        self.response_started = True
        self.waiting_for_100_continue = False
        if self.scope["method"] == "HEAD":
            body, length = b"", 0
        elif self.chunked_encoding:
            lines += (b"%x\r\n" % len(body), body, b"\r\n") if body else ()
            lines += () if more else (b"0\r\n\r\n",)
            body, length = b"", 0
        elif len(body) <= LARGE:
            lines.append(body)
        self.transport.write(b"".join(lines))
        if len(body) > LARGE:
            self.transport.write(body)
        self.expected_content_length = length - len(body)
        if self.expected_content_length < 0 or (not more and self.expected_content_length):
            raise RuntimeError("The body is not as long as its Content-Length says.")
        if not more:
            self._end()

    def _head(self, start: HTTPResponseStartEvent) -> tuple[list[bytes], int]:
        """The lines of a head, and how long it says that the body is; 0 where it does not say so."""
        status = start["status"]
        lines = [STATUS_LINE[status]]
        length = -1
        for headers in (self.default_headers, start.get("headers", ())):
            for header in headers:
                lines.append(_lines.get(header) or _line(*header))
                if header[0] == b"content-length":
                    length = int(header[1])
                elif header[0] in _CONNECTION:
                    self._note(*header)
        if self.chunked_encoding is None and length < 0 and status not in _BODILESS and self.scope["method"] != "HEAD":
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        return lines, max(length, 0)

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"transfer-encoding":
            self.chunked_encoding = value.lower() == b"chunked" or None
        elif b"close" in value.lower():
            self.keep_alive = False

    def _end(self) -> None:
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def leave(self) -> None:
        """Tell an answer that has begun, and may have no end, that the server ends."""
        if self.response_started:
            self._leaving = True
            self.message_event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """Read on; at once where there is something."""
        event = await self._read()
        if self._leaving and event["type"] == "http.request":
            self._leaving = False
            return cast("ASGIReceiveEvent", LEAVING)
        return event

    async def _read(self) -> ASGIReceiveEvent:
        if self.message_event.is_set() and not self.waiting_for_100_continue and not self.disconnected:
            if self.response_complete:
                return {"type": "http.disconnect"}
            self.flow.resume_reading()
            self.message_event.clear()
            body, self.body = self.body, bytearray()
            return {"type": "http.request", "body": bytes(body), "more_body": self.more_body}
        return await super().receive()


def _nothing() -> None:
    pass


def _line(name: bytes, value: bytes) -> bytes:
    """A header as it is written.

    Raises:
        RuntimeError: It would end early, and begin another one.
    """
    name = name.lower()
    if not _NAME.fullmatch(name) or _NO_VALUE.search(value):
        raise RuntimeError("A header holds what no header may.")
    if name == b"connection" and b"close" in value.lower():
        return b""  # it is written last, where the connection does not stay
    line = b"%b: %b\r\n" % (name, value)
    if name not in _CHANGING and len(line) <= _LONGEST_LINE:
        if len(_lines) >= _MOST_LINES:
            _lines.clear()
        _lines[name, value] = line
    return line
