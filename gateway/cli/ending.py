"""Signals that end a program, and the time that its end may take."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog

ANSWER_SECONDS: Final = 6.2
"""For what is in flight, once no connection is taken any more. Longer than a read may take."""

CUT_SECONDS: Final = 0.7
"""For the answers to what upstreams kept waiting all that time, after their connections were closed."""

CLOSE_SECONDS: Final = 1.6
"""For what is closed last: the ledger, spans that are left, the cache that replicas share."""

LONGEST_SECONDS: Final = 9.0
"""After this, the process ends, whatever it does. Beside `grace_seconds`, where they are at most 1: within 10 s."""

HURRIED_SECONDS: Final = 3.0
"""The same, after a second Ctrl+C."""

AGAIN_SECONDS: Final = 0.5
"""What comes sooner after the first signal is the same one: a terminal and a parent process both pass it on."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_log = structlog.get_logger(__name__)


class Interruption:
    """What signals asked for.

    Attributes:
        arrived: SIGINT or SIGTERM: end.
        hurried: SIGINT once more: now. Repeated SIGTERMs are no hurry; who sends them has SIGKILL.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._first: float | None = None
        self.arrived = asyncio.Event()
        self.hurried = asyncio.Event()

    def take(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
            self._loop.call_soon_threadsafe(self.arrived.set)
        elif number == signal.SIGINT and now - self._first >= AGAIN_SECONDS:
            self._loop.call_soon_threadsafe(self.hurried.set)

    async def wait(self) -> None:
        """Wait for the first one."""
        await self.arrived.wait()


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Takes SIGINT and SIGTERM; after the first one they stay without effect for good."""
    taken = Interruption()
    before = {each: signal.signal(each, taken.take) for each in _SIGNALS}
    try:
        yield taken
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_IGN if taken.arrived.is_set() else handler)


def end_within(seconds: float, is_over: Callable[[], bool]) -> None:
    """Ends the process after a while: from a thread, for the loop, or another thread, may be what holds it.

    Args:
        seconds: From now on.
        is_over: All is done, and only what nobody needs still holds it, such as a thread that looks up a name.
    """

    def end() -> None:
        time.sleep(seconds)
        over = is_over()
        if not over:
            _log.error("the gateway did not end in time, and is cut off")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0 if over else 1)

    threading.Thread(target=end, name="end", daemon=True).start()
