"""Carries operations out: document, operation, execution, answer."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)

from gateway.execution.actual import actual_cost
from gateway.execution.documents import Documents
from gateway.execution.estimates import Part
from gateway.execution.extensions import extensions
from gateway.execution.faults import facts, failed, refused, reported
from gateway.execution.limits import Limits, too_costly
from gateway.execution.operation import Exchange, Operation, Outcome, Texts
from gateway.execution.plans.plan import Plan
from gateway.execution.variables import worded
from resolvers.context import Context
from resolvers.errors import BadUserInput, Failure, RateLimited, Unauthenticated


class _Admitted(NamedTuple):
    """An operation that may run: by its plan, or else by its node."""

    plan: Plan | None
    node: DocumentNode
    chosen: OperationDefinitionNode
    estimate: Part


class Executor:
    """Carries operations out: by compiled plans, and on graphql-core what these do not cover.

    Args:
        texts: Knows documents by name, and which may run.
        documents: Reads the texts, by the schema of what can be asked.
        surroundings: Makes the context of one operation.
        limits: The most that an operation may cost, and how many errors a refusal has.
        exploring: Answers tell everyone more; see `extensions`.
    """

    def __init__(
        self,
        texts: Texts,
        documents: Documents,
        surroundings: Callable[[Exchange], Awaitable[Context]],
        *,
        limits: Limits,
        exploring: bool,
    ) -> None:
        self._texts = texts
        self._documents = documents
        self._surroundings = surroundings
        self._limits = limits
        self._exploring = exploring

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        """The answer to one operation; strangers learn nothing, not even what is wrong with their document."""
        exchange.account.began = asyncio.get_running_loop().time()
        try:
            context = await self._surroundings(exchange)
            context.allow("read")
        except Failure as failure:
            return turned_away(failure)
        text = await self._texts.text_of(operation)
        if isinstance(text, GraphQLError):
            return _refusal(text)
        exchange.account.text = text
        admitted = self._admit(text, operation, exchange)
        if isinstance(admitted, Outcome):
            return admitted
        try:
            await context.charge(admitted.estimate.total)
        except Failure as failure:
            return turned_away(failure)
        await self._texts.admitted(operation)
        result = await self._run(admitted, operation.variables, context)
        exchange.account.actual = actual_cost(admitted.estimate, result.data)
        errors = result.errors or []
        if result.data is None and all(error.path is None for error in errors):
            return _refusal(*(worded(each, exploring=self._exploring) for each in errors[: self._limits.errors]))
        told = [failed(error, exchange.request_id) for error in errors]
        told += [reported(path, failure) for path, failure in context.reported]
        omitted = max(0, len(told) - self._limits.errors)
        return Outcome(
            data=result.data,
            errors=told[: self._limits.errors],
            extensions=extensions(exchange, context, omitted, exploring=self._exploring),
            executed=True,
            max_age=0 if told or exchange.method == "POST" else exchange.account.max_age,
        )

    async def _run(self, admitted: _Admitted, variables: dict[str, Any], context: Context) -> ExecutionResult:
        """By a plan; by graphql-core what plans do not cover."""
        plan, node, chosen, _ = admitted
        try:
            if plan:
                return await plan.run(variables, context)
            running = execute(
                self._documents.schema,
                node,
                context_value=context,
                variable_values=variables,
                operation_name=chosen.name.value if chosen.name else None,
            )
            return await running if isawaitable(running) else running
        except asyncio.CancelledError:
            if chosen.operation is OperationType.QUERY:
                context.abandon()
            raise

    def _admit(self, text: str, operation: Operation, exchange: Exchange) -> _Admitted | Outcome:
        """Which of the document's operations is meant, its plan and its estimate; or why it is refused."""
        document = self._documents.read(text)
        if document.node is None:
            return _refusal(*document.errors)
        chosen = get_operation_ast(document.node, operation.name)
        if chosen is None:
            return _refusal(_no_operation(operation.name))
        exchange.account.kind = chosen.operation.value
        exchange.account.name = chosen.name.value if chosen.name else None
        if exchange.method != "POST" and chosen.operation is not OperationType.QUERY:
            refusal = _refusal(GraphQLError("A GET request may only read. Send a mutation with POST."))
            refusal.method_not_allowed = True
            return refusal
        estimate = self._documents.estimate(document, chosen, operation.variables)
        exchange.account.estimated = estimate.total
        if estimate.total > self._limits.cost:
            return _refusal(too_costly(self._limits.cost, estimate.total))
        return _Admitted(self._documents.plan(document, chosen), document.node, chosen, estimate)


def turned_away(failure: Failure) -> Outcome:
    """The answer to a caller who may not ask at all, or not now."""
    error = {"message": failure.message, "extensions": facts(failure)}
    status: int | None = HTTPStatus.FORBIDDEN
    retry_after = None
    if isinstance(failure, BadUserInput):
        status = None
    elif isinstance(failure, Unauthenticated):
        status = HTTPStatus.UNAUTHORIZED
    elif isinstance(failure, RateLimited):
        status = HTTPStatus.TOO_MANY_REQUESTS
        retry_after = failure.retry_after_seconds
    return Outcome(
        data=None, errors=[error], extensions={}, executed=False, status=status, retry_after_seconds=retry_after
    )


def _refusal(*errors: GraphQLError) -> Outcome:
    return Outcome(data=None, errors=[refused(error) for error in errors], extensions={}, executed=False)


def _no_operation(name: str | None) -> GraphQLError:
    if name is None:
        return GraphQLError("The document holds several operations. Say with `operationName` which one is meant.")
    return GraphQLError("The document holds no operation of the name that `operationName` gives.")
