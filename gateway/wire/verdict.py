"""What an upstream's HTTP answer means: status, headers and body in, success or a `Failure` out."""

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from resolvers.errors import (
    Conflict,
    Failure,
    NotFound,
    UpstreamForbidden,
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

_CLIENT_ERRORS: dict[int, tuple[type[Failure], str]] = {
    HTTPStatus.UNAUTHORIZED: (UpstreamUnauthenticated, "refuses the credential"),
    HTTPStatus.FORBIDDEN: (UpstreamForbidden, "does not let the credential do this"),
    HTTPStatus.NOT_FOUND: (NotFound, "has no such object, or none that the credential sees"),
    HTTPStatus.GONE: (NotFound, "no longer has this object"),
    HTTPStatus.CONFLICT: (Conflict, "says that the object is in another state"),
    HTTPStatus.REQUEST_TIMEOUT: (UpstreamTimeout, "says that the request took too long"),
}

_FOR_GOOD = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})

# plain numbers, for every answer is asked about: a look at a member of an enumeration takes its time
_WITH_BODY = frozenset({200, 201})
_NO_CONTENT = 204
_OUT_OF_ORDER = 500


def verdict(  # noqa: PLR0911  a table, line by line
    upstream: Upstream, status: int, headers: Mapping[str, str], body: bytes
) -> Failure | None:
    """None where the answer is a success with a body, if it needs one; else what went wrong.

    Args:
        upstream: Who answered; named in the message.
        status: HTTP status.
        headers: By lower-case name.
        body: Not shown, whatever it says; only whether there is one counts.
    """
    if status in _WITH_BODY:
        if body and not body.isspace():
            return None
        return UpstreamInvalidResponse(f"{upstream.title} sent an empty answer.", upstream=upstream)
    if status == _NO_CONTENT:
        return None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return UpstreamRateLimited(
            f"{upstream.title} takes no more requests for now.",
            upstream=upstream,
            retry_after_seconds=retry_after(headers),
        )
    if status in _CLIENT_ERRORS:
        kind, words = _CLIENT_ERRORS[status]
        return kind(f"{upstream.title} {words}.", upstream=upstream)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return UpstreamRejected(f"{upstream.title} refuses the request (status {status}).", upstream=upstream)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UpstreamUnavailable(
            f"{upstream.title} is out of order (status {status}).",
            upstream=upstream,
            retry_after_seconds=retry_after(headers),
        )
    return UpstreamInvalidResponse(f"{upstream.title} answered with status {status}.", upstream=upstream)


def is_out_of_order(status: int) -> bool:
    """Whether the upstream itself failed, so that asking again may help: a 5xx but those that it can only repeat."""
    return status >= _OUT_OF_ORDER and status not in _FOR_GOOD


def retry_after(headers: Mapping[str, str], now: dt.datetime | None = None) -> float | None:
    """Seconds to wait, by Retry-After (seconds or a date) or X-RateLimit-Reset (seconds); None where neither stands."""
    for name in ("retry-after", "x-ratelimit-reset"):
        text = headers.get(name, "").strip()
        try:
            seconds = float(text)
        except ValueError:
            try:
                date = parsedate_to_datetime(text)
                date = date.astimezone(dt.UTC) if date.tzinfo else date.replace(tzinfo=dt.UTC)
            except (ValueError, OverflowError):
                continue
            seconds = (date - (now or dt.datetime.now(dt.UTC))).total_seconds()
        if seconds == seconds and abs(seconds) != float("inf"):  # noqa: PLR0124  NaN is the one unlike itself
            return max(seconds, 0.0)
    return None
