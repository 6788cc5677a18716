"""Reads the answers of one connection, one after another."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import httptools
import httpx

from gateway.wire.body import Body, Misfit, too_long
from gateway.wire.call import Answer

HEAD_BYTES: Final = 65_536
"""Of status line, headers and trailers, those of answers that only tell to wait included."""

HEADERS: Final = 100

_FIRST_BYTE: Final = ord("H")
_FINAL: Final = 200
_SWITCHING: Final = 101
_LEAST: Final = 100
_BODILESS: Final = frozenset({204, 304})
_BEYOND: Final = "Content-Length overflow"
"""How the parser calls a length that it cannot hold."""

_VERSIONS: Final = frozenset({"1.0", "1.1"})


class AnswerReader:
    """Puts answers together from what arrives, by the callbacks of the parser in C.

    It is strict: line ends are CRLF, a length is told once or not at all, and the only transfer coding is `chunked`.

    Args:
        maximum_bytes: Of an unpacked body.

    Attributes:
        received: Bytes of the answer that is under way; 0 where none is.
        reusable: Whether the connection may carry a further request after the answer that has ended.
    """

    __slots__ = (
        "_body",
        "_ended",
        "_fault",
        "_head_bytes",
        "_header_count",
        "_headers",
        "_lines",
        "_maximum_bytes",
        "_parser",
        "_status",
        "_until_close",
        "received",
        "reusable",
    )

    def __init__(self, maximum_bytes: int) -> None:
        self._maximum_bytes = maximum_bytes
        self._parser = httptools.HttpResponseParser(self)
        self.received = 0
        self._begin()

    def _begin(self) -> None:
        self._lines: list[tuple[bytes, bytes]] = []
        self._headers: dict[str, str] = {}
        self._header_count = self._head_bytes = 0
        self._status = 0  # until the head has come
        self._body: Body | None = None
        self._fault: Exception | None = None
        self._ended = self._until_close = self.reusable = False

    def feed(self, data: bytes) -> Answer | None:
        """Takes bytes.

        Returns:
            The answer once it is whole; None until then.

        Raises:
            httpx.RemoteProtocolError: It is no HTTP.
            Misfit: The body is none that is taken.
        """
        if not self.received:
            if data[0] != _FIRST_BYTE:  # the parser knows other protocols, too
                raise httpx.RemoteProtocolError("")
            self._begin()
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._ended and self._fault is None:
                beyond = str(error) == _BEYOND
                self._fault = too_long(self._maximum_bytes) if beyond else httpx.RemoteProtocolError("")
            self.reusable = False
        if self._fault is not None:
            raise self._fault
        if self._ended:
            return self._answer()
        if not self._status and self.received > HEAD_BYTES:
            raise httpx.RemoteProtocolError("")
        return None

    def end(self) -> Answer:
        """The answer that ends where its connection does.

        Raises:
            httpx.RemoteProtocolError: It is not whole.
            Misfit: The body is none that is taken.
        """
        if not self._until_close:
            raise httpx.RemoteProtocolError("")
        return self._answer()

    @property
    def length(self) -> int:
        """Of the unpacked body, as far as it has come."""
        return 0 if self._body is None else len(self._body)

    def clear(self) -> None:
        """Lets go of what has come."""
        if self._body is not None:
            self._body.clear()
        self._body = None

    def _answer(self) -> Answer:
        body = b"" if self._body is None else self._body.whole()
        self._body = None
        self.received = 0
        self._headers.pop("location", None)  # nobody is led anywhere
        self._headers.pop("content-length", None)  # the body has one
        return Answer(self._status, self._headers, body)

    def on_message_begin(self) -> None:
        """What comes behind a whole answer is not for anybody."""
        if self._ended:
            self.reusable = False

    def on_status(self, reason: bytes) -> None:
        """The words of the status line."""
        self._head_bytes += len(reason)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        if self._status:
            self._weigh(((name, value),))
        else:
            self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """The end of a head."""
        self._weigh(self._lines)
        if self._ended or self._fault:
            return
        status = self._parser.get_status_code()
        headers = self._headers = _named(self._lines)
        transfer = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if status < _FINAL:
            if status < _LEAST or status == _SWITCHING or transfer is not None or length is not None:
                self._fault = httpx.RemoteProtocolError("")
            return
        if self._parser.get_http_version() not in _VERSIONS or (transfer and transfer.lower() != "chunked"):
            self._fault = httpx.RemoteProtocolError("")
            return
        self._status = status
        self.reusable = self._parser.should_keep_alive()
        if status in _BODILESS:
            return
        self._until_close = transfer is None and length is None
        try:
            if length and int(length) > self._maximum_bytes:
                raise too_long(self._maximum_bytes)
            self._body = Body(headers.get("content-encoding", ""), self._maximum_bytes)
        except Misfit as misfit:
            self._fault = misfit.with_traceback(None)

    def on_body(self, piece: bytes) -> None:
        """A part of the body."""
        if self._body is not None and not self._ended and self._fault is None:
            try:
                self._body.take(piece)
            except Misfit as misfit:
                self._fault = misfit.with_traceback(None)

    def on_message_complete(self) -> None:
        """The end of an answer; of one that only tells to wait when no final head has come."""
        if self._status:
            self._ended = True
        else:
            self._lines.clear()

    def _weigh(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        self._header_count += len(lines)
        for name, value in lines:
            self._head_bytes += len(name) + len(value)
        if self._header_count > HEADERS or self._head_bytes > HEAD_BYTES:
            self._fault = self._fault or httpx.RemoteProtocolError("")


def _named(lines: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; those of a name in one."""
    headers = {_lower(name): value.decode() if value.isascii() else _text(value) for name, value in lines}
    if len(headers) < len(lines):
        headers.clear()
        for name, value in lines:
            key, text = _lower(name), _text(value)
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


@lru_cache(maxsize=1024)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
