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

MOST_PATHS: Final = 4096
"""Paths of one upstream of which it is remembered how they are written."""

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
    which is nobody else's. An operation asks several times in a row: the lines of the last request are known, too.

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
        prefix = "" if self._is_odd else httpx.URL(f"{base_url}/").raw_path.decode("ascii").removesuffix("/")
        self._targets = _Targets(prefix, 0 if self._is_odd else _LONGEST - len(base_url))
        self._last: tuple[object, object, object, str] = None, None, None, ""

    def written(self, call: Call) -> bytes:
        """Head and body.

        Raises:
            Unsayable: Nothing may be sent.
        """
        body, method = call.body, call.method
        marks, credential, headers, rest = self._last
        try:
            if (
                call.marks is not marks
                or call.credential is not credential
                or call.headers is not headers
                or body is not None
                or method != "GET"
            ):
                method = method if method in _USUAL else _method(method)
                rest = self._rest_of(call)
            target = self._targets[call.path]
            if target is None:
                head = f"{method} {self._by_httpx(call)}{rest}"
            elif call.query:
                head = f"{method} {target}{_asked(call.query)}{rest}"
            else:
                head = f"{method} {target}{rest}"
            return head.encode("ascii") + body if body else head.encode("ascii")
        except (ValueError, httpx.InvalidURL):
            raise Unsayable from None

    def _rest_of(self, call: Call) -> str:
        """What stands behind the target of a head; known from then on where the call is a plain read."""
        marks, credential, body = call.marks, call.credential, call.body
        content_type, headers = None if body is None else call.content_type, tuple(call.headers.items())
        names, lines = _lines(self._host, headers, content_type)
        own = _own(marks, credential, names)
        if own is None:
            headers = *marks.items(), *headers  # what the marks say comes first, and does not stay
            _, lines = _written(self._host, headers, content_type, credential)
        else:
            lines += own
        if body or call.method in _ALWAYS_SIZED:
            lines += f"Content-Length: {len(body or b'')}\r\n"
        rest = f" HTTP/1.1\r\n{lines}\r\n"
        if body is None and call.method == "GET":
            self._last = marks, credential, call.headers, rest
        return rest

    def _by_httpx(self, call: Call) -> str:
        url = httpx.URL(self._base_url + call.path, **({"params": call.query} if call.query else {}))
        if (url.scheme, url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise ValueError("the path leads elsewhere")
        return url.raw_path.decode("ascii")


class _Targets(dict[str, str | None]):
    """How paths are written, without a query; None where httpx has to say it.

    Args:
        prefix: Stands before each.
        longest: Characters; 0 where no path is plain.
    """

    __slots__ = ("_longest", "_prefix")

    def __init__(self, prefix: str, longest: int) -> None:
        self._prefix = prefix
        self._longest = longest

    def __missing__(self, path: str) -> str | None:
        if len(self) >= MOST_PATHS:
            self.clear()
        is_plain = len(path) <= self._longest and "/." not in path and _PLAIN_PATH.fullmatch(path)
        target = self[path] = self._prefix + path if is_plain else None
        return target


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
