"""Carries subscriptions out: a source of events, and for each of them an operation of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, Final

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    create_source_event_stream,
)

from gateway.execution.account import Account
from gateway.execution.extensions import extensions
from gateway.execution.faults import facts, failed, refused, reported
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange, Outcome
from gateway.execution.variables import worded
from gateway.execution.whole import executed
from resolvers.context import Context
from resolvers.errors import Failure, ProblemCode
from resolvers.live import event_id

GONE: Final = frozenset({"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"})
"""Codes of a root field: the caller may hear no more of it."""

_log = structlog.get_logger("gateway.execution")


class EventStream:
    """What a subscription tells; a `Stream`.

    Args:
        source: Of the events.
        run: Makes the outcome of one.
        request_id: For the log.
    """

    def __init__(
        self, source: AsyncIterator[object], run: Callable[[object], Awaitable[Outcome]], request_id: str
    ) -> None:
        self._source = source
        self._run = run
        self._request_id = request_id
        self._last = Outcome(None, [], {}, executed=True)
        self._at_end: list[Callable[[Outcome | None], None]] = []
        self._over = False

    def at_end(self, call: Callable[[Outcome | None], None]) -> None:
        """Has somebody be told when it has ended."""
        self._at_end.append(call)

    def __aiter__(self) -> AsyncIterator[Outcome]:
        """Itself."""
        return self

    async def __anext__(self) -> Outcome:
        """The outcome of the next event, or the failure that is the end."""
        if self._over:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
            outcome = await self._run(event)
        except StopAsyncIteration:
            await self.aclose()
            raise
        except Failure as failure:
            outcome = _ended({"message": failure.message, "extensions": facts(failure)})
        except Exception:  # noqa: BLE001  whatever it is, the client is told, and the log has the trace
            _log.exception("a subscription failed", request_id=self._request_id)
            code = {"code": ProblemCode.INTERNAL.name, "retryable": False}
            outcome = _ended({"message": "The gateway made a mistake. Its log has the details.", "extensions": code})
        if not outcome.executed or self._is_gone(event, outcome):
            self._last = outcome
            await self.aclose()
        return outcome

    @staticmethod
    def _is_gone(event: object, outcome: Outcome) -> bool:
        """Whether the caller may hear no more."""
        if outcome.data is not None or isinstance(event, Failure):
            return False
        return any(each["extensions"]["code"] in GONE and len(each.get("path", ())) == 1 for each in outcome.errors)

    async def aclose(self) -> None:
        """Ends it."""
        if self._over:
            return
        self._over = True
        close = getattr(self._source, "aclose", None)
        try:
            if close is not None:
                await close()
        finally:
            for call in self._at_end:
                call(self._last)


class Streaming:
    """Begins subscriptions.

    Args:
        schema: Of what can be listened to.
        surroundings: Makes the context of the beginning and of each event: nothing is kept from one to the next.
        limits: How many errors an answer has.
        exploring: Errors say what does not fit.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        surroundings: Callable[[Exchange], Awaitable[Context]],
        limits: Limits,
        *,
        exploring: bool,
    ) -> None:
        self._schema = schema
        self._surroundings = surroundings
        self._limits = limits
        self._exploring = exploring

    async def begin(
        self,
        document: DocumentNode,
        name: str | None,
        variables: dict[str, Any],
        exchange: Exchange,
        context: Context,
    ) -> Outcome:
        """A stream, or why there is none.

        Args:
            document: Validated.
            name: Which of its operations is meant.
            variables: Their values.
            exchange: The request.
            context: Of the beginning; the operation has been charged.
        """
        executor = Executor.build(self._schema, document, None, context, variables, name)
        if isinstance(executor, list):
            errors = [worded(each, exploring=self._exploring) for each in executor[: self._limits.errors]]
            return Outcome(None, [refused(each) for each in errors], {}, executed=False)
        try:
            beginning = create_source_event_stream(executor)
            source = await beginning if isawaitable(beginning) else beginning
        except asyncio.CancelledError:
            context.abandon()
            raise
        if isinstance(source, ExecutionResult):
            told = [failed(each, exchange.request_id) for each in source.errors or ()]
            return Outcome(None, told, {}, executed=False)
        exchange.account.actual = exchange.account.estimated

        async def run(event: object) -> Outcome:
            return await self._event(event, document, name, variables, exchange)

        return Outcome(None, [], {}, executed=True, stream=EventStream(aiter(source), run, exchange.request_id))

    async def _event(
        self, event: object, document: DocumentNode, name: str | None, variables: dict[str, Any], began: Exchange
    ) -> Outcome:
        """The outcome of one event, for a caller who still may hear of it.

        Raises:
            Failure: They may not.
        """
        account = Account(began=asyncio.get_running_loop().time(), traceparent=began.account.traceparent)
        exchange = Exchange(began.request_id, began.headers, began.method, account=account)
        context = await self._surroundings(exchange)
        context.allow("read")
        result = await self._result(event, document, name, variables, context)
        told = [failed(each, exchange.request_id) for each in result.errors or ()]
        told += [reported(path, failure) for path, failure in context.reported]
        omitted = max(0, len(told) - self._limits.errors)
        return Outcome(
            data=result.data,
            errors=told[: self._limits.errors],
            extensions=extensions(exchange, context, omitted, exploring=False),
            executed=True,
            event_id=event_id(event),
        )

    async def _result(
        self, event: object, document: DocumentNode, name: str | None, variables: dict[str, Any], context: Context
    ) -> ExecutionResult:
        try:
            return await executed(self._schema, document, context, variables, name, root=event)
        except asyncio.CancelledError:
            context.abandon()
            raise


def no_stream() -> Outcome:
    """The answer to a subscription that does not come by a way that streams."""
    error = GraphQLError(
        "A subscription is answered with a stream: send it with Accept: text/event-stream, or over a WebSocket "
        "(graphql-transport-ws)."
    )
    return Outcome(None, [refused(error)], {}, executed=False, status=HTTPStatus.NOT_ACCEPTABLE)


def _ended(error: dict[str, Any]) -> Outcome:
    return Outcome(None, [error], {}, executed=False)
