"""The head of a request, as the door reads it: once, however often a client sends the same one."""

from collections.abc import Sequence
from typing import Any

from gateway.door.arrival import Headers, given_id
from gateway.door.negotiation import JSON, ways_of


class Head:
    """What a request says before its body.

    A server may give the same object with every request that repeats a head byte by byte, but for its Content-Length:
    so nothing in it is of one request alone.

    Args:
        method: Upper-case.
        pairs: The headers as they came, with lower-case names.
        query_string: What follows the question mark.

    Attributes:
        method: As given.
        headers: By name; not to be changed.
        query_string: As given.
        request_id: The client's own, where it is a sane token; None where one has to be made.
        ways: How it may come, if not as one JSON text.
        events: As a stream of events.
        parts: In parts.
        media: In which type the answer comes, once that was negotiated.
        memory: See `Exchange.memory`.
        plain: Whoever negotiated found nothing amiss: it is a POST of JSON, answered in `media`.
    """

    __slots__ = (
        "events",
        "headers",
        "media",
        "memory",
        "method",
        "parts",
        "plain",
        "query_string",
        "request_id",
        "ways",
    )

    def __init__(self, method: str, pairs: Sequence[tuple[bytes, bytes]], query_string: bytes) -> None:
        self.method = method
        self.headers = headers = Headers(pairs)
        self.query_string = query_string
        self.request_id = given_id(headers)
        self.ways = ways = ways_of(headers.raw.get(b"accept"))
        self.events, self.parts = ways.events, ways.parts != ""
        self.media = JSON
        self.memory: dict[str, Any] = {}
        self.plain = False

    def without_length(self) -> "Head":
        """The same, for bodies of any length."""
        pairs = [pair for pair in self.headers.raw.items() if pair[0] != b"content-length"]
        return Head(self.method, pairs, self.query_string)
