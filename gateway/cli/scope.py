"""What ASGI says of a request."""

from urllib.parse import unquote

import httptools
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def scope_of(connection: HttpToolsProtocol, version: str) -> HTTPScope:
    """Tell of the request whose head a connection has just read.

    Args:
        connection: Its parser stands at the end of the head.
        version: Of HTTP.

    Raises:
        httptools.HttpParserInvalidURLError: The target is none.
    """
    url = httptools.parse_url(connection.url)
    path = url.path.decode("ascii")
    return {
        "type": "http",
        "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
        "http_version": version,
        "server": connection.server,
        "client": connection.client,
        "scheme": connection.scheme or "http",
        "method": connection.parser.get_method().decode("ascii"),
        "root_path": connection.root_path,
        "path": unquote(path) if "%" in path else path,
        "raw_path": url.path,
        "query_string": url.query or b"",
        "headers": connection.headers,
        "state": connection.app_state.copy(),
    }
