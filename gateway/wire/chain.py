"""The chain of one upstream, from its deadline down to its transport."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway.wire.attempts import Attempts
from gateway.wire.breaker import Breaker
from gateway.wire.bulkhead import Bulkhead
from gateway.wire.call import Step
from gateway.wire.circuit import Tolerance
from gateway.wire.deadline import Deadline
from gateway.wire.direct import Direct
from gateway.wire.early import EarlyRefusal
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.pulse import Pulse
from gateway.wire.rate import Rate
from gateway.wire.retry_budget import RetryBudget
from gateway.wire.sending import Sending
from gateway.wire.throttle import Throttle

MARGIN: Final = 0.1
"""Seconds, or a twentieth of the deadline, by which an attempt ends before it.

A hang is the upstream's failure, and counts; a call that is cancelled at its deadline says nothing.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Time, attempts, room, breaker and rate of one upstream; the settings have the same names. Times in seconds.

    Attributes:
        rate_calls: Requests per `rate_seconds` and credential; 0 is no limit.
        by_callers: Callers bring credentials of their own.
    """

    read_deadline_seconds: float = 5.0
    write_deadline_seconds: float = 10.0
    attempt_seconds: float = 2.5
    attempts: int = 3
    concurrency: int = 32
    queue: int = 64
    breaker_failures_percent: int = 50
    breaker_minimum_calls: int = 20
    breaker_open_seconds: float = 5.0
    rate_calls: int = 0
    rate_seconds: float = 1.0
    by_callers: bool = False


class Chain:
    """The steps above one transport, and what is known of them.

    Who waits, for a rate or for room, holds nothing that others need: the rate stands above the bulkhead. What decides
    whether anything is sent stands below both, and is asked beforehand, too: nothing that waited leaves behind an open
    breaker, and nobody waits in vain. The pulse stands above the deadline, for below it sees of a hang that it was
    cancelled.

    Args:
        transport: The bottom.
        figures: Of the upstream.
        clock: Seconds, as the loop's.
        shared_rate: Makes the step below the rate that other gateways have a part in.

    Attributes:
        top: Where calls go in.
        pulse: How the upstream does.
        budget: For retries.
        rate: The known limit that is kept; None where there is none.
        bulkhead: Who is under way, and who waits.
        throttle: Who was told to wait.
        breaker: Whether it is asked at all.
    """

    def __init__(
        self,
        transport: Step,
        figures: Figures,
        clock: Callable[[], float] = time.monotonic,
        *,
        shared_rate: Callable[[Step], Step] | None = None,
    ) -> None:
        sending = Sending(
            transport,
            read_seconds=min(figures.attempt_seconds, _within(figures.read_deadline_seconds)),
            write_seconds=_within(figures.write_deadline_seconds),
            clock=clock,
        )
        tolerance = Tolerance(
            figures.breaker_failures_percent, figures.breaker_minimum_calls, figures.breaker_open_seconds
        )
        self.breaker = Breaker(sending, tolerance, per_credential=figures.by_callers, clock=clock)
        self.throttle = Throttle(self.breaker, clock)
        self.bulkhead = Bulkhead(self.throttle, concurrency=figures.concurrency, queue=figures.queue, clock=clock)
        step: Step = self.bulkhead
        self.rate: Rate | None = None
        if figures.rate_calls:
            step = shared_rate(step) if shared_rate else step
            step = self.rate = Rate(step, calls=figures.rate_calls, seconds=figures.rate_seconds, clock=clock)
        step = EarlyRefusal(step, (self.breaker, self.throttle))
        self.budget = RetryBudget(clock)
        attempts = Attempts(step, attempts=figures.attempts, budget=self.budget, clock=clock)
        deadline = Deadline(
            attempts, read_seconds=figures.read_deadline_seconds, write_seconds=figures.write_deadline_seconds
        )
        self.pulse = Pulse(deadline)
        self.top: Step | Direct[Any] = self.pulse
        if isinstance(transport, LeanTransport) and self.rate is None:
            self.top = Direct(
                transport, sending, self.breaker, self.throttle, self.bulkhead, attempts, deadline, self.pulse, clock
            )


def _within(deadline_seconds: float) -> float:
    return deadline_seconds - min(MARGIN, deadline_seconds / 20)
