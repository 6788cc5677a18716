"""The built bundle: what `manifest.json` lists, and nothing else, is served."""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER: Final = files("gateway.door.explorer")

MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
COMPRESSED: Final = frozenset({".woff2"})

HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


class Manifest(msgspec.Struct, frozen=True):
    """What the build wrote about itself; names of files are names in `static/`."""

    packages: dict[str, str]
    script: str
    chunks: list[str]
    style: str
    icon: str
    workers: dict[str, str]
    licences: str
    static: dict[str, str]
    source: dict[str, str]


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the bundle, as it is sent."""

    media_type: str
    plain: bytes
    gzipped: bytes | None


@cache
def manifest() -> Manifest:
    """The manifest, read once."""
    return msgspec.json.decode((FOLDER / "manifest.json").read_bytes(), type=Manifest)


@cache
def asset(name: str) -> Asset:
    """One file of the bundle, read and compressed once.

    Args:
        name: A key of the manifest's `static`.
    """
    content = (FOLDER / "static" / name).read_bytes()
    suffix = PurePosixPath(name).suffix
    return Asset(
        media_type=MEDIA_TYPES[suffix],
        plain=content,
        gzipped=None if suffix in COMPRESSED else gzip.compress(content, compresslevel=6, mtime=0),
    )


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3)."""
    for offer in accept_encoding.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


async def serve_asset(request: Request) -> Response:
    """`GET /explorer/{file}`: a file of the bundle, for good; 404 for any other name."""
    name = request.path_params["file"]
    if name not in manifest().static:
        return PlainTextResponse("Not found", status_code=404, headers={"X-Content-Type-Options": "nosniff"})
    # Reading and compressing the larger files takes a tenth of a second, the first time.
    found = await run_in_threadpool(asset, name)
    headers = dict(HEADERS)
    content = found.plain
    if found.gzipped is not None and accepts_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        content = found.gzipped
    return Response(content, media_type=found.media_type, headers=headers)
