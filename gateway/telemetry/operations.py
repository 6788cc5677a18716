"""Several observers as one, and the number of operations that run."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from gateway.telemetry.record import Observer, OperationRecord, Reckoner

MOST_UNTOLD: Final = 25
"""Operations that reckoners have not been told of. Few: the notes of their calls are held meanwhile."""

_log = structlog.get_logger("gateway.telemetry")


class Operations:
    """Tells everyone. One that raises harms neither the answer nor the others; its first trace is logged.

    Args:
        observers: Are told of each operation at once, in this order.
        reckoners: Are told of many together. What they know is up to date after `settle`.

    Attributes:
        running: How many operations have begun and not ended.
    """

    __slots__ = ("_observers", "_raised", "_reckoners", "_untold", "running")

    def __init__(self, observers: Sequence[Observer] = (), reckoners: Sequence[Reckoner] = ()) -> None:
        self._observers = tuple(observers)
        self._reckoners = tuple(reckoners)
        self._untold: list[OperationRecord] = []
        self._raised: set[int] = set()
        self.running = 0

    def observe(self, record: OperationRecord) -> None:
        """Tells the observers; the reckoners when there is enough to tell."""
        for observer in self._observers:
            self._tell(observer, observer.observe, record)
        untold = self._untold
        untold.append(record)
        if len(untold) >= MOST_UNTOLD:
            self.settle()

    def settle(self) -> None:
        """Tells the reckoners all that has ended: before what they know is read."""
        records, self._untold = self._untold, []
        if records:
            for reckoner in self._reckoners:
                self._tell(reckoner, reckoner.reckon, records)

    def _tell(self, whom: object, tell: Callable[[Any], None], told: object) -> None:
        try:
            tell(told)
        except Exception:  # noqa: BLE001  whatever it is, the operation has been carried out
            if id(whom) not in self._raised:
                self._raised.add(id(whom))
                _log.exception("an observer failed", observer=type(whom).__name__)
