"""Carries operations out: document, operation, execution, answer."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)

from gateway.execution.actual import actual_cost
from gateway.execution.documents import Documents
from gateway.execution.estimates import Part
from gateway.execution.faults import facts, failed, refused, reported
from gateway.execution.limits import Limits, rounded, too_costly
from gateway.execution.operation import Exchange, Operation, Outcome
from resolvers.context import Context
from resolvers.errors import Failure, Unauthenticated

COST_HEADER: Final = "graphql-cost"


class Executor:
    """Carries operations out on graphql-core.

    Args:
        schema: What can be asked.
        documents: Reads the texts.
        surroundings: Makes the context of one operation.
        limits: The most that an operation may cost, and how many errors a refusal has.
        tells_cost: Every answer says what it cost; else those to requests with the header `GraphQL-Cost: 1`.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        surroundings: Callable[[Exchange], Awaitable[Context]],
        *,
        limits: Limits,
        tells_cost: bool,
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._surroundings = surroundings
        self._limits = limits
        self._tells_cost = tells_cost

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        """The answer to one operation; strangers learn nothing, not even what is wrong with their document."""
        try:
            context = await self._surroundings(exchange)
            context.allow("read")
        except Failure as failure:
            return turned_away(failure)
        admitted = self._admit(operation, exchange)
        if isinstance(admitted, Outcome):
            return admitted
        node, chosen, estimate = admitted
        running = execute(
            self._schema,
            node,
            context_value=context,
            variable_values=operation.variables,
            operation_name=chosen.name.value if chosen.name else None,
        )
        result = await running if isawaitable(running) else running
        errors = result.errors or []
        if result.data is None and all(error.path is None for error in errors):
            return _refusal(*errors[: self._limits.errors])
        return Outcome(
            data=result.data,
            errors=[failed(error, exchange.request_id) for error in errors]
            + [reported(path, failure) for path, failure in context.reported],
            extensions=self._extensions(exchange, estimate, result.data, context),
            executed=True,
        )

    def _admit(
        self, operation: Operation, exchange: Exchange
    ) -> tuple[DocumentNode, OperationDefinitionNode, Part] | Outcome:
        """The document, which of its operations is meant, and its estimate; or why it is refused."""
        document = self._documents.read(operation.query)
        if document.node is None:
            return _refusal(*document.errors)
        chosen = get_operation_ast(document.node, operation.name)
        if chosen is None:
            return _refusal(_no_operation(operation.name))
        if exchange.method != "POST" and chosen.operation is not OperationType.QUERY:
            refusal = _refusal(GraphQLError("A GET request may only read. Send a mutation with POST."))
            refusal.method_not_allowed = True
            return refusal
        estimate = self._documents.estimate(document, chosen, operation.variables)
        if estimate.total > self._limits.cost:
            return _refusal(too_costly(self._limits.cost, estimate.total))
        return document.node, chosen, estimate

    def _extensions(
        self, exchange: Exchange, estimate: Part, data: dict[str, Any] | None, context: Context
    ) -> dict[str, Any]:
        if not self._tells_cost and exchange.headers.get(COST_HEADER) != "1":
            return {}
        cost = {
            "estimated": rounded(estimate.total),
            "actual": rounded(actual_cost(estimate, data)),
            "upstreamCalls": context.upstream_calls,
        }
        return {"cost": cost}


def turned_away(failure: Failure) -> Outcome:
    """The answer to a caller who may not ask at all."""
    error = {"message": failure.message, "extensions": facts(failure)}
    status = HTTPStatus.UNAUTHORIZED if isinstance(failure, Unauthenticated) else HTTPStatus.FORBIDDEN
    return Outcome(data=None, errors=[error], extensions={}, executed=False, status=status)


def _refusal(*errors: GraphQLError) -> Outcome:
    return Outcome(data=None, errors=[refused(error) for error in errors], extensions={}, executed=False)


def _no_operation(name: str | None) -> GraphQLError:
    if name is None:
        return GraphQLError("The document holds several operations. Say with `operationName` which one is meant.")
    return GraphQLError("The document holds no operation of the name that `operationName` gives.")
