"""Answers where nothing is: a short sentence that says where something is, and repeats nothing of the request."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import ExceptionHandler, Receive, Scope, Send

_SENTENCES: Final[Mapping[int, str]] = {
    404: "Nothing is here. GraphQL is at /graphql, health at /livez and /readyz.",
    405: "This method is not served here. See the header Allow for those that are.",
}


def exception_handlers() -> dict[Any, ExceptionHandler]:
    """What Starlette calls where no route fits, or none with the method."""
    return dict.fromkeys(_SENTENCES, _answer)


async def _answer(_request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _sentence(error.status_code, error.headers or {})
    return _sentence(404)


def _sentence(status: int, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    body = orjson.dumps({"message": _SENTENCES[status]})
    return Response(body, status, {"cache-control": "no-store", **headers}, "application/json")


class _NoSocket:
    """Refuses a handshake; a class, so that Starlette takes it for ASGI."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404."""
        await _sentence(404)(scope, receive, send)


def socket_route() -> WebSocketRoute:
    """Build the route of all WebSockets that no other one takes."""
    return WebSocketRoute("/{path:path}", _NoSocket())
