"""What is told of an operation when it has ended."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.wire.errand import Errand


class Verdict(StrEnum):
    """How an operation ended.

    `PARTIAL`: executed, with errors. `REFUSED`: not executed. `FAILED`: the gateway made a mistake (`INTERNAL`).
    `GONE`: the client left before the answer was there.
    """

    OK = "ok"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"
    GONE = "gone"


class OperationRecord(msgspec.Struct, frozen=True, gc=False):
    """One operation that has ended.

    Attributes:
        request_id: As in the answer and in the gateway's other log lines.
        kind: `query`, `mutation` or `subscription`; empty where it was refused before that was known.
        name: The operation's, as the client wrote it; None where it has none.
        document: The first 16 hex digits of the SHA-256 of its text; empty where there is none.
        caller: The principal's id, such as `api_key:dashboard`; empty where it was not known yet.
        verdict: How it ended.
        codes: Of the errors in the answer, each with its count.
        seconds: How long it took, from the door's call on.
        estimated: What it might have cost.
        actual: What it did cost.
        began: By the loop's clock.
        at: When it ended, in seconds since 1970.
        calls: To upstreams, with their trails.
        traceparent: The operation's own; empty where it belongs to no trace.
        parent: The `traceparent` that came with the request; empty where none did.
    """

    request_id: str
    kind: str
    name: str | None
    document: str
    caller: str
    verdict: Verdict
    codes: Mapping[str, int]
    seconds: float
    estimated: float
    actual: float
    began: float
    at: float
    calls: Sequence[Errand]
    traceparent: str = ""
    parent: str = ""


class Observer(Protocol):
    """Is told of every operation."""

    def observe(self, record: OperationRecord) -> None:
        """Takes note of an operation; at once, for the answer waits."""


class Reckoner(Protocol):
    """Is told of operations some time after they have ended, of many together: that costs each of them little."""

    def reckon(self, records: Sequence[OperationRecord]) -> None:
        """Takes note of operations, in the order in which they ended."""
