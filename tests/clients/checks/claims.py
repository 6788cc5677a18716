"""One line per claim; the process fails where one does."""

import atexit
import os
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

_PLACE = Path(sys.argv[0]).stem
_failed: list[str] = []


async def check(claim: str, body: Callable[[], Awaitable[None]]) -> None:
    """A claim; it fails where its body raises."""
    try:
        await body()
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        _failed.append(claim)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stdout.write(f"FAIL {_PLACE}: {claim}: {said[:600]}\n")
    else:
        sys.stdout.write(f"ok   {_PLACE}: {claim}\n")
    sys.stdout.flush()


def stranger() -> str:
    """An address that nobody was invited at before."""
    return f"robin.{uuid.uuid4().hex[:8]}@acme.example"


@atexit.register
def _end() -> None:
    if _failed:
        sys.stdout.flush()
        os._exit(1)
