"""One shot and what comes back for it."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httptools

from tests.fuzz.shot import Shot

LONGEST = 20.0
"""Seconds after which a due answer counts as missing."""
_EARLY = 0.15
"""Seconds in which an answer may come that is not due: the request is not whole."""
_GOES = 0.02
"""Seconds after which a client leaves that does not wait for its answer: it is being made by then."""
_HEAD = b"HEAD"


@dataclass(slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Result:
    """What came of a shot.

    Attributes:
        answers: In order, those of pipelined requests too.
        due: How many answers a whole request, or one that cannot be read, makes due.
        seconds: From the last byte that was sent to the last due answer.
        closed: The gateway closed the connection.
        missing: None came in `LONGEST` seconds.
    """

    answers: list[Answer]
    due: int
    seconds: float = 0.0
    closed: bool = False
    missing: bool = False


class _Asked:
    """Reads what is sent as the server's own parser does, to know how many answers are due."""

    def __init__(self, sent: bytes) -> None:
        self.methods: list[bytes] = []
        parser: Any = httptools.HttpRequestParser(self)
        self._parser = parser
        try:
            parser.feed_data(sent)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError:
            self.methods.append(b"")

    def on_message_complete(self) -> None:
        self.methods.append(self._parser.get_method())


class _Told:
    """Reads answers."""

    def __init__(self, methods: list[bytes]) -> None:
        self.answers: list[Answer] = []
        self.whole = 0
        self._methods = methods
        self._parser: Any = httptools.HttpResponseParser(self)

    def on_message_begin(self) -> None:
        self.answers.append(Answer(0))

    def on_header(self, name: bytes, value: bytes) -> None:
        self.answers[-1].headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.answers[-1].status = self._parser.get_status_code()
        place = len(self.answers) - 1
        if place < len(self._methods) and self._methods[place] == _HEAD:
            self.whole = len(self._methods)  # it has no body, and the parser waits for one

    def on_body(self, body: bytes) -> None:
        self.answers[-1].body += body

    def on_message_complete(self) -> None:
        if self.answers[-1].status < 200:
            self.answers.pop()
            return
        self.whole += 1
        if self.answers[-1].headers.get(b"connection", b"").lower() == b"close":
            self.whole = max(self.whole, len(self._methods))  # what follows is not for us (RFC 9112, 9.6)

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self.whole < max(1, len(self._methods)):
                raise


async def fire(shot: Shot, host: str, port: int) -> Result:
    """Send a shot and read what comes back.

    Raises:
        OSError: There is no connection to be had.
        httptools.HttpParserError: What came back is no HTTP.
    """
    asked = _Asked(shot.sent)
    told = _Told(asked.methods)
    result = Result(told.answers, len(asked.methods))
    reader, writer = await asyncio.open_connection(host, port)
    try:
        await _send(writer, shot)
        if shot.leaves:
            await asyncio.sleep(_GOES)
            result.due = 0
            return result
        began = time.perf_counter()
        try:
            async with asyncio.timeout(LONGEST if result.due else _EARLY):
                while told.whole < max(1, result.due):
                    data = await reader.read(65_536)
                    if not data:
                        result.closed = True
                        break
                    told.feed(data)
        except TimeoutError:
            result.missing = bool(result.due)
        except ConnectionError:
            result.closed = True
        result.seconds = time.perf_counter() - began
    finally:
        writer.transport.abort()
    return result


async def _send(writer: asyncio.StreamWriter, shot: Shot) -> None:
    size = -(-len(shot.sent) // shot.pieces)
    try:
        for start in range(0, len(shot.sent), size):
            writer.write(shot.sent[start : start + size])
            await writer.drain()
            if shot.pieces > 1:
                await asyncio.sleep(0.005)
    except ConnectionError:
        pass  # it has answered before the end, or closed: what can be read tells
