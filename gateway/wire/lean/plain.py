"""Reads answers that are as plain as most are, in one go; whatever else comes is left to the parser."""

import re
from functools import lru_cache
from typing import Final

from gateway.wire.body import Body, too_long
from gateway.wire.call import Answer

_STATUS: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [\t\x20-\x7e]*)?")
_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*((?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?)")
_LONGEST: Final = 4096
"""Bytes of a head that is plain."""

_MOST: Final = 50
"""Headers in it."""

_ODD: Final = frozenset({"", "transfer-encoding", "upgrade"})
_STAYS: Final = frozenset({"keep-alive", "Keep-Alive"})
_BODILESS: Final = frozenset({204, 304})


def plain(data: bytes, maximum_bytes: int) -> Answer | None:
    """The answer, where it is whole, of HTTP/1.1, and nothing in it asks for more than to take it as it stands.

    So its connection may be used again. None of its headers comes twice, its length is told, its text is ASCII.

    Args:
        data: What has come, from the beginning of an answer.
        maximum_bytes: Of an unpacked body.

    Returns:
        None where the parser has to look.

    Raises:
        Misfit: The body is none that is taken.
    """
    end = data.find(b"\r\n\r\n", 0, _LONGEST)
    if end < 0:
        return None
    lines = data[:end].split(b"\r\n")
    status = _status(lines[0])
    count = len(lines)
    if not status or count > _MOST:
        return None
    del lines[0]
    headers = dict(map(_line, lines))
    length = headers.pop("content-length", "")  # of no use to anybody else: a body has one
    begin = end + 4
    if (
        len(headers) < count - 2  # one of them twice
        or not _ODD.isdisjoint(headers)
        or ("connection" in headers and headers["connection"] not in _STAYS)
        or not length.isdigit()
        or len(data) - begin != int(length)
    ):
        return None
    if "content-encoding" in headers:
        body = _unpacked(headers["content-encoding"], data[begin:], maximum_bytes)
    elif len(data) - begin > maximum_bytes:
        raise too_long(maximum_bytes)
    else:
        body = data[begin:]
    headers.pop("location", None)  # nobody is led anywhere
    return Answer(status, headers, body)


@lru_cache(maxsize=64)
def _status(line: bytes) -> int:
    """The status; 0 where it is none that is plain."""
    found = _STATUS.fullmatch(line)
    status = int(found[1]) if found else 0
    return 0 if status in _BODILESS else status


@lru_cache(maxsize=1024)
def _line(line: bytes) -> tuple[str, str]:
    """Name in lower case, and value; an empty name where it is none that is plain. Few are other than in the last."""
    found = _LINE.fullmatch(line)
    return (found[1].decode("ascii").lower(), found[2].decode("ascii")) if found else ("", "")


def _unpacked(coding: str, packed: bytes, maximum_bytes: int) -> bytes:
    body = Body(coding, maximum_bytes)
    if packed:
        body.take(packed)
    return body.whole()
