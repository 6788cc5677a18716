"""Hours of mixed traffic in minutes, and whether the gateway grows by it: `python -m tests.soak`; see `--help`.

Callers of all kinds ask a real gateway, in a process of its own, on stand-ins in another one that have bad days. After
a warm-up, and at the end, the traffic pauses: memory, open files and tasks are compared at rest.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.callers import Callers
from tests.soak.pressure import Pressure
from tests.soak.processes import Served, StandIns
from tests.soak.record import Bounds, Record, Sample
from tests.soak.trouble import Hang, Trouble

_SAMPLES = 12
_LONGEST_WARM_UP = 300.0


def options() -> argparse.Namespace:
    """The command line; the time comes from the environment where it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    seconds = float(os.environ.get("SOAK_SECONDS", "1800"))
    parser.add_argument("--seconds", type=float, default=seconds, help="of traffic, with the warm-up")
    parser.add_argument("--warm-up", type=float, metavar="SECONDS", help="a third of the time, at most 5 minutes")
    parser.add_argument("--at-once", type=int, default=8, metavar="N", help="callers")
    parser.add_argument("--pause", type=float, default=8.0, metavar="SECONDS", help="between bad days")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", type=float, default=Bounds.memory, metavar="MB", help="after the warm-up")
    parser.add_argument("--unannounced", action="store_true", help="only hang, until the untold judge finds it")
    return parser.parse_args()


def bounds_of(chosen: argparse.Namespace) -> Bounds:
    """What the judge allows."""
    return Bounds(memory=chosen.growth)


def main() -> int:
    """Run; 0 where no bound was broken."""
    chosen = options()
    record = Record()
    with StandIns() as stand_ins, tempfile.TemporaryDirectory(prefix="gateway-soak-") as folder:
        with Served(Path(folder), stand_ins.settings()) as served:
            asyncio.run(Soak(served, stand_ins, record, chosen).run())
            record.faults += served.faults()
        record.judge(bounds_of(chosen))
    sys.stdout.write(record.table() + "\n")
    return 1 if record.faults else 0


class Soak:
    """One run."""

    def __init__(self, served: Served, stand_ins: StandIns, record: Record, chosen: argparse.Namespace) -> None:
        self._served = served
        self._record = record
        self._chosen = chosen
        numbers = random.Random(chosen.seed)  # noqa: S311  nothing secret
        self._trouble = Trouble(stand_ins.urls(), record, numbers, chosen.pause)
        if chosen.unannounced:
            bounds = bounds_of(chosen)
            self._trouble = Hang(stand_ins.urls(), chosen.pause, lambda: record.tells_of_timeouts(bounds))
        self._pressure = Pressure(record, [served.process, stand_ins.process, os.getpid()])
        self._callers = Callers(served.port, served.organizations(), record, numbers)
        self._began = time.monotonic()

    async def run(self) -> None:
        """Warm up, rest, go on, rest; or, with a hang that nobody announces, until it is found."""
        seconds = self._chosen.seconds
        every = max(seconds / _SAMPLES, 5)
        if self._chosen.unannounced:
            await self._traffic(seconds, every)
        else:
            warm_up = self._chosen.warm_up or min(seconds / 3, _LONGEST_WARM_UP)
            await self._traffic(warm_up, warm_up)
            await self._rest()
            await self._traffic(seconds - warm_up, every)
        await self._rest()
        await self._trouble.close()

    async def _traffic(self, seconds: float, every: float) -> None:
        end = time.monotonic() + seconds
        running = [asyncio.create_task(self._callers.work()) for _ in range(self._chosen.at_once)]
        running += [asyncio.create_task(self._trouble.bring()), asyncio.create_task(self._pressure.watch())]
        while self._served.lives and (left := end - time.monotonic()) > 0:
            await asyncio.wait(running, timeout=min(left, every), return_when=asyncio.FIRST_COMPLETED)
            if any(task.done() for task in running):
                break
            await self._sample(at_rest=False)
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        broken = [each for each in ended if isinstance(each, Exception)]
        if broken:
            raise ExceptionGroup("The traffic has ended of its own accord.", broken)
        await self._trouble.end()

    async def _rest(self) -> None:
        await self._served.settle()
        await self._sample(at_rest=True)

    async def _sample(self, *, at_rest: bool) -> None:
        served, tasks = self._served, await self._served.tasks()
        seconds = time.monotonic() - self._began
        sample = Sample(seconds, self._record.requests, served.memory(), served.descriptors(), tasks, at_rest)
        self._record.samples.append(sample)
        sys.stderr.write(f"{seconds:6.0f} s  {sample.requests} requests  {sample.memory:.1f} MB\n")


if __name__ == "__main__":
    sys.exit(main())
