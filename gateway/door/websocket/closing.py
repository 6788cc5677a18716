"""Why a socket ends.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md; codes below 4000: RFC 6455, 7.4.1.
"""

from typing import Final

LEAVING: Final = {"type": "gateway.leaving"}
"""An event beside those of ASGI, from the server to the application: the server ends, the socket should."""

GOING_AWAY: Final = 1001
BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
SUBPROTOCOL_NOT_ACCEPTABLE: Final = 4406
INIT_TIMEOUT: Final = 4408
SUBSCRIBER_EXISTS: Final = 4409
TOO_MANY_INITS: Final = 4429
INTERNAL_ERROR: Final = 4500

_REASON_BYTES: Final = 123


class Closing(Exception):  # noqa: N818  most of the time the client erred
    """The socket is to be closed.

    Attributes:
        code: The close code.
        reason: For people; as much of it as fits a close frame.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode("utf-8", "replace")[:_REASON_BYTES].decode("utf-8", "ignore")
