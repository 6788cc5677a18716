"""Writes requests as bytes: what httpx would send for the same call, or nothing."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus

import httpx

from gateway.wire.call import Call

Pairs = tuple[tuple[str, str], ...]

_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~.!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+")
"""What httpx takes as it is, as long as no segment begins with a dot."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST: Final = 65_536
"""Characters of an address, and of its query; the same as httpx's."""

_REMEMBERED: Final = 1024
"""Lines of headers, and queries, that need not be put together again."""

_PATHS: Final = 4096
"""Paths of which it is remembered whether they are plain."""

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

_USUAL: Final = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
_ALWAYS_SIZED: Final = frozenset({"PATCH", "POST", "PUT"})
_UNASKABLE: Final = frozenset({"CONNECT", "HEAD"})  # their answers have a form of their own


class Unsayable(Exception):  # noqa: N818  the call is it
    """HTTP cannot say it, or must not: a line end in a header, an address that is none."""


class Requests:
    """Writes the requests to one upstream.

    The lines of headers that many of them have in common are put together once: all but marks, length and credential,
    which is nobody else's.

    Args:
        base_url: The upstream's, without a trailing slash.

    Raises:
        httpx.InvalidURL: It is no address.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._origin = httpx.URL(base_url)
        self._host = self._origin.netloc.decode("ascii")
        self._is_odd = bool(set(base_url) & set("?#"))
        self._prefix = "" if self._is_odd else httpx.URL(f"{base_url}/").raw_path.decode("ascii").removesuffix("/")
        self._longest = _LONGEST - len(base_url)
        self._last: tuple[object, object, object, str | None] = (None,) * 4  # an operation asks several times in a row

    def written(self, call: Call) -> bytes:
        """Head and body.

        Raises:
            Unsayable: Nothing may be sent.
        """
        body, path, credential = call.body, call.path, call.credential
        try:
            headers = tuple(call.headers.items()) if call.headers else ()
            content_type = None if body is None else call.content_type
            names, lines = _lines(self._host, headers, content_type)
            marks, shown, others, own = self._last
            if marks is not call.marks or shown is not credential or others is not names:
                own = _own(call.marks, credential, names)
                self._last = call.marks, credential, names, own
            if own is None:
                headers = *call.marks.items(), *headers  # what the marks say comes first, and does not stay
                names, lines = _written(self._host, headers, content_type, credential)
                own = ""
            if body or call.method in _ALWAYS_SIZED:
                own += f"Content-Length: {len(body or b'')}\r\n"
            method = call.method if call.method in _USUAL else _method(call.method)
            if self._is_odd or len(path) > self._longest or not _is_plain(path):
                head = f"{method} {self._by_httpx(call)} HTTP/1.1\r\n{lines}{own}\r\n"
            else:
                asked = _asked(call.query) if call.query else ""
                head = f"{method} {self._prefix}{path}{asked} HTTP/1.1\r\n{lines}{own}\r\n"
            return head.encode("ascii") + body if body else head.encode("ascii")
        except (ValueError, httpx.InvalidURL):
            raise Unsayable from None

    def _by_httpx(self, call: Call) -> str:
        url = httpx.URL(self._base_url + call.path, **({"params": call.query} if call.query else {}))
        if (url.scheme, url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise ValueError("the path leads elsewhere")
        return url.raw_path.decode("ascii")


@lru_cache(maxsize=_PATHS)
def _is_plain(path: str) -> bool:
    return "/." not in path and _PLAIN_PATH.fullmatch(path) is not None


@lru_cache(maxsize=_REMEMBERED)
def _asked(query: Pairs) -> str:
    """What stands behind the path."""
    text = "&".join([f"{quote_plus(name)}={quote_plus(value)}" for name, value in _grouped(query)])
    if len(text) > _LONGEST:
        raise Unsayable
    return f"?{text}"


def _grouped(query: Pairs) -> Pairs:
    """The same pairs; those of a name stand where its first one does."""
    if len(dict(query)) == len(query):
        return query
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name, []).append(value)
    return tuple((name, value) for name, each in values.items() for value in each)


def _written(
    host: str, headers: Pairs, content_type: str | None, credential: tuple[str, str] | None = None
) -> tuple[frozenset[str], str]:
    """The names of the headers, in lower case, and their lines; of two that are the same, the later one counts."""
    lines = {"host": f"Host: {host}\r\n"} | _FIXED
    for name, value in headers if credential is None else (*headers, credential):
        lines[_key(name)] = _line(name, value)
    if content_type is not None:
        lines["content-type"] = _line("Content-Type", content_type)
    return frozenset(lines), "".join(lines.values())


_lines = lru_cache(maxsize=_REMEMBERED)(_written)


def _own(marks: Mapping[str, str], credential: tuple[str, str] | None, others: frozenset[str]) -> str | None:
    """The lines of marks and credential; None where one of them is not the only header of its name."""
    names = tuple(marks) if credential is None else (*marks, credential[0])
    if not _are_apart(names, others):
        return None
    lines = "".join(map(_line, marks, marks.values()))
    return lines if credential is None else lines + _line(*credential)


@lru_cache(maxsize=256)
def _are_apart(names: tuple[str, ...], others: frozenset[str]) -> bool:
    """Whether no two of these headers have one name, and none of them has that of another one."""
    keys = set(map(_key, names))
    return len(keys) == len(names) and others.isdisjoint(keys)


def _line(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable() or value.strip(" ") != value:
        raise ValueError("no header can hold it")
    return f"{name}: {value}\r\n"


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.lower()
    if not _TOKEN.fullmatch(name) or key in _FRAMING:
        raise ValueError("no such header")
    return key


def _method(method: str) -> str:
    if not _TOKEN.fullmatch(method) or method.upper() in _UNASKABLE:
        raise ValueError("no such method")
    return method.upper()
