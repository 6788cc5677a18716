"""For how long a connection that nobody uses is kept, and for how long it is trusted."""

import re
from functools import lru_cache
from typing import Final

IDLE_SECONDS: Final = 30.0
"""For so long a connection is kept that is not used, unless the upstream says that it keeps it for less."""

FRESH_SECONDS: Final = 4.0
"""A connection that has been idle for longer carries no write: servers close idle ones after 5 s and more."""

MOMENT: Final = 0.5
"""Seconds for which a connection that has answered is given to a read without a look at its socket: that would find
only what has come since the loop looked. A read that breaks off is repeated; a write is not."""

_TOLD = re.compile(r"(?:^|[,;\s])timeout=(\d{1,9})(?![\d.])", re.IGNORECASE)


@lru_cache(maxsize=64)
def kept_seconds(told: str) -> float:
    """How long a connection is kept of which the upstream says so in a Keep-Alive header: a second less than that."""
    seconds = _TOLD.search(told)
    return min(IDLE_SECONDS, max(0.0, int(seconds[1]) - 1.0)) if seconds else IDLE_SECONDS
