"""What can go wrong, as a short tree.

    Failure
    ├── BadUserInput              the request is wrong; nothing was asked of an upstream
    │   └── ListTooLong               it asks for, or gives, a longer list than a page may be
    ├── Unauthenticated           the gateway does not know the caller
    ├── Forbidden                 the caller may not do this
    ├── RateLimited               the caller's budget has not enough left for the operation
    │   └── TooCostlyForBudget        nor would the whole budget be enough
    ├── NotFound                  no such object, or none that the caller may see
    ├── Conflict                  the object is in another state than the request supposes
    ├── Unsupported               the upstream has no such operation
    ├── NotConfigured             the gateway has no credential for the upstream
    ├── OutcomeUnknown            a write was sent and its answer never came
    └── UpstreamFailure           an upstream did not do its part
        ├── UpstreamUnauthenticated   it refuses the credential
        ├── UpstreamForbidden         the credential may not do this there
        ├── UpstreamRejected          it refuses the request
        ├── UpstreamRateLimited       too many requests there
        ├── UpstreamTimeout           no whole answer in time
        ├── UpstreamUnavailable       refused, reset, 5xx
        └── UpstreamInvalidResponse   an answer that does not fit the API

`Failure` is an exception and, kept as the value of a field, an error on that field alone.
"""

from enum import Enum
from typing import ClassVar

import strawberry

from resolvers.costs import FREE
from resolvers.identity import Upstream
from resolvers.rate_limits import RateLimit


@strawberry.enum(description="Why something failed. Stable: clients may switch on it.")
class ProblemCode(Enum):
    """The codes of `errors[].extensions.code` and of `Problem.code`."""

    BAD_USER_INPUT = strawberry.enum_value(
        "BAD_USER_INPUT", description="The request is wrong: its syntax, a value, an id. Repeating it will not help."
    )
    UNAUTHENTICATED = strawberry.enum_value(
        "UNAUTHENTICATED", description="The gateway needs a valid credential for this."
    )
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="The caller may see the object, but may not do this.")
    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="No such object exists, or none that the caller may see."
    )
    CONFLICT = strawberry.enum_value(
        "CONFLICT", description="The object is in another state than the request supposes."
    )
    UNSUPPORTED = strawberry.enum_value("UNSUPPORTED", description="The upstream does not offer this operation.")
    NOT_CONFIGURED = strawberry.enum_value(
        "NOT_CONFIGURED", description="The gateway has no credential for this upstream or organization."
    )
    RATE_LIMITED = strawberry.enum_value(
        "RATE_LIMITED",
        description="The operation costs more than is left of the caller's budget at the gateway. Wait "
        "`retryAfterSeconds`; where there is none, ask for less.",
    )
    UPSTREAM_UNAUTHENTICATED = strawberry.enum_value(
        "UPSTREAM_UNAUTHENTICATED", description="The upstream refuses the credential that it was sent."
    )
    UPSTREAM_FORBIDDEN = strawberry.enum_value(
        "UPSTREAM_FORBIDDEN", description="The credential is good, but has not the right for this at the upstream."
    )
    UPSTREAM_REJECTED = strawberry.enum_value(
        "UPSTREAM_REJECTED", description="The upstream refuses the request as it stands."
    )
    UPSTREAM_RATE_LIMITED = strawberry.enum_value(
        "UPSTREAM_RATE_LIMITED", description="The upstream takes no more requests for now. Wait `retryAfterSeconds`."
    )
    UPSTREAM_TIMEOUT = strawberry.enum_value(
        "UPSTREAM_TIMEOUT", description="The upstream gave no whole answer in time."
    )
    UPSTREAM_UNAVAILABLE = strawberry.enum_value(
        "UPSTREAM_UNAVAILABLE", description="The upstream cannot be reached, or answers that it is out of order."
    )
    UPSTREAM_INVALID_RESPONSE = strawberry.enum_value(
        "UPSTREAM_INVALID_RESPONSE", description="The upstream's answer does not fit its API."
    )
    OUTCOME_UNKNOWN = strawberry.enum_value(
        "OUTCOME_UNKNOWN",
        description="A write was sent and its answer never came: it may or may not be done. Read before repeating.",
    )
    EVENTS_MISSED = strawberry.enum_value(
        "EVENTS_MISSED",
        description="More happened since `after` than a subscription can still tell. Read `activities`, then subscribe "
        "anew.",
    )
    STREAM_ENDED = strawberry.enum_value(
        "STREAM_ENDED",
        description="A subscription ended although there may be more to tell: its client read too slowly, or the "
        "gateway is being stopped. Subscribe again with `after`; nothing is lost then.",
    )
    INTERNAL = strawberry.enum_value(
        "INTERNAL", description="A mistake in the gateway itself. Its log has the details under the `requestId`."
    )


@strawberry.type(description="A failure as data. The same facts stand in `errors[].extensions`.", directives=[FREE])
class Problem:
    """One `Failure`, as clients see it."""

    code: ProblemCode = strawberry.field(description="Why it failed.")
    message: str = strawberry.field(description="What failed, in a sentence for people.")
    upstream: Upstream | None = strawberry.field(description="The upstream concerned; null where none is.")
    retryable: bool = strawberry.field(description="True where the same request may succeed later.")
    retry_after_seconds: float | None = strawberry.field(
        description="Seconds to wait before the next try; null where the upstream names no time."
    )


class Failure(Exception):  # noqa: N818  a failure is also kept as a value, and read as one
    """Something that went wrong and may be told.

    Args:
        message: A sentence that a caller may see: no URL, header, body or exception text.
        upstream: The upstream concerned.
        retry_after_seconds: Seconds until a further try makes sense, where known.
        field: The path into a mutation's `input` of what is wrong, where one field is.
    """

    code: ClassVar[ProblemCode] = ProblemCode.INTERNAL
    retryable: ClassVar[bool] = False
    limit: ClassVar[str | None] = None

    def __init__(
        self,
        message: str,
        *,
        upstream: Upstream | None = None,
        retry_after_seconds: float | None = None,
        field: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.upstream = upstream
        self.retry_after_seconds = retry_after_seconds
        self.field = field

    def problem(self) -> Problem:
        """This failure as data."""
        return Problem(
            code=self.code,
            message=self.message,
            upstream=self.upstream,
            retryable=self.retryable,
            retry_after_seconds=self.retry_after_seconds,
        )


class BadUserInput(Failure):
    """The request is wrong; nothing was asked of an upstream."""

    code = ProblemCode.BAD_USER_INPUT


class ListTooLong(BadUserInput):
    """A list is asked for, or given, that is longer than a page may be; `limit` names what was exceeded."""

    limit = "LIST_SIZE"


class Unauthenticated(Failure):
    """The gateway does not know the caller."""

    code = ProblemCode.UNAUTHENTICATED


class Forbidden(Failure):
    """The caller may not do this."""

    code = ProblemCode.FORBIDDEN


class RateLimited(Failure):
    """The caller's budget has not enough left for the operation.

    Args:
        message: A sentence that says so.
        rate_limit: The budget as it stands; its `cost` is what the operation would have cost.
        retry_after_seconds: Until the budget is renewed.
    """

    code = ProblemCode.RATE_LIMITED
    retryable = True
    limit = "BUDGET"

    def __init__(self, message: str, rate_limit: RateLimit, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.rate_limit = rate_limit


class TooCostlyForBudget(RateLimited):
    """Nor would the whole budget be enough."""

    retryable = False


class TooManyStreams(Failure):
    """As many subscriptions run as the gateway takes at once."""

    code = ProblemCode.RATE_LIMITED
    retryable = True


class EventsMissed(Failure):
    """A subscription cannot tell all that happened."""

    code = ProblemCode.EVENTS_MISSED


class StreamEnded(Failure):
    """A subscription ended before its client wanted it to."""

    code = ProblemCode.STREAM_ENDED
    retryable = True


class NotFound(Failure):
    """No such object, or none that the caller may see."""

    code = ProblemCode.NOT_FOUND


class Conflict(Failure):
    """The object is in another state than the request supposes."""

    code = ProblemCode.CONFLICT


class Unsupported(Failure):
    """The upstream has no such operation."""

    code = ProblemCode.UNSUPPORTED


class NotConfigured(Failure):
    """The gateway has no credential for the upstream or organization."""

    code = ProblemCode.NOT_CONFIGURED


class OutcomeUnknown(Failure):
    """A write was sent and its answer never came."""

    code = ProblemCode.OUTCOME_UNKNOWN


class UpstreamFailure(Failure):
    """An upstream did not do its part."""


class UpstreamUnauthenticated(UpstreamFailure):
    """It refuses the credential."""

    code = ProblemCode.UPSTREAM_UNAUTHENTICATED


class UpstreamForbidden(UpstreamFailure):
    """The credential may not do this there."""

    code = ProblemCode.UPSTREAM_FORBIDDEN


class UpstreamRejected(UpstreamFailure):
    """It refuses the request."""

    code = ProblemCode.UPSTREAM_REJECTED


class UpstreamRateLimited(UpstreamFailure):
    """Too many requests there."""

    code = ProblemCode.UPSTREAM_RATE_LIMITED
    retryable = True


class UpstreamTimeout(UpstreamFailure):
    """No whole answer in time."""

    code = ProblemCode.UPSTREAM_TIMEOUT
    retryable = True


class UpstreamUnavailable(UpstreamFailure):
    """Refused, reset, or a 5xx answer."""

    code = ProblemCode.UPSTREAM_UNAVAILABLE
    retryable = True


class UpstreamInvalidResponse(UpstreamFailure):
    """An answer that does not fit the API."""

    code = ProblemCode.UPSTREAM_INVALID_RESPONSE
