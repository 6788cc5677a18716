"""One connection of a client: uvicorn's, with bounds for its time, its size and its number.

uvicorn reads a head of any size for any time, and as many pipelined requests as come in.
"""

import asyncio
from functools import partial
from typing import Any, Final

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway.cli.bounds import Bounds, Rounds
from gateway.cli.heads import HeadRefused, check_head, is_handshake
from gateway.cli.repeated import Repeated
from gateway.cli.scope import scope_of
from gateway.cli.turned_away import BAD, FULL, LARGE, LATE, NO_HANDSHAKE
from gateway.cli.turns import BETWEEN, At, Turns
from gateway.door.request import Direct

MOST_PIPELINED: Final = 32
"""Requests that wait for the answer to the one before."""

LINGER_SECONDS: Final = 1.0
"""How long a client that still sends may read why it was refused (RFC 9112, 9.6)."""

PARTING_SECONDS: Final = (0.05, 1.0)
"""How long an idle connection stays when the server ends: what was sent before is read; a head that has begun ends."""

_log = structlog.get_logger(__name__)


class Connection(Turns):
    """HTTP/1.1 on one connection.

    Args:
        bounds: Those of all connections.
        direct: What is served without ASGI.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
        direct: Direct | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, direct=direct)
        self._bounds = bounds
        self._quiet = 0  # bytes since a head or a request ended, or a piece of a body: a head, extensions, trailers
        self._ended = False  # nothing that still comes in is read
        self._waits = False
        self._refusal = BAD
        self._stall: asyncio.TimerHandle | None = None
        self._repeated = Repeated(bounds.header_bytes)
        self._rested = 0  # rounds since the last sign of life

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, or refuse one connection too many."""
        super().connection_made(transport)
        open_ = len(self.connections)
        if open_ > self._bounds.connections:
            self._ended = True
            transport.write(FULL)
            transport.close()
            if not self._bounds.told:
                self._bounds.told = True
                _log.warning("too many connections", most=self._bounds.connections)
            return
        if self._bounds.told and open_ < self._bounds.connections // 2:
            self._bounds.told = False
        self._bounds.idle.join(self, self.loop)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._ended = True
        self._wait_no_more()
        self._cancel_stall()
        self._bounds.idle.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a whole request whose head is known as it is; parse anything else."""
        self._rested = 0
        if (
            self._repeated.known
            and self._at is BETWEEN
            and not (self._quiet or self._waits or self._ended)
            and self.cycle.response_complete
        ):  # the parser stands in front of a request, and nothing else is due
            found = self._repeated.find(data)
            if found is not None:
                self.repeat(*found, keep_alive=not self._bounds.draining)
                return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        """Parse in pieces of at most what a head may have."""
        alone = not self._quiet and self._at is At.BETWEEN
        self._begun = 0
        most = self._bounds.header_bytes
        start = 0
        while start < len(data) and not self._ended:
            piece = data[start : start + most - self._quiet]
            start += len(piece)
            self._feed(piece)
            if self._quiet >= most and not self._ended:
                self._refuse(LARGE if self._at is At.HEAD else BAD)
        if self._ended:
            return
        if not self._waits and (self._at is At.HEAD or self.answered()):
            self._wait()
        if alone and self._begun == 1 and self._at is At.BETWEEN:
            self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Keep the head of a request that came whole, with nothing before or behind it, if it is for GraphQL."""
        head = getattr(self.cycle, "head", None)
        if head is not None and self.cycle.keep_alive and not self.expect_100_continue and head.method == "POST":
            self._repeated.learn(data, head)

    def _feed(self, piece: bytes) -> None:
        self._moved = False
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._switch()
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        self._quiet = 0 if self._moved else self._quiet + len(piece)

    def on_headers_complete(self) -> None:
        """Check the head; what it raises, the parser hands on as an error of its own."""
        parser = self.parser
        upgrades = parser.should_upgrade()
        if len(self._waiting) >= MOST_PIPELINED:
            raise HeadRefused
        version = parser.get_http_version()
        check_head(version, self.url, self.headers, upgrades=upgrades)
        opens_socket = upgrades and self._should_upgrade()
        if opens_socket:
            self._check_handshake(version)
            self.scope = scope_of(self, version)
        else:
            self.begin(version)
        if not upgrades:
            self.headers = []  # trailers are no headers: the request's are in its scope
        self._at = At.BODY
        self._moved = True
        if self._waits:
            self._wait_no_more()
        if not opens_socket and (self.expect_100_continue or self._bounds.draining):
            # Whoever is refused before sending its body may never send it: what follows would be taken for it.
            self.cycle.keep_alive = False

    def _check_handshake(self, version: str) -> None:
        if not self.answered():
            raise HeadRefused
        if not is_handshake(self.parser.get_method(), version, self.headers):
            self._refusal = NO_HANDSHAKE
            raise HeadRefused

    def on_message_complete(self) -> None:
        """End the request."""
        super().on_message_complete()
        if self._waits:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """End the answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._end_soon()
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self._waiting:
            self.go_on()
            return
        self._rested = 0
        if self._at is At.BODY and not self._waits:
            self._wait()

    def rest(self) -> None:
        """End a connection that has been idle for long."""
        self._rested += 1
        if (
            self._rested >= Rounds.ROUNDS
            and self.answered()
            and not (self._waits or self._ended or self.transport.is_closing())
        ):
            self.timeout_keep_alive_handler()

    def drain(self) -> None:
        """Let the answer that is due be the last one."""
        if not self.answered():
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End, after the answer that is due."""
        self.drain()
        if self.answered():
            self.loop.call_later(PARTING_SECONDS[0], self._part)
        else:
            self.cycle.leave()

    def _part(self, *, patient: bool = True) -> None:
        if self.transport.is_closing() or not self.answered():
            return
        if patient and self._at is At.HEAD:
            self.loop.call_later(PARTING_SECONDS[1], partial(self._part, patient=False))
        else:
            self.transport.close()
            self._end_soon()

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection."""
        self.transport.close()
        self._end_soon()

    def overdue(self) -> None:
        """End what took too long, once all that came whole is answered."""
        self._waits = False
        if self._ended or self.transport.is_closing():
            return
        if self._at is At.HEAD and self.answered():
            self._refuse(LATE)
        elif self.answered():
            self.transport.close()
            self._end_soon()
        else:
            self._wait()

    def pause_writing(self) -> None:
        """Begin to lose patience with a client that does not read."""
        super().pause_writing()
        self._stall = self.loop.call_later(self._bounds.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._cancel_stall()

    def _refuse(self, answer: bytes) -> None:
        """Read no more; answer where no other answer is due first."""
        self._ended = True
        self._wait_no_more()
        if not self.answered():
            self.cycle.keep_alive = False
            if self._at is not At.BODY or self._waiting:
                return
            self.cycle.lose()
            if self.cycle.response_started:
                self.transport.abort()
                return
        elif self._at is At.BODY:
            self.transport.abort()
            return
        self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.flow.resume_reading()
            self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.close()

    def _switch(self) -> None:
        """Go over to WebSocket; any other protocol is not spoken: the request is answered, and nothing after it."""
        self._ended = True
        self._wait_no_more()
        if self._should_upgrade():
            self._bounds.idle.leave(self)
            self.handle_websocket_upgrade()
        else:
            self.cycle.keep_alive = False

    def _end_soon(self) -> None:
        """Closing waits for what the client has not read yet; not for ever."""
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self._bounds.write_seconds, self.transport.abort)

    def _cancel_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _wait(self) -> None:
        self._waits = True
        self._bounds.heads.begin(self, self.loop)

    def _wait_no_more(self) -> None:
        if self._waits:
            self._waits = False
            self._bounds.heads.end(self)
