"""Every operation is told of once, however it ends."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence

import pytest
import structlog

from gateway.execution.operation import Exchange, Operation, Outcome
from gateway.telemetry.operations import MOST_UNTOLD, Operations
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.telemetry.watch import Watch

pytestmark = pytest.mark.anyio

Execute = Callable[[Operation, Exchange], Awaitable[Outcome]]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Observed(list[OperationRecord]):
    def observe(self, record: OperationRecord) -> None:
        self.append(record)


class Broken:
    def observe(self, record: OperationRecord) -> None:
        raise RuntimeError(record.request_id)


@pytest.fixture
def observed() -> Observed:
    return Observed()


def exchange(**headers: str) -> Exchange:
    return Exchange("r-1", headers, "POST")


def answering(*codes: str, executed: bool = True) -> Execute:
    async def execute(_operation: Operation, exchange: Exchange) -> Outcome:
        exchange.account.kind = "query"
        errors = [{"message": "No.", "extensions": {"code": code}} for code in codes]
        return Outcome({} if executed else None, errors, {}, executed=executed)

    return execute


OPERATION = Operation("{ viewer { name } }", "Mine", {}, {})


@pytest.mark.parametrize(
    ("execute", "verdict", "codes"),
    [
        (answering(), Verdict.OK, {}),
        (answering("NOT_FOUND", "NOT_FOUND", "CONFLICT"), Verdict.PARTIAL, {"NOT_FOUND": 2, "CONFLICT": 1}),
        (answering("NOT_FOUND", "INTERNAL"), Verdict.FAILED, {"NOT_FOUND": 1, "INTERNAL": 1}),
        (answering("BAD_USER_INPUT", executed=False), Verdict.REFUSED, {"BAD_USER_INPUT": 1}),
    ],
)
async def test_an_answer_tells_how_its_operation_ended(observed, execute, verdict, codes):
    outcome = await Watch(Operations([observed]), traced=False).over(execute)(OPERATION, exchange())

    [record] = observed
    assert (record.verdict, dict(record.codes)) == (verdict, codes)
    assert outcome.executed == (verdict is not Verdict.REFUSED)


async def test_a_record_holds_what_became_known(observed):
    await Watch(Operations([observed]), traced=False).over(answering())(OPERATION, exchange())

    [record] = observed
    assert (record.request_id, record.kind, record.name) == ("r-1", "query", "Mine")
    assert record.document == hashlib.sha256(b"{ viewer { name } }").hexdigest()[:16]
    assert (record.caller, record.calls, record.traceparent, record.parent) == ("", [], "", "")
    assert record.seconds >= 0


async def test_an_exception_is_a_failure_and_goes_on(observed):
    async def execute(_operation: Operation, _exchange: Exchange) -> Outcome:
        raise ValueError("secret")

    with pytest.raises(ValueError, match="secret"):
        await Watch(Operations([observed]), traced=False).over(execute)(OPERATION, exchange())

    [record] = observed
    assert (record.verdict, record.codes, record.kind) == (Verdict.FAILED, {"INTERNAL": 1}, "")


async def test_an_operation_whose_client_left_is_gone_and_runs_no_more(observed):
    begun = asyncio.Event()

    async def execute(_operation: Operation, exchange: Exchange) -> Outcome:
        exchange.account.kind = "query"
        begun.set()
        return await asyncio.Event().wait()

    operations = Operations([observed])
    task = asyncio.ensure_future(Watch(operations, traced=False).over(execute)(OPERATION, exchange()))
    await begun.wait()
    assert operations.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert operations.running == 0
    assert [(record.verdict, record.kind) for record in observed] == [(Verdict.GONE, "query")]


async def test_an_observer_that_raises_harms_neither_the_answer_nor_the_others_and_is_logged_once(observed):
    execute = Watch(Operations([Broken(), observed]), traced=False).over(answering())
    with structlog.testing.capture_logs() as lines:
        outcomes = [await execute(OPERATION, exchange()) for _ in range(3)]

    assert [outcome.executed for outcome in outcomes] == [True] * 3
    assert len(observed) == 3
    assert [(line["event"], line["observer"]) for line in lines] == [("an observer failed", "Broken")]


async def test_reckoners_are_told_of_many_together_and_of_all_once_somebody_reads():
    told: list[int] = []

    class Reckoning:
        def reckon(self, records: Sequence[OperationRecord]) -> None:
            told.append(len(records))

    class BrokenReckoning:
        def reckon(self, records: Sequence[OperationRecord]) -> None:
            raise ValueError(len(records))

    operations = Operations(reckoners=[BrokenReckoning(), Reckoning()])
    execute = Watch(operations, traced=False).over(answering())
    with structlog.testing.capture_logs() as lines:
        for _ in range(MOST_UNTOLD + 2):
            await execute(OPERATION, exchange())
        assert told == [MOST_UNTOLD]
        operations.settle()
        operations.settle()

    assert told == [MOST_UNTOLD, 2]
    assert [line["observer"] for line in lines] == ["BrokenReckoning"]


async def test_a_text_with_half_a_character_has_a_hash(observed):
    await Watch(Operations([observed]), traced=False).over(answering())(Operation("\ud800", None, {}, {}), exchange())

    assert len(observed[0].document) == 16


async def test_without_spans_the_requests_trace_context_goes_on_as_it_came(observed):
    request = exchange(traceparent=PARENT)
    await Watch(Operations([observed]), traced=False).over(answering())(OPERATION, request)

    assert request.account.traceparent == observed[0].parent == PARENT


async def test_with_spans_an_operation_has_a_span_of_its_own_in_the_requests_trace(observed):
    request = exchange(traceparent=PARENT)
    await Watch(Operations([observed]), traced=True).over(answering())(OPERATION, request)

    [record] = observed
    assert record.parent == PARENT
    assert record.traceparent == request.account.traceparent
    assert record.traceparent[:36] == PARENT[:36]
    assert record.traceparent != PARENT
