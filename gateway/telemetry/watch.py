"""Watches operations: tells of each one when it has ended, however it ended."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.execution.operation import Exchange, Execute, Operation, Outcome
from gateway.telemetry import trace_context
from gateway.telemetry.operations import Operations
from gateway.telemetry.record import OperationRecord, Verdict

INTERNAL: Final = "INTERNAL"
_DIGITS: Final = 16
_NO_CODES: Final[Mapping[str, int]] = MappingProxyType({})


class Watched:
    """One operation that runs.

    Args:
        operations: Are told when it has ended.
        operation: What is executed.
        exchange: For whom.
        parent: The `traceparent` that came with the request.
    """

    __slots__ = ("_exchange", "_operation", "_operations", "_parent")

    def __init__(self, operations: Operations, operation: Operation, exchange: Exchange, parent: str) -> None:
        self._operations = operations
        self._operation = operation
        self._exchange = exchange
        self._parent = parent
        operations.running += 1
        exchange.account.began = asyncio.get_running_loop().time()

    def end(self, outcome: Outcome | None, error: BaseException | None = None) -> None:
        """Tells of its end.

        Args:
            outcome: What came of it; None where nothing did.
            error: Why nothing did.
        """
        self._operations.running -= 1
        exchange = self._exchange
        account = exchange.account
        if outcome is not None and not outcome.errors:
            verdict, codes = Verdict.OK, _NO_CODES
        else:
            verdict, codes = _judged(outcome, error)
        self._operations.observe(
            OperationRecord(
                request_id=exchange.request_id,
                kind=account.kind,
                name=account.name or self._operation.name,
                document=(account.digest or _digest(account.text or self._operation.query or ""))[:_DIGITS],
                caller=account.caller,
                verdict=verdict,
                codes=codes,
                seconds=asyncio.get_running_loop().time() - account.began,
                estimated=account.estimated,
                actual=account.actual,
                began=account.began,
                calls=account.calls,
                traceparent=account.traceparent,
                parent=self._parent,
            )
        )


def _judged(outcome: Outcome | None, error: BaseException | None) -> tuple[Verdict, Mapping[str, int]]:
    if isinstance(error, Exception):
        return Verdict.FAILED, {INTERNAL: 1}
    if outcome is None:
        return Verdict.GONE, _NO_CODES
    codes = Counter(str((each.get("extensions") or {}).get("code", "")) for each in outcome.errors)
    if not outcome.executed:
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
            watching = self._begin(operation, exchange)
            try:
                outcome = await execute(operation, exchange)
            except BaseException as error:
                watching.end(None, error)
                raise
            if outcome.stream is None:
                watching.end(outcome)
            else:
                outcome.stream.at_end(watching.end)
            return outcome

        return watched

    def _begin(self, operation: Operation, exchange: Exchange) -> Watched:
        given = exchange.headers.get("traceparent")
        parent = own = "" if given is None else trace_context.received(given)
        if self._traced:
            own = trace_context.below(parent) if parent else trace_context.begun()
        exchange.account.traceparent = own
        return Watched(self._operations, operation, exchange, parent)
