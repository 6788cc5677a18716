"""How many files, sockets among them, the process may have open: often 1 024 where the system would allow more."""

import contextlib
import sys
from typing import Final

OTHERS: Final = 512
"""Open files beside the connections of clients: those to upstreams, the ledger, the standard streams."""


def make_room_for(connections: int) -> None:
    """Raise the process's own limit, as far as the system lets it, so that so many connections fit.

    Args:
        connections: Of clients.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHERS if hard == resource.RLIM_INFINITY else min(connections + OTHERS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # the system has a limit beyond the one that it names
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
