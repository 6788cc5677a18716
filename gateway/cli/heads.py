"""The head of a request: what makes two programs disagree about where a request ends, or whom it is for.

The parser refuses most of it: two lengths, a length beside chunks, bare line feeds, folded lines, broken chunks. What
it lets through and RFC 9112 does not is refused here.
"""

import re
from collections.abc import Sequence
from typing import Final

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_AUTHORITY: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")


class HeadRefused(Exception):  # noqa: N818  the client erred
    """The head is refused: 400."""


def check_head(version: str, url: bytes, headers: Sequence[tuple[bytes, bytes]], *, upgrades: bool) -> None:
    """Check what the parser has let through.

    Args:
        version: `1.1`.
        url: The request's target.
        headers: With lower-case names.
        upgrades: The connection is to speak another protocol afterwards.

    Raises:
        HeadRefused: It is no HTTP/1; has none or two of Host; an address for another host; a transfer coding beside
            `chunked`, or any in HTTP/1.0; a body in front of another protocol.
    """
    if version not in _VERSIONS:
        raise HeadRefused
    hosts = []
    has_body = False
    for name, value in headers:
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked" or version == "1.0":
                raise HeadRefused
            has_body = True
        elif name == b"content-length":
            has_body = has_body or value.strip(b"0") != b""
    if len(hosts) > 1 or (not hosts and version == "1.1") or (upgrades and has_body):
        raise HeadRefused
    if not url.startswith((b"/", b"*")):
        _check_authority(url, hosts[0] if hosts else b"")


def _check_authority(url: bytes, host: bytes) -> None:
    """A target that names a host names the same one."""
    named = _AUTHORITY.match(url)
    if named is None or named[1].lower() != host.lower():
        raise HeadRefused


def is_handshake(method: bytes, version: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether it opens a WebSocket (RFC 6455, 4.2.1)."""
    given = {name: value.strip() for name, value in headers}
    return (
        method == b"GET"
        and version == "1.1"
        and given.get(b"sec-websocket-version") == b"13"
        and _KEY.fullmatch(given.get(b"sec-websocket-key", b"")) is not None
    )
