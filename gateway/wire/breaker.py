"""Spares an upstream that fails too often, and its callers the wait."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from gateway.wire.call import Answer, Call, Step
from gateway.wire.circuit import Circuit, State, Tolerance
from gateway.wire.marks import Marks
from gateway.wire.refusal import HeldBack, Refused, refused
from gateway.wire.verdict import is_out_of_order
from resolvers.errors import OutcomeUnknown, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable

MOST_CIRCUITS: Final = 1000
"""Where every credential has its own; those that were used longest ago are forgotten."""

_TOO_MANY_REQUESTS: Final = int(HTTPStatus.TOO_MANY_REQUESTS)
_OUT_OF_ORDER: Final = 500

PROBE_SECONDS: Final = 1.0
"""What a caller is told to wait while another call probes."""


class Breaker:
    """Counts attempts that fail: broken connections, timeouts, 5xx.

    A 4xx is a sign of life; a 429 and a cancelled call say nothing.

    Args:
        below: The next step.
        tolerance: When it opens.
        per_credential: Each credential has a circuit of its own: where callers bring theirs, one that makes the
            upstream stumble must not close the door to the others.
        clock: Seconds.

    Attributes:
        shared: The circuit of all calls; None where each credential has its own.
    """

    def __init__(
        self,
        below: Step,
        tolerance: Tolerance,
        *,
        per_credential: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._below = below
        self._tolerance = tolerance
        self._clock = clock
        self._marks = Marks() if per_credential else None
        self._all = Circuit(tolerance, clock)
        self.shared = None if per_credential else self._all
        self._own: OrderedDict[bytes, Circuit] = OrderedDict()

    async def send(self, call: Call) -> Answer:
        """Hands the call on, unless the circuit is open.

        Raises:
            Refused: It is.
        """
        circuit = self.shared or self.circuit(call)
        era = circuit.enter()
        if era is None:
            raise _refusal(call, circuit)
        call.trail.breaker = circuit.word
        try:
            answer = await self._below.send(call)
        except BaseException as error:
            circuit.leave(era, good=is_good(error))
            raise
        circuit.leave(era, good=is_good(answer))
        return answer

    def check(self, call: Call) -> None:
        """Lets a call pass that would not be refused now; it may be, when it is sent.

        Raises:
            Refused: It would.
        """
        circuit = self.shared or self.circuit(call)
        if circuit.refuses:
            raise _refusal(call, circuit)

    def state_for(self, call: Call) -> State:
        """How the circuit of a call stands; nothing is changed by looking."""
        circuit = self._own.get(self._marks.of(call.credential)) if self._marks else self._all
        return circuit.state if circuit else State.CLOSED

    def suspect(self, seconds: float) -> None:
        """Others have seen the upstream fail: for so long, a few failures open its circuit.

        Circuits of single credentials are left alone: they are the credentials' own.
        """
        self._all.suspect(seconds)

    @property
    def state(self) -> State:
        """The worst state of its circuits: open, probing, closed."""
        return self._worst.state

    @property
    def seconds_left(self) -> float:
        """How long the circuit that is worst off stays open."""
        return self._worst.seconds_left

    @property
    def counts(self) -> tuple[int, int]:
        """Attempts of late, and those of them that failed; all circuits together."""
        windows = [circuit.window for circuit in self._circuits]
        for window in windows:
            window.forget(self._clock())
        return sum(window.things for window in windows), sum(window.marked for window in windows)

    @property
    def _circuits(self) -> list[Circuit]:
        return list(self._own.values()) or [self._all]

    @property
    def _worst(self) -> Circuit:
        order = (State.CLOSED, State.PROBING, State.OPEN)
        return max(self._circuits, key=lambda circuit: (order.index(circuit.state), circuit.seconds_left))

    def circuit(self, call: Call) -> Circuit:
        """The circuit of a call."""
        if self._marks is None:
            return self._all
        mark = self._marks.of(call.credential)
        circuit = self._own.get(mark)
        if circuit is None:
            circuit = self._own[mark] = Circuit(self._tolerance, self._clock)
            if len(self._own) > MOST_CIRCUITS:
                self._own.popitem(last=False)
        else:
            self._own.move_to_end(mark)
        return circuit


def is_good(outcome: Answer | BaseException) -> bool | None:
    """Whether an attempt's outcome is a sign of life; None where it says nothing."""
    if isinstance(outcome, Answer):
        status = outcome.status
        if status == _TOO_MANY_REQUESTS:
            return None
        return status < _OUT_OF_ORDER or not is_out_of_order(status)
    if isinstance(outcome, Refused | HeldBack):
        return None
    if isinstance(outcome, UpstreamTimeout | UpstreamUnavailable | OutcomeUnknown):
        return False
    return True if isinstance(outcome, UpstreamInvalidResponse) else None


def _refusal(call: Call, circuit: Circuit) -> Refused:
    call.trail.breaker = circuit.word
    if circuit.state is State.PROBING:
        return refused(call, "failed too often; the gateway is trying whether it is back", PROBE_SECONDS)
    seconds = circuit.seconds_left
    return refused(call, f"failed too often; the gateway asks it again in {max(math.ceil(seconds), 1)} s", seconds)
