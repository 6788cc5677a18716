"""What comes in for one request: its body as it comes, and the news of its connection."""

import asyncio
from typing import TYPE_CHECKING, Final, cast

from uvicorn._types import ASGIReceiveEvent

from gateway.door.events import LEAVING

if TYPE_CHECKING:
    from gateway.cli.turns import Turns

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Incoming:
    """A request, as far as it is received.

    Attributes:
        connection: It came on.
        lost: The client has left before it was answered.
        waiting_for_100_continue: The client sends its body when it is told to.
        body: What has come of it, and nobody has read.
        more_body: More of it is to come.
        response_started: The head of the answer was written.
        response_complete: All of it was.
    """

    connection: "Turns"

    # Set where they differ: most requests are short.
    lost = False
    waiting_for_100_continue = False
    body: bytes | bytearray = b""
    more_body = True
    response_started = False
    response_complete = False
    _leaving = False
    _news = False  # there is something to receive
    _told: asyncio.Event | None = None

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

    def take(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if not self.body:
            self.body = piece
        else:
            if isinstance(self.body, bytes):
                self.body = bytearray(self.body)
            self.body += piece
        self.tell()

    def whole(self, limit: int) -> bytes | None:
        """The body where it is there; see `Request.whole`."""
        if self.more_body or self.lost or len(self.body) > limit:
            return None
        self._news = False
        flow = self.connection.flow
        if flow.read_paused:
            flow.resume_reading()
        body, self.body = self.body, b""
        return bytes(body)

    async def receive(self) -> ASGIReceiveEvent:
        """Read on; at once where there is something."""
        if self.waiting_for_100_continue and not self.connection.transport.is_closing():
            self.connection.transport.write(_CONTINUE)
            self.waiting_for_100_continue = False
        if not (self.lost or self.response_complete):
            self.connection.flow.resume_reading()
            await self._something()
            self._news = False
        if self.lost or self.response_complete:
            return {"type": "http.disconnect"}
        if self._leaving:
            self._leaving = False
            return cast("ASGIReceiveEvent", LEAVING)
        body, self.body = self.body, b""
        return {"type": "http.request", "body": bytes(body), "more_body": self.more_body}

    async def _something(self) -> None:
        while not self._news:
            if self._told is None:
                self._told = asyncio.Event()
            self._told.clear()
            await self._told.wait()
