"""What would become of calls, by how the gateway stands now: nothing is sent, and nothing is changed by looking."""

from collections.abc import Sequence
from typing import Any

from gateway.wire.attempts import LONGEST
from gateway.wire.call import Answer, Call, Step
from gateway.wire.chain import Chain
from gateway.wire.circuit import State
from gateway.wire.errand import Errand
from gateway.wire.refusal import HeldBack
from gateway.wire.trace import waves
from gateway.wire.trail import Source


class Foreseen:
    """Stands in the place of a chain: refuses what its breaker and its throttle would refuse now.

    A call that the throttle holds back for a time that it can wait is not made to wait; its trail says how long.

    Args:
        below: Answers in the place of the upstream.
        chain: Is looked at.
        read_seconds: How long a call that changes nothing may take; 0 where it would not be made to wait.
        write_seconds: The same for all others.
    """

    def __init__(self, below: Step, chain: Chain, *, read_seconds: float, write_seconds: float) -> None:
        self._below = below
        self._chain = chain
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    async def send(self, call: Call) -> Answer:
        """Hands the call on.

        Raises:
            Refused: The breaker is open.
            HeldBack: The throttle is closed for longer than the call can wait.
        """
        if self._chain.breaker.state_for(call) is not State.CLOSED:
            self._chain.breaker.check(call)
            call.trail.breaker = State.PROBING.value
        try:
            self._chain.throttle.check(call)
        except HeldBack as failure:
            call.trail.waited = failure.retry_after_seconds or 0.0
            if call.trail.waited + LONGEST >= (self._read_seconds if call.reads else self._write_seconds):
                raise
            call.trail.source = Source.UPSTREAM
        return await self._below.send(call)


class Standing:
    """Notes how the breaker stands, for calls that a kept answer serves, too.

    Args:
        below: The next step.
        chain: Is looked at.
    """

    def __init__(self, below: Step, chain: Chain) -> None:
        self._below = below
        self._chain = chain

    async def send(self, call: Call) -> Answer:
        """Hands the call on."""
        call.trail.breaker = self._chain.breaker.state_for(call).value
        return await self._below.send(call)


def foreseen(errands: Sequence[Errand]) -> dict[str, Any]:
    """The trace of an operation that was planned; as that of one that ran, without what only an answer tells.

    Args:
        errands: Its calls.
    """
    in_waves = list(waves(errands))
    calls = [
        {
            "upstream": each.upstream.name,
            "operation": each.operation,
            "wave": wave,
            "batch": each.batch,
            "source": each.trail.source.name,
            "breaker": each.trail.breaker.upper(),
            "throttledSeconds": round(each.trail.waited, 3),
            "ageSeconds": round(each.trail.age, 3),
        }
        for each, wave in in_waves
    ]
    return {
        "planned": True,
        "upstreamCalls": sum(each.trail.source is Source.UPSTREAM for each in errands),
        "waves": max((wave for _, wave in in_waves), default=0),
        "calls": calls,
    }
