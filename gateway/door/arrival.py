"""What of a request is read before anything is done with it: its headers, its id, its body."""

import os
import re
from collections.abc import Callable, Sequence

from starlette.types import Receive

from gateway.door.beginning import begun, rest
from gateway.door.interruption import Deadline
from gateway.door.patience import Patience
from gateway.door.refusal import ClientGone, Refusal

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LENGTH_DIGITS = 19

_AT_ONCE = 256
_fresh: list[str] = []
"""Random ids to come: one call of the system makes many."""


class Headers(dict[str, str]):
    """Headers by lower-case name. A repeated header is joined with a comma (RFC 9110, 5.3).

    Attributes:
        raw: The same as bytes.
    """

    __slots__ = ("raw",)

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        raw = dict(pairs)
        if len(raw) != len(pairs):
            raw.clear()
            for name, value in pairs:
                raw[name] = raw[name] + b", " + value if name in raw else value
        self.raw = raw
        super().__init__({str(name, "latin-1"): str(value, "latin-1") for name, value in raw.items()})


def given_id(headers: Headers) -> str | None:
    """The request's own id, where it is a sane token."""
    given = headers.raw.get(b"x-request-id")
    return given.decode() if given is not None and _REQUEST_ID.fullmatch(given) else None


def fresh_id() -> str:
    """A request id that nobody else has: 16 hexadecimal digits."""
    if not _fresh:
        digits = os.urandom(8 * _AT_ONCE).hex()
        _fresh.extend(digits[at : at + 16] for at in range(0, len(digits), 16))
    return _fresh.pop()


async def read_body(headers: Headers, receive: Receive, *, limit: int, patience: Patience) -> bytes:
    """Read a body of at most `limit` bytes, as long as the patience holds.

    Raises:
        Refusal: 413 as soon as it is known to be larger, 408 where it takes too long, 400 where its length is unclear.
        ClientGone: The connection closed before its end.
    """
    _check_length(headers.raw, limit)
    steps, found = begun(_part(receive))
    if steps is None and not found[1]:
        body: bytes = found[0]
        more = False
    else:
        with Deadline(patience) as deadline:
            body, more = found if steps is None else await rest(steps, found)
            if more:
                parts = bytearray(body)
                while more and len(parts) <= limit:
                    body, more = await _part(receive)
                    parts += body
                body = bytes(parts)
        if deadline.happened:
            raise _too_slow()
    if len(body) > limit:
        refusal = _too_large(limit)
        refusal.drains = more
        raise refusal
    return body


async def stream_body(
    headers: Headers, receive: Receive, write: Callable[[bytes], None], *, limit: int, patience: Patience
) -> None:
    """Hand a body on piece by piece, as it arrives.

    Raises:
        Refusal: As `read_body` does, and what `write` raises; the rest of the body is not read then.
        ClientGone: The connection closed before its end.
    """
    _check_length(headers.raw, limit)
    with Deadline(patience) as deadline:
        size, more = 0, True
        while more:
            piece, more = await _part(receive)
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            try:
                write(piece)
            except Refusal as refusal:
                refusal.closes = more
                raise
    if deadline.happened:
        raise _too_slow()


async def _part(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _check_length(raw: dict[bytes, bytes], limit: int) -> None:
    length = raw.get(b"content-length")
    if length is None:
        return
    if b"transfer-encoding" in raw:
        raise Refusal(400, "Content-Length and Transfer-Encoding contradict each other: send one of them.", closes=True)
    if not length.isdigit():
        raise Refusal(400, "Content-Length must be one whole number.", closes=True)
    if len(length) > _LENGTH_DIGITS or int(length) > limit:
        raise _too_large(limit)


def _too_slow() -> Refusal:
    return Refusal(408, "The request body did not arrive in time: send it again.", closes=True)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request body is too large: at most {limit} bytes are read.", closes=True)
