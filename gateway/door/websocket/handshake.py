"""The beginning of a socket: who may open one, and in which subprotocol.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from typing import Final

from starlette.types import Receive, Scope, Send

from gateway.door.admission import Admission
from gateway.door.arrival import Headers
from gateway.door.origins import Origins
from gateway.door.websocket.closing import SUBPROTOCOL_NOT_ACCEPTABLE
from gateway.door.websocket.session import Bounds, LetsIn, Session
from gateway.execution.encoding import encode
from gateway.execution.operation import Execute

SUBPROTOCOL: Final = "graphql-transport-ws"

_ELSEWHERE: Final = encode(
    {"errors": [{"message": "Apps on this origin may not ask.", "extensions": {"code": "FORBIDDEN"}}]}
)


class WebSocketEndpoint:
    """Opens sockets.

    Args:
        execute: Carries operations out.
        lets_in: Whether a caller may ask at all.
        origins: Apps on these may open sockets.
        admission: Of the operations of the whole process.
        bounds: Of one socket.
    """

    __slots__ = ("_admission", "_bounds", "_execute", "_lets_in", "_origins")

    def __init__(
        self, execute: Execute, lets_in: LetsIn, *, origins: Origins, admission: Admission, bounds: Bounds
    ) -> None:
        self._execute = execute
        self._lets_in = lets_in
        self._origins = origins
        self._admission = admission
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open one, and stay with it until it ends."""
        if (await receive())["type"] != "websocket.connect":
            return
        headers = Headers(scope["headers"])
        if not self._origins.let_in(headers.raw):
            await _refuse(send)
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            # Not a refused handshake: it has no code, and clients would try it again.
            await send({"type": "websocket.accept"})
            reason = f"Subprotocol not acceptable: offer {SUBPROTOCOL}"
            await send({"type": "websocket.close", "code": SUBPROTOCOL_NOT_ACCEPTABLE, "reason": reason})
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        session = Session(self._execute, self._lets_in, self._admission, self._bounds, headers, receive, send)
        await session.run()


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(_ELSEWHERE)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": _ELSEWHERE})
