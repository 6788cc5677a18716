"""What the gateway serves: its routes, and what stands before all of them."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp

from gateway.door import browsers, endpoint
from gateway.door.admission import Admission
from gateway.door.nowhere import exception_handlers, socket_route
from gateway.door.origins import Origins
from gateway.door.security import SecurityHeaders
from gateway.door.websocket.handshake import WebSocketEndpoint
from gateway.door.websocket.session import Bounds
from gateway.execution.operation import Exchange, Execute
from gateway.settings import Settings

GRAPHQL_PATH = "/graphql"


def front(settings: Settings, routes: list[BaseRoute], lifespan: Callable[[Starlette], Any]) -> ASGIApp:
    """The ASGI application.

    Args:
        settings: The gateway's.
        routes: All of them.
        lifespan: What surrounds the serving.
    """
    application = Starlette(
        routes=[*routes, socket_route()],
        middleware=browsers.middleware(origins=settings.server.origins, hosts=settings.server.hosts),
        exception_handlers=exception_handlers(),
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return SecurityHeaders(application)


def doors(settings: Settings, execute: Execute, lets_in: Callable[[Exchange], Awaitable[bool]]) -> list[BaseRoute]:
    """GraphQL over HTTP and over WebSocket, which share what runs at once.

    Args:
        settings: The gateway's.
        execute: Carries an operation out.
        lets_in: Whether a caller may ask at all.
    """
    figures = settings.server
    origins, admission = Origins(figures.origins), Admission(figures.operations)
    over_http = endpoint.routes(execute, origins=origins, admission=admission, body_bytes=settings.limits.body_bytes)
    bounds = Bounds(figures.socket_init_seconds, figures.socket_operations)
    sockets = WebSocketEndpoint(execute, lets_in, origins=origins, admission=admission, bounds=bounds)
    return [*over_http, WebSocketRoute(GRAPHQL_PATH, sockets)]
