"""Refuses a call before it waits for its turn, where it would be refused after it."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from gateway.wire.call import Answer, Call, Step


class Gate(Protocol):
    """A step further down that lets some calls not pass."""

    def check(self, call: Call) -> None:
        """Raises the failure with which it would refuse the call now."""


class EarlyRefusal:
    """Asks the gates; they are asked again when the call's turn has come, for much may happen in between.

    Args:
        below: The next step.
        gates: In the order in which they are asked.
    """

    def __init__(self, below: Step, gates: Sequence[Gate]) -> None:
        self._below = below
        self._gates = tuple(gates)

    def send(self, call: Call) -> Awaitable[Answer]:
        """Hands the call on; there is nothing to be done when it comes back.

        Raises:
            Refused: By one of the gates.
            HeldBack: The same.
        """
        for gate in self._gates:
            gate.check(call)
        return self._below.send(call)
