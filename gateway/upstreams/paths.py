"""Paths of upstream requests: whatever a part holds, it stays one segment."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")
"""Text that says the same when it is quoted."""


@lru_cache(maxsize=4096)
def path_of(parts: tuple[str, ...]) -> str:
    """A path, each of whose parts is quoted whole."""
    if _SAFE.fullmatch("".join(parts)):
        return "/" + "/".join(parts)
    return "/" + "/".join([quote(part, safe="") for part in parts])
