"""Watches operations: tells of each one when it has ended, however it ended."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from gateway.execution.operation import Exchange, Execute, Operation, Outcome
from gateway.telemetry import trace_context
from gateway.telemetry.operations import Operations
from gateway.telemetry.record import OperationRecord, Verdict

INTERNAL: Final = "INTERNAL"
_DIGITS: Final = 16
_OK: Final = Verdict.OK
_NO_CODES: Final[Mapping[str, int]] = MappingProxyType({})


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
        operations, traced, loop = self._operations, self._traced, asyncio.get_running_loop

        async def watched(operation: Operation, exchange: Exchange) -> Outcome:
            account, parent = exchange.account, exchange.headers.get("traceparent", "")
            if parent or traced:
                account.traceparent = parent = trace_context.received(parent)
                if traced:
                    account.traceparent = trace_context.below(parent) if parent else trace_context.begun()
            operations.running += 1
            clock = loop().time
            account.began = clock()
            try:
                outcome = await execute(operation, exchange)
            except BaseException as error:
                _end(operations, operation, exchange, parent, clock, None, error)
                raise
            if outcome.stream is None:
                _end(operations, operation, exchange, parent, clock, outcome)
            else:
                outcome.stream.at_end(partial(_end, operations, operation, exchange, parent, clock))
            return outcome

        return watched


def _end(  # noqa: PLR0913, PLR0917  what is known of an operation
    operations: Operations,
    operation: Operation,
    exchange: Exchange,
    parent: str,
    clock: Callable[[], float],
    outcome: Outcome | None,
    error: BaseException | None = None,
) -> None:
    """Tells of the end of an operation.

    Args:
        operations: Are told.
        operation: What was executed.
        exchange: For whom.
        parent: The `traceparent` that came with the request.
        clock: The loop's; each time that the loop is asked for is a call of the system.
        outcome: What came of it; None where nothing did.
        error: Why nothing did.
    """
    operations.running -= 1
    account = exchange.account
    if outcome is not None and not outcome.errors:
        verdict, codes = _OK, _NO_CODES
    else:
        verdict, codes = _judged(outcome, error)
    operations.observe(
        OperationRecord(
            request_id=exchange.request_id,
            kind=account.kind,
            name=account.name or operation.name,
            document=(account.digest or _digest(account.text or operation.query or ""))[:_DIGITS],
            caller=account.caller,
            verdict=verdict,
            codes=codes,
            seconds=clock() - account.began,
            estimated=account.estimated,
            actual=account.actual,
            began=account.began,
            at=time.time(),
            calls=account.calls[:],  # what nobody waits for may still be under way, and ask
            traceparent=account.traceparent,
            parent=parent,
        )
    )
