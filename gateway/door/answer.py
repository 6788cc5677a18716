"""Writing answers: statuses, headers, bodies."""

import asyncio
import math
from typing import Any

from starlette.types import Receive

from gateway.door.negotiation import EVENTS, GRAPHQL_RESPONSE, JSON, MIXED
from gateway.door.refusal import Refusal
from gateway.door.request import Request
from gateway.door.security import HEADERS
from gateway.execution.encoding import encode
from gateway.execution.operation import Outcome

_ALWAYS = [(b"cache-control", b"no-store"), (b"vary", b"Accept"), *HEADERS]
_HEADERS = {
    media: [(b"content-type", f"{media}; charset=utf-8".encode()), *_ALWAYS] for media in (GRAPHQL_RESPONSE, JSON)
}
_CREDENTIALS = b", ".join(each + b"Authorization" for each in (b"", b"Losant-", b"Nks-", b"Locktera-", b"ClickHouse-"))
_REUSABLE = {
    media: [headers[0], (b"vary", b"Accept, " + _CREDENTIALS), *HEADERS] for media, headers in _HEADERS.items()
}
for _media in (EVENTS, MIXED):  # of what is no stream, after all
    _HEADERS[_media], _REUSABLE[_media] = _HEADERS[JSON], _REUSABLE[JSON]
_FIELDS = {
    media: b"".join(b"%b: %b\r\n" % each for each in headers) + b"x-request-id: " for media, headers in _HEADERS.items()
}
"""`_HEADERS` as they are written, and what stands before the request's id."""
_LENGTH = b"\r\ncontent-length: "

_ALLOW_POST = ((b"allow", b"POST"),)
_UNAUTHORIZED = 401
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)
_LINGER_SECONDS = 1.0
_LINGER_BYTES = 4 * 1024 * 1024


def answer_of(outcome: Outcome, request_id: str) -> dict[str, Any]:
    """Put together what came of an operation; every error gets a code, where it has none, and the request's id."""
    entries: dict[str, Any] = {}
    if outcome.errors:
        code = "INTERNAL" if outcome.executed else "BAD_USER_INPUT"
        entries["errors"] = [identified(error, code, request_id) for error in outcome.errors]
    if outcome.executed:
        entries["data"] = outcome.data
    if outcome.extensions:
        entries["extensions"] = outcome.extensions
    return entries


def encoded(outcome: Outcome, request_id: str) -> bytes:
    """Encode what came of an operation.

    Raises:
        TypeError: A value has no place in JSON.
    """
    data = outcome.encoded
    if data is None or outcome.errors:
        return encode(answer_of(outcome, request_id))
    if not outcome.extensions:
        return b'{"data":%b}' % data
    return b'{"data":%b,"extensions":%b}' % (data, encode(outcome.extensions))


def error_of(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Word the GraphQL error of a refusal."""
    extensions: dict[str, Any] = {"code": refusal.code}
    if refusal.retryable:
        extensions["retryable"] = True
    if refusal.retry_after_seconds is not None:
        extensions["retryAfterSeconds"] = refusal.retry_after_seconds
    return {"message": refusal.message, "extensions": extensions | {"requestId": request_id}}


def identified(error: dict[str, Any], code: str, request_id: str) -> dict[str, Any]:
    """Give an error a code, where it has none, and the request's id."""
    # A copy: a cached plan may give the same error to many requests.
    return {**error, "extensions": {"code": code, **(error.get("extensions") or {}), "requestId": request_id}}


def at_once(request: Request, request_id: str, outcome: Outcome, body: bytes) -> bool:
    """Answer with what came of an operation as most do: a status and a body. False where it takes more."""
    head = request.head
    if outcome.method_not_allowed or outcome.status is not None or outcome.max_age or head.method == "HEAD":
        return False
    status = 200 if outcome.executed else _status(outcome, head.media)
    return request.reply(status, _FIELDS[head.media] + request_id.encode() + _LENGTH, body)


class Answerer:
    """Answers one request in any way.

    Args:
        request: The media type of its head is that of the answer.
        request_id: Of the request.
    """

    __slots__ = ("_request", "request_id")

    def __init__(self, request: Request, request_id: str) -> None:
        self._request = request
        self.request_id = request_id

    async def outcome(self, outcome: Outcome, body: bytes) -> None:
        """Answer with what came of an operation.

        `application/json` says 200 for every well-formed request; `application/graphql-response+json` says 400
        where nothing was executed. An answer to a GET that may be used again says for how long, to the caller alone.
        A mutation by GET is 405 in both; a caller who is turned away 401, 403 or 429.
        """
        if outcome.method_not_allowed:
            await self._write(405, body, _ALLOW_POST)
        elif outcome.status is not None:
            further = _CHALLENGE if outcome.status == _UNAUTHORIZED else ()
            if outcome.retry_after_seconds is not None:
                further = (*further, (b"retry-after", b"%d" % math.ceil(outcome.retry_after_seconds)))
            await self._write(outcome.status, body, further)
        elif outcome.max_age:
            further = ((b"cache-control", b"private, max-age=%d" % outcome.max_age),)
            await self._write(200, body, further, usual=_REUSABLE)
        else:
            await self._write(_status(outcome, self._request.head.media), body)

    async def refusal(self, refusal: Refusal, receive: Receive) -> None:
        """Answer a request that was turned away."""
        body = encode({"errors": [error_of(refusal, self.request_id)]})
        if not refusal.closes:
            await self._write(refusal.status, body, refusal.headers)
            return
        await self._write(refusal.status, body, (*refusal.headers, (b"connection", b"close")), more=True)
        if refusal.drains:
            await _drain(receive)
        await self._request.send({"type": "http.response.body", "body": b""})

    async def defect(self) -> None:
        """Answer where the gateway itself failed; the cause is for the log alone."""
        message = "The gateway failed on this request. Quote its request id when you report it."
        defect = Refusal(500, message, code="INTERNAL")
        await self._write(500, encode({"errors": [error_of(defect, self.request_id)]}))

    async def nothing(self, allow: bytes) -> None:
        """Answer OPTIONS."""
        headers = [(b"allow", allow), *_ALWAYS, (b"x-request-id", self.request_id.encode())]
        await self._request.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self._request.send({"type": "http.response.body", "body": b""})

    async def _write(
        self,
        status: int,
        body: bytes,
        further: tuple[tuple[bytes, bytes], ...] = (),
        *,
        usual: dict[str, list[tuple[bytes, bytes]]] = _HEADERS,
        more: bool = False,
    ) -> None:
        head = self._request.head
        headers = [
            *usual[head.media],
            (b"x-request-id", self.request_id.encode()),
            (b"content-length", b"%d" % len(body)),
            *further,
        ]
        await self._request.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._request.send(
            {"type": "http.response.body", "body": b"" if head.method == "HEAD" else body, "more_body": more}
        )


def _status(outcome: Outcome, media: str) -> int:
    return 200 if outcome.executed or media == JSON else 400


async def _drain(receive: Receive) -> None:
    """Read on for a moment: closing on a client that still sends would cost it the answer (RFC 9112, 9.6)."""
    drained = 0
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            more = True
            while more and drained < _LINGER_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        pass
