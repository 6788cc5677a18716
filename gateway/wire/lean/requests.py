"""Writes requests as bytes: what httpx would send for the same call, or nothing."""

import re
from functools import lru_cache, partial
from typing import Final
from urllib.parse import quote_plus

import httpx

from gateway.wire.call import Call

Pairs = tuple[tuple[str, str], ...]

_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~.!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+")
"""What httpx takes as it is, as long as no segment is made of dots."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST: Final = 65_536
"""Characters of an address, and of its query; the same as httpx's."""

_REMEMBERED: Final = 512
"""Sets of headers, and queries, that need not be put together again."""

_FIXED: Final = {
    "accept": "Accept: application/json\r\n",
    "accept-encoding": "Accept-Encoding: gzip\r\n",
    "connection": "Connection: keep-alive\r\n",
    "user-agent": "User-Agent: organization-gateway\r\n",
}

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

    What many of them have in common is put together once: the headers but for marks, and the query.

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
        self._longest = _LONGEST - len(base_url)
        self._block = lru_cache(_REMEMBERED)(partial(_block, self._origin.netloc.decode("ascii")))

    def written(self, call: Call) -> bytes:
        """Head and body.

        Raises:
            Unsayable: Nothing may be sent.
        """
        body = call.body
        try:
            headers = tuple(call.headers.items())
            content_type = None if body is None else call.content_type
            names, block = self._block(headers, call.credential, content_type)
            if call.marks:
                marks = tuple(call.marks.items())
                marked, lines = _marks(marks)
                if names.isdisjoint(marked):
                    block += lines
                else:  # what they say comes first, and does not stay
                    _, block = self._block(marks + headers, call.credential, content_type)
            if body or call.method in _ALWAYS_SIZED:
                block += f"Content-Length: {len(body or b'')}\r\n"
            head = f"{_method(call.method)} {self._target(call)} HTTP/1.1\r\n{block}\r\n".encode("ascii")
            return head + body if body else head
        except (ValueError, httpx.InvalidURL):
            raise Unsayable from None

    def _target(self, call: Call) -> str:
        path = call.path
        if self._prefix is None or "/." in path or len(path) > self._longest or not _PLAIN_PATH.fullmatch(path):
            return self._by_httpx(call)
        if not call.query:
            return self._prefix + path
        return f"{self._prefix}{path}?{_query(call.query)}"

    def _by_httpx(self, call: Call) -> str:
        url = httpx.URL(self._base_url + call.path, **({"params": call.query} if call.query else {}))
        if (url.scheme, url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise ValueError("the path leads elsewhere")
        return url.raw_path.decode("ascii")


@lru_cache(maxsize=_REMEMBERED)
def _query(query: Pairs) -> str:
    text = "&".join([f"{quote_plus(name)}={quote_plus(value)}" for name, value in _grouped(query)])
    if len(text) > _LONGEST:
        raise Unsayable
    return text


def _grouped(query: Pairs) -> Pairs:
    """The same pairs; those of a name stand where its first one does."""
    if len(dict(query)) == len(query):
        return query
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name, []).append(value)
    return tuple((name, value) for name, each in values.items() for value in each)


def _block(
    host: str, headers: Pairs, credential: tuple[str, str] | None, content_type: str | None
) -> tuple[frozenset[str], str]:
    """The lines of a head, and the names in it, in lower case; of two that are the same, the later one counts."""
    lines = {"host": f"Host: {host}\r\n"} | _FIXED | _lines(headers)
    if credential is not None:
        lines |= _lines((credential,))
    if content_type is not None:
        lines |= _lines((("Content-Type", content_type),))
    return frozenset(lines), "".join(lines.values())


@lru_cache(maxsize=_REMEMBERED)
def _marks(marks: Pairs) -> tuple[frozenset[str], str]:
    lines = _lines(marks)
    return frozenset(lines), "".join(lines.values())


def _lines(headers: Pairs) -> dict[str, str]:
    lines = {}
    for name, value in headers:
        if not value.isascii() or not value.isprintable() or value.strip() != value:
            raise ValueError("no header can hold it")
        lines[_key(name)] = f"{name}: {value}\r\n"
    return lines


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
