"""The page at `/`: GraphiQL with the gateway's examples, under a policy that lets it talk to the gateway alone."""

from collections.abc import Sequence
from html import escape
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.door.explorer.assets import manifest, serve_asset
from gateway.door.explorer.examples import NATIVE_ID, ORGANIZATION, Example, examples
from gateway.door.explorer.headers import headers_text

HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PAGE: Final = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title}</title>
    <link rel="icon" href="explorer/{icon}" type="image/svg+xml">
    <link rel="stylesheet" href="explorer/{style}">
    {preloads}
    <script id="settings" type="application/json">{settings}</script>
    <script type="module" src="explorer/{script}"></script>
  </head>
  <body>
    <div id="explorer"><p class="loading">Loading the explorer …</p></div>
    <noscript>The explorer needs JavaScript. The graph itself is at {endpoint}.</noscript>
  </body>
</html>
"""


class Settings(msgspec.Struct, frozen=True):
    """What the page's script reads.

    Attributes:
        title: The name that the page shows.
        endpoint: The path of the GraphQL endpoint.
        traced: Requests ask for traces until somebody turns that off.
        headers: What stands in the editor of request headers until somebody writes there.
        workers: The files of the editors' workers, by label.
        examples: The tabs of a first visit.
    """

    title: str
    endpoint: str
    traced: bool
    headers: str
    workers: dict[str, str]
    examples: list[Example]


def within_script(settings: Settings) -> str:
    """The settings as JSON that cannot end the script element it stands in."""
    text = msgspec.json.encode(settings).decode()
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def page(settings: Settings) -> str:
    """The page as HTML. Its links are relative, so that it also works under a path prefix."""
    built = manifest()
    return PAGE.format(
        title=escape(settings.title),
        endpoint=escape(settings.endpoint),
        icon=built.icon,
        style=built.style,
        script=built.script,
        preloads="\n    ".join(f'<link rel="modulepreload" href="explorer/{chunk}">' for chunk in built.chunks),
        settings=within_script(settings),
    )


def routes(  # noqa: PLR0913  each is a choice of its own
    *,
    endpoint: str = "/graphql",
    title: str = "Organization gateway",
    organization: str = ORGANIZATION,
    native_id: str = NATIVE_ID,
    callers_headers: Sequence[str] = (),
    on_sandbox: bool = False,
) -> list[BaseRoute]:
    """The explorer's routes: the page at `/`, its files under `/explorer/`.

    Args:
        endpoint: The path of the GraphQL endpoint, on the same origin.
        title: The name that the page shows.
        organization: The key of the organization that the example queries ask about.
        native_id: The same organization's `upstream:nativeId`.
        callers_headers: The names of the headers with callers' own credentials of upstreams, of those that want them.
        on_sandbox: Show examples that change something, too, and ask for traces until somebody turns that off: whoever
            tries the gateway wants to see what it does; answers of a real one look as apps get them.
    """
    settings = Settings(
        title=title,
        endpoint=endpoint,
        traced=on_sandbox,
        headers=headers_text(callers_headers),
        workers=manifest().workers,
        examples=examples(organization=organization, native_id=native_id, special=True, on_sandbox=on_sandbox),
    )
    html = page(settings).encode()

    async def serve_page(_request: Request) -> Response:
        return HTMLResponse(html, headers=HEADERS)

    return [Route("/", serve_page), Route("/explorer/{file}", serve_asset)]
