"""Writes requests as bytes: what httpx would send for the same call, or nothing."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote_plus

import httpx

from gateway.wire.call import Call

Pairs = tuple[tuple[str, str], ...]

_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~.!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+")
"""What httpx takes as it is, as long as no segment is made of dots."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_LONGEST: Final = 65_536
"""Characters of an address, and of its query; the same as httpx's."""

_REMEMBERED: Final = 512
"""Frames, and queries, that need not be put together again."""

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


class _Frame(NamedTuple):
    """What many requests have in common.

    Attributes:
        names: Of its headers, in lower case.
        method: In upper case.
        block: The lines of its headers.
        before: All before the call's own path.
        behind: All behind it, up to the last line of `block`.
    """

    names: frozenset[str]
    method: str
    block: str
    before: str
    behind: str


class Requests:
    """Writes the requests to one upstream.

    What many of them have in common is put together once: all but path, marks, credential and body.

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
        self._frame = lru_cache(_REMEMBERED)(self._framed)
        self._last: tuple[object, object, object, str | None] = (None,) * 4  # an operation asks several times in a row

    def written(self, call: Call) -> bytes:
        """Head and body.

        Raises:
            Unsayable: Nothing may be sent.
        """
        body, path = call.body, call.path
        try:
            headers = tuple(call.headers.items()) if call.headers else ()
            content_type = None if body is None else call.content_type
            names, method, block, before, behind = self._frame(call.method, call.query, headers, content_type)
            marks, credential, others, varying = self._last
            if marks is not call.marks or credential is not call.credential or others is not names:
                varying = _varying(call.marks, call.credential, names)
                self._last = call.marks, call.credential, names, varying
            if varying is None:
                headers = *call.marks.items(), *headers  # what the marks say comes first, and does not stay
                _, _, block, _, behind = self._framed(call.method, call.query, headers, content_type, call.credential)
                varying = ""
            if body or call.method in _ALWAYS_SIZED:
                varying += f"Content-Length: {len(body or b'')}\r\n"
            if self._is_odd or "/." in path or len(path) > self._longest or not _PLAIN_PATH.fullmatch(path):
                head = f"{method} {self._by_httpx(call)} HTTP/1.1\r\n{block}{varying}\r\n"
            else:
                head = f"{before}{path}{behind}{varying}\r\n"
            return head.encode("ascii") + body if body else head.encode("ascii")
        except (ValueError, httpx.InvalidURL):
            raise Unsayable from None

    def _framed(
        self,
        method: str,
        query: Pairs,
        headers: Pairs,
        content_type: str | None,
        credential: tuple[str, str] | None = None,
    ) -> "_Frame":
        names, block = _block(self._host, headers, credential, content_type)
        asked = f"?{_query(query)}" if query else ""
        method = _method(method)
        return _Frame(names, method, block, f"{method} {self._prefix}", f"{asked} HTTP/1.1\r\n{block}")

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


def _varying(marks: Mapping[str, str], credential: tuple[str, str] | None, others: frozenset[str]) -> str | None:
    """The lines of headers that are other ones in each operation; None where one is not fit, or not the only one."""
    if not _are_apart((*marks, credential[0]) if credential else (*marks,), others):
        return None
    lines = ""
    for name, value in marks.items():
        if not _VALUE.fullmatch(value):
            return None
        lines += f"{name}: {value}\r\n"
    if credential:
        if not _VALUE.fullmatch(credential[1]):
            return None
        lines += f"{credential[0]}: {credential[1]}\r\n"
    return lines


@lru_cache(maxsize=256)
def _are_apart(names: tuple[str, ...], others: frozenset[str]) -> bool:
    """Whether no two of these headers have one name, and none of them has that of another one."""
    keys = set(map(_key, names))
    return len(keys) == len(names) and others.isdisjoint(keys)


def _lines(headers: Pairs) -> dict[str, str]:
    lines = {}
    for name, value in headers:
        if not _VALUE.fullmatch(value):
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
