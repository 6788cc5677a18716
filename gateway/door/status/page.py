"""The routes of the page for operators: the page itself is for everyone, what it shows for those who may see it."""

import time
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.door.arrival import Headers
from gateway.door.status.files import serve_file, serve_page
from gateway.door.status.recent import RecentOperations
from gateway.door.status.shape import Status


class Access(Enum):
    """Whether a caller may see how the gateway does.

    `UNKNOWN`: nobody knows who is calling, or the credential is not good. `DENIED`: known, and may not.
    """

    GRANTED = "granted"
    UNKNOWN = "unknown"
    DENIED = "denied"


Permitted: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Access]]

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_HERE: Final = frozenset({"same-origin", "none"})


def routes(status: Callable[[], Status], recent: RecentOperations[Any], permitted: Permitted) -> list[BaseRoute]:
    """Build the routes `/status`, `/status.json`, `/status/operations/{id}.json` and those of the page's files.

    Args:
        status: Says at once how the gateway and its parts do.
        recent: The last operations.
        permitted: Whether a request's headers, by lower-case name, let its sender see all this.
    """

    async def refusal(request: Request) -> Response | None:
        if _from_elsewhere(request):
            return _refused(HTTPStatus.FORBIDDEN, "Only the gateway's own page may ask for this.")
        access = await permitted(Headers(request.scope["headers"]))
        if access is Access.GRANTED:
            return None
        if access is Access.UNKNOWN or "authorization" not in request.headers:
            return _refused(
                HTTPStatus.UNAUTHORIZED,
                "Send `Authorization: Bearer` with an API key or token whose scopes include `trace`.",
            )
        return _refused(HTTPStatus.FORBIDDEN, "The caller lacks the scope `trace`.")

    async def serve_status(request: Request) -> Response:
        if refused := await refusal(request):
            return refused
        told = {
            "at": time.time(),
            **status(),
            "calls": recent.calls,
            "operations": recent.last(),
            "slowest": recent.slowest(),
        }
        return _answer(HTTPStatus.OK, orjson.dumps(told))

    async def serve_trace(request: Request) -> Response:
        if refused := await refusal(request):
            return refused
        trace = recent.trace(request.path_params["id"])
        if trace is None:
            return _refused(HTTPStatus.NOT_FOUND, "The operation is not kept any more.")
        return _answer(HTTPStatus.OK, trace)

    return [
        Route("/status", serve_page),
        Route("/status.json", serve_status),
        Route("/status/operations/{id}.json", serve_trace),
        Route("/status/{file}", serve_file),
    ]


def _from_elsewhere(request: Request) -> bool:
    """Whether a browser says that a page of another origin asks; also one that may ask for the graph (CORS)."""
    site = request.headers.get("sec-fetch-site")
    return "origin" in request.headers if site is None else site not in _HERE


def _refused(status: HTTPStatus, message: str) -> Response:
    answer = _answer(status, orjson.dumps({"message": message}))
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer(status: HTTPStatus, body: bytes) -> Response:
    return Response(body, status, HEADERS, "application/json")
