"""Whether the machine gives the processes of a soak the time that they want: who gets none answers nobody in time."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.soak.record import Record

LOOKS_BACK = 6.0
"""Seconds: a read that fails now began at most so long ago."""
_EVERY = 0.2
_LATE = 1.0
_NANOSECONDS = 1e9


@dataclass(frozen=True)
class Moment:
    """What the kernel has counted until then, of each process in seconds: run, and waited for a processor to run on.

    Attributes:
        at: By this process's clock.
        late: By how many seconds this process's own loop came too late.
    """

    at: float
    late: float
    ran: tuple[float, ...]
    waited: tuple[float, ...]


def starved(moments: list[Moment]) -> bool:
    """Whether between the first and the last moment a process waited longer for a processor than it ran.

    That counts for processes that wanted to run for a second at least. A process that blocks itself, or waits for
    something else than a processor, is not starved.
    """
    if len(moments) < 2:
        return False
    first, last = moments[0], moments[-1]
    for process in range(len(first.ran)):
        ran, waited = last.ran[process] - first.ran[process], last.waited[process] - first.waited[process]
        if waited > ran and waited + ran > 1:
            return True
    return max(each.late for each in moments) > _LATE


class Pressure:
    """Watches processes, and notes in the record whether they are starved.

    Args:
        record: Is told.
        processes: Their ids.
        times: What the kernel has counted of a process: seconds run, seconds waited.
    """

    def __init__(
        self, record: Record, processes: list[int], times: Callable[[int], tuple[float, float]] | None = None
    ) -> None:
        self._record = record
        self._processes = processes
        self._times = times or times_of
        self._moments: deque[Moment] = deque()

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            due = time.monotonic() + _EVERY
            await asyncio.sleep(_EVERY)
            self.look(time.monotonic(), time.monotonic() - due)

    def look(self, now: float, late: float) -> None:
        """Once.

        Args:
            now: By the clock.
            late: Seconds by which this comes too late.
        """
        counted = [self._times(process) for process in self._processes]
        ran, waited = zip(*counted, strict=True)
        self._moments.append(Moment(now, late, ran, waited))
        while self._moments[0].at < now - LOOKS_BACK:
            self._moments.popleft()
        self._record.starved = starved(list(self._moments))


def times_of(process: int) -> tuple[float, float]:
    """Seconds that a process's first thread ran, and waited for a processor; zeros where the kernel does not tell."""
    try:
        ran, waited, _ = Path(f"/proc/{process}/schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0, 0.0
    return int(ran) / _NANOSECONDS, int(waited) / _NANOSECONDS
