"""Server-sent events: a subscription over one HTTP answer.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections mode) and
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from enum import Enum, auto
from typing import Any, Final

import structlog
from starlette.types import Receive, Send

from gateway.door.answer import answer_of
from gateway.door.security import HEADERS
from gateway.execution.encoding import encode
from gateway.execution.operation import Outcome, Stream

LEAVING: Final = {"type": "gateway.leaving"}
"""An event beside those of ASGI, from the server to the application: the server ends, the stream should."""

KEEP_ALIVE_SECONDS: Final = 12.0

USUAL: Final = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"), (b"vary", b"Accept"), *HEADERS]
"""Headers of every answer that comes bit by bit."""

_TYPE: Final = b"text/event-stream; charset=utf-8"
_KEEP_ALIVE: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"
_STOPPED: Final = {
    "message": "The gateway is being stopped. Subscribe again with `after`: the last one seen.",
    "extensions": {"code": "STREAM_ENDED", "retryable": True},
}

_log = structlog.get_logger(__name__)


class End(Enum):
    """What ends a stream."""

    DONE = auto()
    GONE = auto()
    LEAVING = auto()


class EventAnswer:
    """Answers one request with events.

    Args:
        receive: ASGI's.
        send: The same.
        request_id: The request's.
        keep_alive_seconds: Between two signs of life.
    """

    __slots__ = ("_keep_alive_seconds", "_receive", "_request_id", "_send")

    _opening = _KEEP_ALIVE
    _sign_of_life = _KEEP_ALIVE
    _closing = _COMPLETE

    def __init__(
        self, receive: Receive, send: Send, request_id: str, *, keep_alive_seconds: float = KEEP_ALIVE_SECONDS
    ) -> None:
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._keep_alive_seconds = keep_alive_seconds

    async def single(self, outcome: Outcome) -> None:
        """Tell what came of an operation that is no subscription, to a client that takes nothing but events."""
        body = self._next(outcome)
        await self._begin()
        await self._end(body + self._closing)

    async def stream(self, stream: Stream) -> None:
        """Tell all that a subscription has to tell, until it ends or the client leaves."""
        tasks: list[asyncio.Task[End]] = []
        try:
            await self._begin()
            await self._write(self._opening)
            tasks += [asyncio.create_task(self._tell(stream)), asyncio.create_task(self._left())]
            while not (done := await self._first(*tasks)):
                await self._write(self._sign_of_life)
            end = done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            await stream.aclose()
        if end is End.LEAVING:
            await self._write(self._next(Outcome(None, [_STOPPED], {}, executed=False)))
        if end is not End.GONE:
            await self._end(self._closing)

    async def _first(self, *tasks: "asyncio.Task[End]") -> "set[asyncio.Task[End]]":
        done, _ = await asyncio.wait(tasks, timeout=self._keep_alive_seconds, return_when=asyncio.FIRST_COMPLETED)
        return done

    async def _tell(self, stream: Stream) -> End:
        try:
            async for outcome in stream:
                await self._write(self._next(outcome))
        except Exception:  # noqa: BLE001  whatever it is, the client gets an end and the log the trace
            _log.exception("a stream failed", request_id=self._request_id)
            message = "The gateway failed on this subscription. Quote its request id when you report it."
            defect = {"message": message, "extensions": {"code": "INTERNAL"}}
            await self._write(self._next(Outcome(None, [defect], {}, executed=False)))
        return End.DONE

    async def _left(self) -> End:
        while True:
            kind = (await self._receive())["type"]
            if kind == "http.disconnect":
                return End.GONE
            if kind == LEAVING["type"]:
                return End.LEAVING

    def _next(self, outcome: Outcome) -> bytes:
        """A frame. JSON holds no line breaks, and neither do ids."""
        name = f"id: {outcome.event_id}\n".encode() if outcome.event_id else b""
        return b"event: next\n%bdata: %b\n\n" % (name, encode(answer_of(outcome, self._request_id)))

    def _type(self) -> bytes:
        return _TYPE

    async def _begin(self) -> None:
        headers = [(b"content-type", self._type()), *USUAL, (b"x-request-id", self._request_id.encode())]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self, body: bytes, **more: Any) -> None:  # noqa: ANN401  of an ASGI message
        await self._send({"type": "http.response.body", "body": body, "more_body": True, **more})

    async def _end(self, body: bytes) -> None:
        await self._write(body, more_body=False)
