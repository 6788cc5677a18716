"""Carries operations out: document, operation, execution, answer."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from graphql import DocumentNode, ExecutionResult, GraphQLError

from gateway.execution.actual import actual_cost
from gateway.execution.documents import Documents
from gateway.execution.estimates import Part
from gateway.execution.extensions import extensions
from gateway.execution.faults import facts, failed, refused, reported
from gateway.execution.limits import Limits, too_costly
from gateway.execution.operation import Exchange, Operation, Outcome, Texts
from gateway.execution.parts import Beginning, Parts, begin
from gateway.execution.prepared import Document, Prepared
from gateway.execution.responses import Responses
from gateway.execution.streaming import Streaming, no_stream
from gateway.execution.telling import Telling
from gateway.execution.variables import worded
from gateway.execution.whole import executed
from resolvers.context import Context
from resolvers.errors import BadUserInput, Failure, RateLimited, Unauthenticated


class _Admitted(NamedTuple):
    """An operation that may run.

    Attributes:
        document: What it is an operation of.
        node: The same, parsed.
        operation: The operation.
        estimate: Of its cost.
        returns: Its text came before: it is worth a plan.
    """

    document: Document
    node: DocumentNode
    operation: Prepared
    estimate: Part
    returns: bool


class Executor:
    """Carries operations out: by compiled plans, and on graphql-core what comes once or plans do not cover.

    Args:
        texts: Knows documents by name, and which may run.
        documents: Reads the texts, by the schema of what can be asked.
        surroundings: Makes the context of one operation.
        limits: The most that an operation may cost, and how many errors a refusal has.
        exploring: Answers tell everyone more; see `extensions`.
        responses: Those that serve again.
    """

    def __init__(  # noqa: PLR0913  what an operation goes through
        self,
        texts: Texts,
        documents: Documents,
        surroundings: Callable[[Exchange], Awaitable[Context]],
        *,
        limits: Limits,
        exploring: bool,
        responses: Responses,
    ) -> None:
        self._texts = texts
        self._documents = documents
        self._surroundings = surroundings
        self._limits = limits
        self._exploring = exploring
        self._responses = responses
        self._streaming = Streaming(documents.schema, surroundings, limits, exploring=exploring)

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        """The answer to one operation; strangers learn nothing, not even what is wrong with their document."""
        account = exchange.account
        account.began = account.began or asyncio.get_running_loop().time()  # whoever watches has begun before
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
            charging = context.charge(admitted.estimate.total)
            if charging is not None:
                await charging
        except Failure as failure:
            return turned_away(failure)
        if operation.query_hash is not None:
            await self._texts.admitted(operation)
        prepared = admitted.operation
        if prepared.data is not None:
            return self._answered(exchange, context, prepared.data, prepared.encoded)
        try:
            return await self._outcome(admitted, operation, exchange, context)
        except asyncio.CancelledError:
            if prepared.reads:
                context.abandon()
            raise
        finally:
            self._documents.weigh(admitted.document, prepared)

    async def _outcome(
        self, admitted: _Admitted, operation: Operation, exchange: Exchange, context: Context
    ) -> Outcome:
        """What comes of an operation that runs."""
        prepared = admitted.operation
        if prepared.kind == "subscription":
            return await self._streaming.begin(admitted.node, prepared.name, operation.variables, exchange, context)
        if exchange.parts and prepared.later is not None:
            return await self._in_parts(admitted, operation, exchange, context)
        account, responses = exchange.account, self._responses
        question = responses.question(prepared, operation.variables, context) if prepared.reads else None
        if question is None:
            return self._told(admitted, exchange, context, await self._running(admitted, operation.variables, context))
        if responses.keeps and (kept := responses.kept(question, account.calls)):
            account.actual = kept.actual
            return self._answered(exchange, context, kept.data, kept.encoded)
        run = partial(self._running, admitted, operation.variables, context)
        outcome = self._told(admitted, exchange, context, await responses.shared(question, context, account.calls, run))
        if responses.keeps and outcome.data is not None and not (outcome.encoded or outcome.errors or context.stale):
            outcome.encoded = responses.keep(question, outcome.data, account.calls, account.actual)
        return outcome

    async def _in_parts(
        self, admitted: _Admitted, operation: Operation, exchange: Exchange, context: Context
    ) -> Outcome:
        """What comes of an operation of which parts may come later."""
        _, node, prepared, estimate, _ = admitted
        result = await begin(self._documents.schema, node, prepared.name, operation.variables, context)
        if isinstance(result, Beginning):
            telling = Telling(exchange, context, estimate, self._limits.errors, exploring=self._exploring)
            return Outcome(None, [], {}, executed=True, stream=Parts(result, telling, context), finite=True)
        return self._told(admitted, exchange, context, result)

    def _told(self, admitted: _Admitted, exchange: Exchange, context: Context, result: ExecutionResult) -> Outcome:
        """What comes of an operation that has ended."""
        if result.data is not None:
            exchange.account.actual = actual_cost(admitted.estimate, result.data)
        if not result.errors and not context.reported:
            return self._answered(exchange, context, result.data, admitted.operation.keep(result.data))
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
        )

    def _answered(
        self, exchange: Exchange, context: Context, data: dict[str, Any] | None, encoded: bytes | None
    ) -> Outcome:
        """Where all went well."""
        return Outcome(
            data=data,
            errors=[],
            extensions=extensions(exchange, context, 0, exploring=self._exploring),
            executed=True,
            max_age=0 if exchange.method == "POST" else exchange.account.max_age,
            encoded=encoded,
        )

    def _running(self, admitted: _Admitted, variables: dict[str, Any], context: Context) -> Awaitable[ExecutionResult]:
        """By a plan; by graphql-core what plans do not cover, and what came once."""
        _, document, operation, _, returns = admitted
        schema = self._documents.schema
        plan = operation.plan(schema) if returns else None
        return plan.run(variables, context) if plan else executed(schema, document, context, variables, operation.name)

    def _admit(self, text: str, operation: Operation, exchange: Exchange) -> _Admitted | Outcome:
        """Which of the document's operations is meant, and its estimate; or why it is refused."""
        document = self._documents.read(text)
        account = exchange.account
        account.digest = document.digest
        if document.node is None:
            return _refusal(*document.errors)
        chosen = document.operation(operation.name, self._documents.estimator)
        if chosen is None:
            return _refusal(_no_operation(operation.name))
        account.kind = chosen.kind
        account.name = chosen.name
        if not chosen.reads or chosen.later is not None:
            unfit = _unfit(chosen, operation, exchange)
            if unfit is not None:
                return unfit
        estimate = chosen.estimate(operation.variables)
        account.estimated = estimate.total
        if estimate.total > self._limits.cost:
            return _refusal(too_costly(self._limits.cost, estimate.total))
        return _Admitted(document, document.node, chosen, estimate, document.bare > 0)


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


def _unfit(chosen: Prepared, operation: Operation, exchange: Exchange) -> Outcome | None:
    """Why an operation cannot be asked for like this."""
    if chosen.kind == "subscription" and not exchange.streams:
        return no_stream()
    if chosen.kind == "mutation" and exchange.method != "POST":
        refusal = _refusal(GraphQLError("A GET request may only read. Send a mutation with POST."))
        refusal.method_not_allowed = True
        return refusal
    mistake = chosen.later.mistake(operation.variables) if chosen.later is not None else None
    return _refusal(mistake) if mistake is not None else None


def _no_operation(name: str | None) -> GraphQLError:
    if name is None:
        return GraphQLError("The document holds several operations. Say with `operationName` which one is meant.")
    return GraphQLError("The document holds no operation of the name that `operationName` gives.")
