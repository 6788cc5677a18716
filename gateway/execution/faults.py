"""Errors, as an answer carries them: our own are told, all others are masked and logged."""

from typing import Any

import structlog
from graphql import GraphQLError

from resolvers.errors import Failure, ProblemCode, RateLimited

LONGEST_MESSAGE = 500

_log = structlog.get_logger("gateway.execution")


def refused(error: GraphQLError) -> dict[str, Any]:
    """An error of the request itself: a limit, syntax, validation, variables. Limits say in `extensions` which."""
    told = {"code": ProblemCode.BAD_USER_INPUT.name, "retryable": False}
    return _written(error.message, error.formatted, told | (error.extensions or {}))


def failed(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error of a field. An exception that nobody planned is `INTERNAL`, and in the log.

    Afterwards the error holds no frame any more: with what they hold, errors would stay until cycles are collected.
    """
    told = _told(error, request_id)
    held: BaseException | None = error
    while held is not None:
        held.__traceback__ = held.__context__ = None
        held = getattr(held, "original_error", None)
    return told


def _told(error: GraphQLError, request_id: str) -> dict[str, Any]:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Failure):
        return _written(cause.message, error.formatted, facts(cause))
    if cause is None or isinstance(cause, GraphQLError):
        return refused(error)
    _log.error("resolver failed", request_id=request_id, path=error.path, exc_info=cause)
    internal = {"code": ProblemCode.INTERNAL.name, "retryable": False}
    return _written("The gateway made a mistake. Its log has the details.", error.formatted, internal)


def reported(path: list[str | int], failure: Failure) -> dict[str, Any]:
    """A failure of a part of the field at `path`, which has a value all the same."""
    return {"message": failure.message[:LONGEST_MESSAGE], "path": path, "extensions": facts(failure)}


def facts(failure: Failure) -> dict[str, Any]:
    """The failure's `extensions`; the same facts as a `Problem` has."""
    told: dict[str, Any] = {"code": failure.code.name, "retryable": failure.retryable}
    if failure.upstream:
        told["upstream"] = failure.upstream.name
    if failure.retry_after_seconds is not None:
        told["retryAfterSeconds"] = failure.retry_after_seconds
    if failure.limit is not None:
        told["limit"] = failure.limit
    if isinstance(failure, RateLimited):
        budget = failure.rate_limit
        told |= {"allowed": budget.limit, "asked": budget.cost, "remaining": budget.remaining}
    return told


def _written(message: str, formatted: Any, extensions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  a TypedDict
    error: dict[str, Any] = {"message": message[:LONGEST_MESSAGE]}
    for key in ("locations", "path"):
        if formatted.get(key):
            error[key] = formatted[key]
    return error | {"extensions": extensions}
