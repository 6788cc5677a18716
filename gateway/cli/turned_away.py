"""What is said to those whose request never becomes one."""

from http import HTTPStatus
from typing import Final

from gateway.door.raw import raw_answer

BAD: Final = raw_answer(HTTPStatus.BAD_REQUEST, "This is no HTTP/1.1 request that can be read safely.")
LATE: Final = raw_answer(HTTPStatus.REQUEST_TIMEOUT, "The head of the request did not arrive in time.")
LARGE: Final = raw_answer(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large: send fewer or shorter headers."
)
FULL: Final = raw_answer(
    HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections are open: try again shortly.", (b"retry-after", b"1")
)
NO_HANDSHAKE: Final = raw_answer(
    HTTPStatus.BAD_REQUEST, "This is no WebSocket handshake of version 13.", (b"sec-websocket-version", b"13")
)
