"""Writes requests as bytes: what httpx would send for the same call, or nothing."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus

import httpx

from gateway.wire.call import Call

_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~.!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+")
"""What httpx takes as it is, as long as no segment is made of dots."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST: Final = 65_536
"""Characters of an address, and of its query; the same as httpx's."""

_SHORT: Final = 64
"""Texts of fewer characters are remembered in their quoted form: names, numbers, ids."""

_FRAMING: Final = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that the wire alone writes."""

_ALWAYS_SIZED: Final = frozenset({"PATCH", "POST", "PUT"})
_UNASKABLE: Final = frozenset({"CONNECT", "HEAD"})  # their answers have a form of their own


class Unsayable(Exception):  # noqa: N818  the call is it
    """HTTP cannot say it, or must not: a line end in a header, an address that is none."""


class Requests:
    """Writes the requests to one upstream.

    Args:
        base_url: The upstream's, without a trailing slash.

    Raises:
        httpx.InvalidURL: It is no address.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._origin = httpx.URL(base_url)
        self._prefix: str | None = None
        if not set(base_url) & set("?#"):
            self._prefix = httpx.URL(f"{base_url}/").raw_path.decode("ascii").removesuffix("/")
        self._fixed = {
            "host": f"Host: {self._origin.netloc.decode('ascii')}\r\n",
            "accept": "Accept: application/json\r\n",
            "accept-encoding": "Accept-Encoding: gzip\r\n",
            "connection": "Connection: keep-alive\r\n",
            "user-agent": "User-Agent: organization-gateway\r\n",
        }

    def written(self, call: Call) -> bytes:
        """Head and body.

        Raises:
            Unsayable: Nothing may be sent.
        """
        try:
            lines = self._fixed.copy()
            _put(lines, call.marks.items())
            _put(lines, call.headers.items())
            if call.credential is not None:
                _put(lines, (call.credential,))
            body = call.body
            if body is not None:
                _put(lines, (("Content-Type", call.content_type),))
            if body or call.method in _ALWAYS_SIZED:
                lines["content-length"] = f"Content-Length: {len(body or b'')}\r\n"
            head = f"{_method(call.method)} {self._target(call)} HTTP/1.1\r\n{''.join(lines.values())}\r\n"
            return head.encode("ascii") + body if body else head.encode("ascii")
        except (ValueError, httpx.InvalidURL):
            raise Unsayable from None

    def _target(self, call: Call) -> str:
        path = call.path
        if (
            self._prefix is None
            or "/." in path
            or not _PLAIN_PATH.fullmatch(path)
            or len(self._base_url) + len(path) > _LONGEST
        ):
            return self._by_httpx(call)
        if not call.query:
            return self._prefix + path
        query = "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in _grouped(call.query)])
        if len(query) > _LONGEST:
            raise Unsayable
        return f"{self._prefix}{path}?{query}"

    def _by_httpx(self, call: Call) -> str:
        url = httpx.URL(self._base_url + call.path, **({"params": call.query} if call.query else {}))
        if (url.scheme, url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise ValueError("the path leads elsewhere")
        return url.raw_path.decode("ascii")


def _grouped(query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The same pairs; those of a name stand where its first one does."""
    if len(query) == 1 or len(dict(query)) == len(query):
        return query
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name, []).append(value)
    return tuple((name, value) for name, each in values.items() for value in each)


def _put(lines: dict[str, str], headers: Iterable[tuple[str, str]]) -> None:
    for name, value in headers:
        if not value.isascii() or not value.isprintable() or value.strip() != value:
            raise ValueError("no header can hold it")
        lines[_key(name)] = f"{name}: {value}\r\n"


def _quoted(text: str) -> str:
    return _quoted_short(text) if len(text) < _SHORT else quote_plus(text)


@lru_cache(maxsize=1024)
def _quoted_short(text: str) -> str:
    return quote_plus(text)


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.lower()
    if not _TOKEN.fullmatch(name) or key in _FRAMING:
        raise ValueError("no such header")
    return key


@lru_cache(maxsize=16)
def _method(method: str) -> str:
    if not _TOKEN.fullmatch(method) or method.upper() in _UNASKABLE:
        raise ValueError("no such method")
    return method.upper()
