"""What the gateway serves: its routes, and what stands before all of them.

A request comes by the security headers, the check of host names, CORS, and the router. GraphQL needs no router: what is
for its path goes straight to its endpoint, by the same checks, where any are set.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.door import browsers, endpoint
from gateway.door.admission import Admission
from gateway.door.nowhere import exception_handlers, socket_route
from gateway.door.origins import Origins
from gateway.door.request import Direct
from gateway.door.security import SecurityHeaders
from gateway.door.websocket.handshake import WebSocketEndpoint
from gateway.door.websocket.session import Bounds
from gateway.execution.operation import Exchange, Execute
from gateway.settings import Settings

GRAPHQL_PATH = "/graphql"


class Front:
    """The ASGI application.

    Args:
        graphql: Serves requests for `GRAPHQL_PATH`; its answers have the security headers.
        others: Serves everything else.
        direct: Serves requests for GraphQL without ASGI; None where checks stand before it.

    Attributes:
        direct: As given.
    """

    __slots__ = ("_graphql", "_others", "direct")

    def __init__(self, graphql: ASGIApp, others: ASGIApp, direct: Direct | None = None) -> None:
        self._graphql = graphql
        self._others = others
        self.direct = direct

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """ASGI."""
        if scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            return self._graphql(scope, receive, send)
        return self._others(scope, receive, send)


def front(settings: Settings, routes: list[BaseRoute], lifespan: Callable[[Starlette], Any]) -> Front:
    """The ASGI application.

    Args:
        settings: The gateway's.
        routes: All of them.
        lifespan: What surrounds the serving.
    """
    checks = browsers.middleware(origins=settings.server.origins, hosts=settings.server.hosts)
    others = Starlette(routes=[*routes, socket_route()], exception_handlers=exception_handlers(), lifespan=lifespan)
    others.router.redirect_slashes = False
    graphql = next(each.app for each in routes if isinstance(each, Route) and each.path == GRAPHQL_PATH)
    if checks:
        return Front(_checked(graphql, checks), _checked(others, checks))
    direct = Direct(GRAPHQL_PATH.encode(), graphql.serve) if isinstance(graphql, endpoint.GraphQLEndpoint) else None
    return Front(graphql, _checked(others, checks), direct)


def _checked(app: ASGIApp, checks: list[Middleware]) -> ASGIApp:
    for each in reversed(checks):
        app = each.cls(app, *each.args, **each.kwargs)
    return SecurityHeaders(app)


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
