"""Answers in parts, as `multipart/mixed` or as events.

Source: https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md
"""

from typing import Any, Final

from starlette.types import Receive, Send

from gateway.door.answer import answer_of, identified
from gateway.door.events import End, EventAnswer
from gateway.door.former import FormerFormat
from gateway.door.negotiation import FORMER, MIXED, Ways
from gateway.execution.encoding import encode
from gateway.execution.operation import Outcome

_BOUNDARY: Final = b"\r\n---"
_PART: Final = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n%b" + _BOUNDARY
_END: Final = b"--\r\n"
_INTERNAL: Final = "INTERNAL"


def entries_of(outcome: Outcome, request_id: str) -> dict[str, Any]:
    """Put one part together; every error gets a code, where it has none, and the request's id."""
    part = outcome.part
    if part is None:  # all that there is
        return answer_of(outcome, request_id) | {"hasNext": False}
    entries: dict[str, Any] = {}
    if part.first:
        entries = answer_of(outcome, request_id)
    elif outcome.extensions:
        entries["extensions"] = outcome.extensions
    if part.pending:
        entries["pending"] = part.pending
    if part.incremental:
        entries["incremental"] = [_identified(each, request_id) for each in part.incremental]
    if part.completed:
        entries["completed"] = [_identified(each, request_id) for each in part.completed]
    entries["hasNext"] = part.more
    return entries


def _identified(entry: dict[str, Any], request_id: str) -> dict[str, Any]:
    if "errors" not in entry:
        return entry
    return entry | {"errors": [identified(error, _INTERNAL, request_id) for error in entry["errors"]]}


class PartsAsEvents(EventAnswer):
    """Answers one request with parts, each an event.

    Args:
        receive: ASGI's.
        send: The same.
        request_id: The request's.
        spec: The format that the client asked for; empty where it did not.
    """

    __slots__ = ("_former", "_spec")

    def __init__(self, receive: Receive, send: Send, request_id: str, spec: str) -> None:
        super().__init__(receive, send, request_id)
        self._spec = spec
        self._former = FormerFormat() if spec == FORMER else None

    def _next(self, outcome: Outcome) -> bytes:
        entries: dict[str, Any] | None = entries_of(outcome, self._request_id)
        if self._former is not None and entries is not None:
            entries = self._former.entries(entries)
        return self._framed(encode(entries)) if entries is not None else b""

    def _framed(self, body: bytes) -> bytes:
        return b"event: next\ndata: %b\n\n" % body

    async def _left(self) -> End:
        """Only the client ends it early: the server waits for answers, and these have an end."""
        while await super()._left() is not End.GONE:
            pass
        return End.GONE


class PartsAsMultipart(PartsAsEvents):
    """Answers one request with parts, each a body part. A boundary follows at once: clients read up to the next one."""

    __slots__ = ()

    _opening = _BOUNDARY
    _sign_of_life = b""
    _closing = _END

    async def single(self, outcome: Outcome) -> None:
        """Tell what came at once to a client that takes nothing but body parts."""
        body = self._next(outcome)
        await self._begin()
        await self._end(self._opening + body + self._closing)

    def _framed(self, body: bytes) -> bytes:
        return _PART % body

    def _type(self) -> bytes:
        return f'{MIXED}; boundary="-"{self._spec and f"; {self._spec}"}'.encode()


def part_answer(ways: Ways, receive: Receive, send: Send, request_id: str) -> PartsAsEvents:
    """Answer in the way that the client takes."""
    kind = PartsAsMultipart if ways.parts == MIXED else PartsAsEvents
    return kind(receive, send, request_id, ways.spec)
