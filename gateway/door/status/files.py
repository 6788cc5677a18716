"""The page's own files: plain HTML, CSS and ES modules; nothing is built."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER: Final = files("gateway.door.status") / "static"
PAGE: Final = "status.html"

MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file, as it is sent; `tag` is its entity tag."""

    media_type: str
    content: bytes
    tag: str


@cache
def names() -> frozenset[str]:
    """The files that the page may load."""
    return frozenset(file.name for file in FOLDER.iterdir()) - {PAGE}


@cache
def file(name: str) -> File:
    """A file, read once.

    Args:
        name: `PAGE`, or one of `names`.
    """
    content = (FOLDER / name).read_bytes()
    return File(MEDIA_TYPES[PurePosixPath(name).suffix], content, f'"{hashlib.sha256(content).hexdigest()[:16]}"')


async def serve_page(request: Request) -> Response:
    """`GET /status`: the page, which holds no data."""
    return _sent(request, file(PAGE))


async def serve_file(request: Request) -> Response:
    """`GET /status/{file}`: what the page loads; 404 for any other name."""
    name = request.path_params["file"]
    if name not in names():
        return PlainTextResponse("Not found", status_code=404, headers={"X-Content-Type-Options": "nosniff"})
    return _sent(request, file(name))


def _sent(request: Request, found: File) -> Response:
    headers = {**HEADERS, "ETag": found.tag}
    if request.headers.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
