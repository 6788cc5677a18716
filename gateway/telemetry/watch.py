"""Watches operations: tells of each one when it has ended, however it ended."""

import asyncio
import hashlib
from collections import Counter
from types import TracebackType
from typing import Final, Self

from gateway.execution.operation import Exchange, Execute, Operation, Outcome, Stream
from gateway.telemetry import trace_context
from gateway.telemetry.operations import Operations
from gateway.telemetry.record import OperationRecord, Verdict

INTERNAL: Final = "INTERNAL"
_DIGITS: Final = 16


class Watched:
    """One operation, as a context manager around its execution.

    Attributes:
        outcome: What came of it; set inside.
    """

    __slots__ = ("_began", "_exchange", "_goes_on", "_operation", "_operations", "_parent", "outcome")

    def __init__(self, operations: Operations, operation: Operation, exchange: Exchange, parent: str) -> None:
        self._operations = operations
        self._operation = operation
        self._exchange = exchange
        self._parent = parent
        self._began = 0.0
        self._goes_on = False
        self.outcome: Outcome | None = None

    def __enter__(self) -> Self:
        self._operations.running += 1
        self._began = asyncio.get_running_loop().time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._goes_on:
            self._operations.running -= 1
            self._operations.observe(self._record(error))

    def go_on(self, stream: Stream) -> None:
        """Watches to the end of a subscription, beyond that of its beginning."""
        self._goes_on = True
        stream.at_end(self._ended)

    def _ended(self, outcome: Outcome) -> None:
        self._goes_on = False
        self.outcome = outcome
        self.__exit__(None, None, None)

    def _record(self, error: BaseException | None) -> OperationRecord:
        verdict, codes = self._judged(error)
        account = self._exchange.account
        text = account.text or self._operation.query or ""
        return OperationRecord(
            request_id=self._exchange.request_id,
            kind=account.kind,
            name=account.name or self._operation.name,
            document=(account.digest or _digest(text))[:_DIGITS],
            caller=account.caller,
            verdict=verdict,
            codes=codes,
            seconds=asyncio.get_running_loop().time() - self._began,
            estimated=account.estimated,
            actual=account.actual,
            began=self._began,
            calls=account.calls,
            traceparent=account.traceparent,
            parent=self._parent,
        )

    def _judged(self, error: BaseException | None) -> tuple[Verdict, dict[str, int]]:
        if isinstance(error, Exception):
            return Verdict.FAILED, {INTERNAL: 1}
        if error is not None or self.outcome is None:
            return Verdict.GONE, {}
        if not self.outcome.errors:
            return Verdict.OK, {}
        codes = Counter(str((each.get("extensions") or {}).get("code", "")) for each in self.outcome.errors)
        if not self.outcome.executed:
            return Verdict.REFUSED, codes
        return Verdict.FAILED if INTERNAL in codes else Verdict.PARTIAL, codes


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() if text else ""


class Watch:
    """Stands between the door and the execution.

    Args:
        operations: Are told.
        traced: Spans are exported: every operation gets a trace, its own or that of the request.
    """

    __slots__ = ("_operations", "_traced")

    def __init__(self, operations: Operations, *, traced: bool) -> None:
        self._operations = operations
        self._traced = traced

    def over(self, execute: Execute) -> Execute:
        """The same execution, watched."""

        async def watched(operation: Operation, exchange: Exchange) -> Outcome:
            with self.watching(operation, exchange) as watching:
                watching.outcome = await execute(operation, exchange)
                if watching.outcome.stream is not None:
                    watching.go_on(watching.outcome.stream)
            return watching.outcome

        return watched

    def watching(self, operation: Operation, exchange: Exchange) -> Watched:
        """Watches one operation, for whatever executes it: a subscription is one operation until it ends."""
        parent = trace_context.received(exchange.headers.get("traceparent"))
        own = parent
        if self._traced:
            own = trace_context.below(parent) if parent else trace_context.begun()
        exchange.account.traceparent = own
        return Watched(self._operations, operation, exchange, parent)
