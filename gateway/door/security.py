"""The headers that stand on every answer, whoever gives it."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    # It is about images and scripts; what an app fetches from a listed origin is the matter of CORS.
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Those of an answer that is data; what brings a policy of its own keeps it."""

_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})


class SecurityHeaders:
    """ASGI middleware around everything: adds those of `HEADERS` that an answer lacks."""

    __slots__ = ("_app",)

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the head of the answer."""

        async def sent(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = message.get("headers", ())
                given = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in HEADERS if each[0] not in given)]
            await send(message)

        await self._app(scope, receive, sent)
