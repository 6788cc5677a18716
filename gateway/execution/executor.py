"""Carries operations out: document, operation, execution, answer."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from graphql import ExecutionResult, GraphQLError
from msgspec import Struct

from gateway.execution.actual import actual_cost
from gateway.execution.documents import Documents
from gateway.execution.estimates import Part
from gateway.execution.extensions import extensions
from gateway.execution.faults import facts, failed, refused, reported
from gateway.execution.limits import Limits, too_costly
from gateway.execution.operation import Exchange, Operation, Outcome, Texts
from gateway.execution.parts import Beginning, Parts, begin
from gateway.execution.prepared import Document, Prepared
from gateway.execution.responses import Question, Responses
from gateway.execution.streaming import Streaming, no_stream
from gateway.execution.telling import Telling
from gateway.execution.variables import worded
from resolvers.context import Context
from resolvers.errors import BadUserInput, Failure, RateLimited, Unauthenticated


class _Admitted(Struct):
    """An operation that may run.

    Attributes:
        context: Its own.
        document: What it is an operation of.
        operation: The operation.
        estimate: Of its cost.
    """

    context: Context
    document: Document
    operation: Prepared
    estimate: Part


class Executor:
    """Carries operations out: by compiled plans, and on graphql-core what comes once or plans do not cover.

    Args:
        texts: Knows documents by name, and which may run.
        documents: Reads the texts, by the schema of what can be asked.
        surroundings: Makes the context of one operation.
        known: Makes it at once; None where it has to be found out first who asks.
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
        known: Callable[[Exchange], Context | None] = lambda _: None,
    ) -> None:
        self._texts = texts
        self._documents = documents
        self._surroundings = surroundings
        self._known = known
        self._limits = limits
        self._exploring = exploring
        self._responses = responses
        self._streaming = Streaming(documents.schema, surroundings, limits, exploring=exploring)

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        """The answer to one operation; strangers learn nothing, not even what is wrong with their document."""
        account = exchange.account
        account.began = account.began or asyncio.get_running_loop().time()  # whoever watches has begun before
        try:
            context = self._known(exchange) or await self._surroundings(exchange)
            context.allow("read")
            text = self._texts.at_hand(operation) or await self._texts.text_of(operation)
            admitted = self._admitted(text, operation, exchange, context)
            if not isinstance(admitted, _Admitted):
                return admitted
            charging = context.charge(admitted.estimate.total)
            if charging is not None:
                await charging
        except Failure as failure:
            return turned_away(failure)
        if operation.query_hash is not None:
            await self._texts.admitted(operation)
        prepared, responses, result = admitted.operation, self._responses, None
        question = responses.question(prepared, operation.variables, context) if prepared.reads else None
        try:
            if not (prepared.usual and (question is None or question.first)):
                outcome = await self._otherwise(admitted, operation, exchange, question)
                if outcome is not None:
                    return outcome
            returns = admitted.document.bare > 0  # the text came before: it is worth a plan
            result = await prepared.run(self._documents.schema, operation.variables, context, planned=returns)
        except asyncio.CancelledError:
            if prepared.reads:
                context.abandon()
            raise
        finally:
            if question is not None:
                responses.end(question, result, context, account.calls)
            self._documents.weigh(admitted.document, prepared)
        outcome = self._told(admitted, exchange, context, result)
        return self._kept(question, outcome, exchange, context) if responses.keeps else outcome

    async def _otherwise(
        self, admitted: _Admitted, operation: Operation, exchange: Exchange, question: Question | None
    ) -> Outcome | None:
        """What comes of an operation that is not carried out as most are; None where it is, after all.

        Its answer comes bit by bit, is at hand, or is that of another operation.
        """
        context, prepared = admitted.context, admitted.operation
        if prepared.data is not None:
            return self._answered(exchange, context, prepared.data, prepared.encoded)
        if prepared.kind == "subscription":
            variables = operation.variables
            return await self._streaming.begin(prepared.document, prepared.name, variables, exchange, context)
        if exchange.parts and prepared.later is not None:
            return await self._in_parts(admitted, operation, exchange)
        if question is None:
            return None
        outcome = await self._of_another(admitted, exchange, question)
        if outcome is None:
            self._responses.begin(question)
        return outcome

    async def _of_another(self, admitted: _Admitted, exchange: Exchange, question: Question) -> Outcome | None:
        """The response that another operation was given, where there is one that serves."""
        context, account = admitted.context, exchange.account
        kept = self._responses.kept(question, account.calls)
        if kept is not None:
            account.actual = kept.actual
            return self._answered(exchange, context, kept.data, kept.encoded)
        result = await self._responses.shared(question, context, account.calls)
        if result is None:
            return None
        return self._kept(question, self._told(admitted, exchange, context, result), exchange, context)

    def _kept(self, question: Question | None, outcome: Outcome, exchange: Exchange, context: Context) -> Outcome:
        """The same; its data is kept for others where that may be."""
        data, account = outcome.data, exchange.account
        if question is not None and data is not None and not (outcome.encoded or outcome.errors or context.stale):
            outcome.encoded = self._responses.keep(question, data, account.calls, account.actual)
        return outcome

    async def _in_parts(self, admitted: _Admitted, operation: Operation, exchange: Exchange) -> Outcome:
        """What comes of an operation of which parts may come later."""
        context, estimate = admitted.context, admitted.estimate
        prepared, schema = admitted.operation, self._documents.schema
        result = await begin(schema, prepared.document, prepared.name, operation.variables, context)
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

    def _admitted(
        self, text: str | GraphQLError, operation: Operation, exchange: Exchange, context: Context
    ) -> _Admitted | Outcome:
        """Which of the document's operations is meant, and its estimate; or why it is refused."""
        if not isinstance(text, str):
            return _refusal(text)
        document = self._documents.read(text)
        account = exchange.account
        account.text = text
        account.digest = document.digest
        if document.node is None:
            return _refusal(*document.errors)
        chosen = document.operations.get(operation.name) or document.operation(
            operation.name, self._documents.estimator
        )
        if chosen is None:
            return _refusal(_no_operation(operation.name))
        account.kind = chosen.kind
        account.name = chosen.name
        if not chosen.reads or chosen.later is not None:
            unfit = _unfit(chosen, operation, exchange)
            if unfit is not None:
                return unfit
        estimate = chosen.estimated or chosen.estimate(operation.variables)
        account.estimated = estimate.total
        if estimate.total > self._limits.cost:
            return _refusal(too_costly(self._limits.cost, estimate.total))
        return _Admitted(context, document, chosen, estimate)


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
