"""Metrics, as Prometheus reads them."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

Render: TypeAlias = Callable[[str], Awaitable[tuple[bytes, str]]]


def routes(render: Render) -> list[BaseRoute]:
    """Build the route `/metrics`.

    Args:
        render: Writes the metrics in the form that an `Accept` header asks for; returns them and their media type.
    """

    async def metrics(request: Request) -> Response:
        body, media_type = await render(request.headers.get("accept", ""))
        headers = {
            "cache-control": "no-store",
            "content-type": media_type,
            "vary": "Accept",
            "x-content-type-options": "nosniff",
        }
        return Response(body, headers=headers)

    return [Route("/metrics", metrics)]
