"""A run: portions of traffic, several connections at once, and the judgement of it all."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import httptools

from tests.fuzz.exchange import Result, fire
from tests.fuzz.report import Report
from tests.fuzz.shot import Shot
from tests.fuzz.subject import Subject
from tests.fuzz.traffic import Traffic
from tests.fuzz.verdict import faults

_PORTION = 600
_ALONE = 3
_MOST_SLOW = 20


@dataclass(frozen=True)
class Bounds:
    """What a run may not exceed.

    Attributes:
        seconds: Of one answer. One that was slower in the traffic is asked again alone, where the machine's other
            work counts less; the best of three attempts counts.
        memory: MB that it may grow between the first third of the traffic and the end, beside what its caches say that
            they hold more than before. It is for what comes and goes: garbage that is not looked for yet, see
            `gateway.cli.collection`, and holes between what is kept.
        descriptors: The same, of open files and sockets.
    """

    seconds: float = 1.0
    memory: float = 30.0
    descriptors: int = 40


class Run:
    """Sends traffic at a subject.

    Args:
        subject: Runs already.
        report: Takes the figures.
        bounds: What is a fault.
        at_once: How many connections.
        folder: Where requests that showed a fault are kept.
    """

    def __init__(self, subject: Subject, report: Report, bounds: Bounds, *, at_once: int, folder: Path) -> None:
        self._subject = subject
        self._report = report
        self._bounds = bounds
        self._at_once = at_once
        self._folder = folder

    async def all(self, traffic: Traffic, count: int) -> None:
        """Send so many requests, and judge them and the process."""
        began = time.monotonic()
        index = 0
        warm = False
        while self._report.sent < count and self._subject.lives:
            await self._portion(traffic.portion(index, min(_PORTION, -(-count // 3), count - self._report.sent)))
            index += 1
            if not warm and self._report.sent >= count / 3:
                warm = True
                await self._measure()
        if self._subject.lives:
            await self._measure(judged=True)
        self._report.seconds = time.monotonic() - began
        self._report.faults += self._subject.faults()

    async def _portion(self, shots: list[Shot]) -> None:
        waiting = iter(shots)
        slow: list[Shot] = []

        async def client() -> None:
            for shot in waiting:
                result = await self._fired(shot)
                if result and result.due and result.seconds > self._bounds.seconds * result.due:
                    slow.append(shot)

        async with asyncio.TaskGroup() as clients:
            for _ in range(self._at_once):
                clients.create_task(client())
        self._report.slow += len(slow)
        for shot in slow[:_MOST_SLOW]:
            await self._again(shot)

    async def _fired(self, shot: Shot) -> Result | None:
        try:
            result = await fire(shot, self._subject.host, self._subject.port)
        except OSError as error:
            self._report.rows[shot.kind].requests += 1
            if self._subject.lives:
                self._keep(shot, [f"no connection: {error}"])
            return None
        except httptools.HttpParserError as error:
            self._report.rows[shot.kind].requests += 1
            self._keep(shot, [f"what came back is no HTTP: {error}"])
            return None
        self._report.take(shot, result)
        self._keep(shot, list(faults(shot, result)))
        return result

    async def _again(self, shot: Shot) -> None:
        seconds = []
        for _ in range(_ALONE):
            result = await fire(shot, self._subject.host, self._subject.port)
            seconds.append(result.seconds / max(1, result.due))
        self._report.slowest_alone = max(self._report.slowest_alone, min(seconds))
        if min(seconds) > self._bounds.seconds:
            self._keep(shot, [f"an answer after {min(seconds):.1f} s"])

    def _keep(self, shot: Shot, found: list[str]) -> None:
        if not found:
            return
        path = self._folder / f"{self._report.seed}-{len(self._report.faults)}.json"
        shot.save(path, found)
        self._report.faults += [f"{shot.kind}: {each} ({path})" for each in found]

    async def _measure(self, *, judged: bool = False) -> None:
        before = next(iter(self._report.descriptors.values()), None)
        most = None if before is None else before + self._bounds.descriptors
        sent = self._report.sent
        try:
            count = await self._subject.at_rest(most)
            self._report.memory[sent], self._report.descriptors[sent] = self._subject.memory(), count
            self._report.kept[sent] = self._subject.kept()
        except OSError:
            return  # the process has ended
        if not judged:
            return
        if (grown := self._report.grown) > self._bounds.memory:
            self._report.faults.append(f"memory grew by {grown:.0f} MB that no cache holds")
        if most is not None and count > most:
            self._report.faults.append(f"open descriptors grew from {before} to {count}")
