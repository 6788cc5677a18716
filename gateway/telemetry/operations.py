"""Several observers as one, and the number of operations that run."""

from collections.abc import Sequence

import structlog

from gateway.telemetry.record import Observer, OperationRecord

_log = structlog.get_logger("gateway.telemetry")


class Operations:
    """Tells every observer. One that raises harms neither the answer nor the others; its first trace is logged.

    Args:
        observers: In the order in which they are told.

    Attributes:
        running: How many operations have begun and not ended.
    """

    __slots__ = ("_observers", "_raised", "running")

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)
        self._raised: set[int] = set()
        self.running = 0

    def observe(self, record: OperationRecord) -> None:
        """Tells them."""
        for index, observer in enumerate(self._observers):
            try:
                observer.observe(record)
            except Exception:  # noqa: BLE001  whatever it is, the operation has been carried out
                if index not in self._raised:
                    self._raised.add(index)
                    _log.exception("an observer failed", observer=type(observer).__name__)
