"""One WebSocket: uvicorn's, which ends as the gateway's do: with 1001 when the server does, and never late.

uvicorn says 1012 when it ends, waits without end for clients that do not read, and leaves some broken handshakes open.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from gateway.cli.connections import LINGER_SECONDS
from gateway.door.raw import raw_answer
from gateway.door.websocket.closing import LEAVING

CLOSE_SECONDS: Final = 1.0
"""How long a client may take to answer a closing."""

_BAD: Final = raw_answer(
    HTTPStatus.BAD_REQUEST, "This is no WebSocket handshake that can be read: send fewer, and shorter, headers."
)


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket on a connection that began as `Connection`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        write_seconds: float,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._write_seconds = write_seconds
        self.close_timeout = CLOSE_SECONDS
        self._stall: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._cancel_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a handshake that cannot be read is answered, too."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_complete:
            self.handshake_complete = self.close_sent = True
            self.transport.write(_BAD)
            self._part()

    def handle_parser_exception(self) -> None:
        """Close on what is no WebSocket frame, or too large a one; once."""
        if self.close_sent:
            return
        self.close_sent = True
        closing = self.conn.close_sent
        code, reason = (closing.code, closing.reason) if closing else (1006, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._part()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; text that is no UTF-8 closes with 1007, without a line in the log for each."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def pause_writing(self) -> None:
        """Take nothing more from a client that does not read: what it sends may have to be answered."""
        super().pause_writing()
        self.transport.pause_reading()
        self._stall = self.loop.call_later(self._write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._cancel_stall()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        """End a socket whose client is gone without a word."""
        super().keepalive_timeout()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """Tell the application that the server ends; it closes."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
        else:
            self.queue.put_nowait(LEAVING)  # type: ignore[arg-type]  # an event that ASGI does not know

    async def send(self, message: ASGISendEvent) -> None:
        """Send; what comes after the end has no receiver."""
        if self.close_sent and message["type"] in {"websocket.send", "websocket.close"}:
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.close":
            self.loop.call_later(self.close_timeout + LINGER_SECONDS, self.transport.abort)

    def _part(self) -> None:
        """Close for a client that may still send."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
            # Where there is no such timer, the end of the application closes at once.
            self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.close()

    def _cancel_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
