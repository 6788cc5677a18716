"""Whether the process lives, and whether it should be sent requests."""

from collections.abc import Callable
from typing import TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

Ready: TypeAlias = Callable[[], tuple[bool, dict[str, str]]]


def routes(ready: Ready) -> list[BaseRoute]:
    """Build the routes `/livez` and `/readyz`.

    Args:
        ready: Says at once whether the gateway is ready, and the state of each part of it by name.
    """

    async def livez(_request: Request) -> Response:
        return _answer(200, {"status": "ok"})

    async def readyz(_request: Request) -> Response:
        good, parts = ready()
        return _answer(200 if good else 503, {"status": "ok" if good else "unavailable", "parts": parts})

    return [Route("/livez", livez), Route("/readyz", readyz)]


def _answer(status: int, body: dict[str, object]) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(orjson.dumps(body), status, headers, "application/json")
