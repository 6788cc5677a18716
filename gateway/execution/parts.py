"""Answers in parts: what `@defer` and `@stream` let come later, on graphql-core's incremental execution.

All parts are one operation: it has one context, one cost, one place in the log, and ends with its last part.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from inspect import isawaitable
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLSchema,
    InitialIncrementalExecutionResult,
)
from graphql.execution import SubsequentIncrementalExecutionResult
from graphql.execution.incremental import IncrementalExecutor

from gateway.execution.operation import Outcome
from gateway.execution.telling import Telling
from resolvers.context import Context


class Beginning(NamedTuple):
    """An answer of which a part is there.

    Attributes:
        first: That part.
        results: The others, as they come.
        executor: Ends what is still being resolved.
    """

    first: InitialIncrementalExecutionResult
    results: AsyncGenerator[SubsequentIncrementalExecutionResult, None]
    executor: IncrementalExecutor


async def begin(
    schema: GraphQLSchema,
    document: DocumentNode,
    name: str | None,
    variables: dict[str, Any],
    context: Context,
) -> Beginning | ExecutionResult:
    """Executes as far as nothing is to come later; the whole answer where nothing is.

    What may come later is begun at once, too: the last part comes when the whole answer would have come.

    Args:
        schema: To execute against.
        document: Validated.
        name: Which of its operations is meant.
        variables: Their values.
        context: For the resolvers.
    """
    executor = IncrementalExecutor.build(schema, document, None, context, variables, name, enable_early_execution=True)
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    running = executor.execute_operation()
    try:
        result = await running if isawaitable(running) else running
    except asyncio.CancelledError:
        await executor.cancel_incremental_work()
        raise
    if isinstance(result, ExperimentalIncrementalExecutionResults):
        return Beginning(result.initial_result, result.subsequent_results, cast("IncrementalExecutor", executor))
    return result


class Parts:
    """The parts of one answer; a `Stream` of outcomes with a `part`.

    Each is to be encoded before the next one is asked for.

    Args:
        beginning: The first part, and where the others come from.
        telling: Words them.
        context: Of the operation.
    """

    def __init__(self, beginning: Beginning, telling: Telling, context: Context) -> None:
        self._first: InitialIncrementalExecutionResult | None = beginning.first
        self._results = beginning.results
        self._executor = beginning.executor
        self._telling = telling
        self._context = context
        self._at_end: list[Callable[[Outcome | None], None]] = []
        self._complete = False
        self._over = False

    def at_end(self, call: Callable[[Outcome | None], None]) -> None:
        """Has somebody be told when the answer is complete, or was cut off."""
        self._at_end.append(call)

    def __aiter__(self) -> AsyncIterator[Outcome]:
        """Itself."""
        return self

    async def __anext__(self) -> Outcome:
        """The next part."""
        if self._over or self._complete:
            await self.aclose()
            raise StopAsyncIteration
        first, self._first = self._first, None
        if first is not None:
            return self._telling.first(first)
        result = await anext(self._results)
        outcome = self._telling.further(result)
        self._complete = not result.has_next
        return outcome

    async def aclose(self) -> None:
        """Ends what is still being resolved."""
        if self._over:
            return
        self._over = True
        try:
            if not self._complete:
                self._context.abandon()
                await self._results.aclose()
                await self._executor.cancel_incremental_work()
        finally:
            last = Outcome(None, self._telling.errors, {}, executed=True) if self._complete else None
            for call in self._at_end:
                call(last)
