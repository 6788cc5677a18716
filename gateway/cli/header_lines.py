"""The headers of answers as they are written; those that were written before are remembered."""

import re
from collections.abc import Sequence
from typing import Final

_MOST_LINES: Final = 512
_LONGEST_LINE: Final = 512
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHANGING: Final = frozenset({b"content-length", b"date", b"x-request-id"})

_lines: dict[tuple[bytes, bytes], bytes] = {}
"""Nearly all are the same for every answer."""

_last: tuple[Sequence[tuple[bytes, bytes]], bytes] = (), b""
"""Those of the server itself, which change once a second, and how they are written."""


def lines_of(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Write the headers that a server puts on all answers: a new list whenever they change.

    Raises:
        RuntimeError: As `line_of`.
    """
    global _last  # noqa: PLW0603  one server's
    if headers is not _last[0]:
        _last = headers, b"".join(map(line_of, headers))
    return _last[1]


def line_of(header: tuple[bytes, bytes]) -> bytes:
    """Write a header.

    Raises:
        RuntimeError: It would end early, and begin another one.
    """
    known = _lines.get(header)
    if known is not None:
        return known
    name, value = header[0].lower(), header[1]
    if not _NAME.fullmatch(name) or _NO_VALUE.search(value):
        raise RuntimeError("A header holds what no header may.")
    if name == b"connection" and b"close" in value.lower():
        return b""  # it is written last, where the connection does not stay
    line = b"%b: %b\r\n" % (name, value)
    if name not in _CHANGING and len(line) <= _LONGEST_LINE:
        if len(_lines) >= _MOST_LINES:
            _lines.clear()
        _lines[name, value] = line
    return line
