"""What a soak counted, and its judgement."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

TROUBLE = {"UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE", "UPSTREAM_INVALID_RESPONSE", "OUTCOME_UNKNOWN", "RATE_LIMITED"}
"""Codes that only an upstream in trouble may bring about."""
TIMEOUTS = {"UPSTREAM_TIMEOUT", "OUTCOME_UNKNOWN"}
"""Those of them that processes bring about, too, which get no time to run."""
REFUSAL = "failed too often"
"""What the breaker says, which opens where many time out."""
OPEN_SECONDS = 12.0
"""After a timeout, at most: the breaker's own time twice, for its probe may fail, and somewhat more."""
_SERVER_ERROR = 500
_SHOWN = 20


@dataclass(frozen=True)
class Bounds:
    """How much the process may grow between the end of the warm-up and the end, at rest both times."""

    memory: float = 32.0
    descriptors: int = 20
    tasks: int = 10
    starved: float = 0.001
    """Timeouts while the machine was starved, by requests: a gateway that is slow itself has more."""


@dataclass(frozen=True)
class Sample:
    """The process at one moment: seconds since the start, requests so far, and what the kernel and asyncio tell."""

    seconds: float
    requests: int
    memory: float
    descriptors: int
    tasks: int
    at_rest: bool


@dataclass
class Record:
    """The figures of a run.

    Attributes:
        kinds: How often each kind of caller asked.
        statuses: HTTP's, of answers; 0 where none came or none was waited for.
        codes: Of GraphQL errors.
        faults: What must not be.
        troubled: A stand-in is, or was just now, in trouble.
        starved: The machine has not given the processes the time that they wanted, just now.
        excused: Timeouts that came of that.
        refused: What the breaker refused because of these.
        clock: Seconds.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    troubled: bool = False
    starved: bool = False
    excused: int = 0
    refused: int = 0
    clock: Callable[[], float] = time.monotonic
    _excused_at: float = -inf

    @property
    def requests(self) -> int:
        """All so far."""
        return self.kinds.total()

    def take(self, kind: str, status: int, answer: Any = None) -> None:
        """Count one."""
        self.kinds[kind] += 1
        self.statuses[status] += 1
        if status >= _SERVER_ERROR:
            self.faults.append(f"{kind}: status {status}: {str(answer)[:300]}")
        for code, message in _errors(answer):
            self.codes[code] += 1
            if code in TIMEOUTS and self.starved and not self.troubled:
                self.excused += 1
                self._excused_at = self.clock()
            elif REFUSAL in message and self.clock() - self._excused_at < OPEN_SECONDS:
                self.refused += 1
            elif code == "INTERNAL" or (code in TROUBLE and not self.troubled):
                self.faults.append(f"{kind}: {code} without cause: {message[:300]}")

    def tells_of_timeouts(self, bounds: Bounds) -> bool:
        """Whether some that came without cause are a fault, as it stands."""
        return self._excuses_too_many(bounds) or any("UPSTREAM_TIMEOUT without cause" in each for each in self.faults)

    def _excuses_too_many(self, bounds: Bounds) -> bool:
        return self.excused > max(1, bounds.starved * self.requests)

    def judge(self, bounds: Bounds) -> None:
        """Compare the first and the last sample at rest, and count what was excused."""
        if self._excuses_too_many(bounds):
            self.faults.append(f"{self.excused} timeouts without cause, too many for a busy machine")
        rests = [sample for sample in self.samples if sample.at_rest]
        first, last = rests[0], rests[-1]
        for name in ("memory", "descriptors", "tasks"):
            grown, most = getattr(last, name) - getattr(first, name), getattr(bounds, name)
            if grown > most:
                self.faults.append(f"{name} grew by {grown:.0f}, more than {most:.0f}")

    def table(self) -> str:
        """For people."""
        lines = [f"{'seconds':>8}{'requests':>10}{'RSS MB':>9}{'files':>7}{'tasks':>7}"]
        for each in self.samples:
            figures = f"{each.seconds:8.0f}{each.requests:10}{each.memory:9.1f}{each.descriptors:7}{each.tasks:7}"
            lines.append(figures + ("  at rest" if each.at_rest else ""))
        for name, counter in (("asked", self.kinds), ("statuses", self.statuses), ("errors", self.codes)):
            lines.append(
                f"{name:9} " + (", ".join(f"{count} × {what}" for what, count in counter.most_common()) or "-")
            )
        lines.append(
            f"excused   {self.excused} timeouts while the machine was starved, {self.refused} refusals after them"
        )
        lines += [f"faults    {len(self.faults)}", *(f"  {fault}" for fault in self.faults[:_SHOWN])]
        return "\n".join(lines)


def _errors(answer: Any) -> list[tuple[str, str]]:
    if not isinstance(answer, dict):
        return []
    found = [(each.get("extensions", {}).get("code", ""), each["message"]) for each in answer.get("errors") or ()]
    for payload in (answer.get("data") or {}).values():
        if isinstance(payload, dict):
            found += [(each["code"], each.get("message", "")) for each in payload.get("userErrors") or ()]
    return found
