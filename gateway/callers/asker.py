"""Who asks: what a request's headers say of whom an operation is for."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from gateway.callers.credentials import Credentials
from gateway.callers.principal import Principal
from resolvers.identity import Upstream

NO_CREDENTIALS = Credentials({}, ())


class Asker(Struct, frozen=True):
    """One who asks; the same for all requests with the same headers, as long as their credential is good.

    Attributes:
        principal: Whom the gateway takes them for.
        credentials: What they show to upstreams themselves.
        id: Tells askers apart, those with other credentials for upstreams among them.
        key: The header `Idempotency-Key`.
        last_event: The header `Last-Event-ID`: of a stream that was cut off, the last event that they have seen.
        seconds: The time that they give an operation; None where they set none.
    """

    principal: Principal
    credentials: Credentials
    id: str
    key: str | None
    last_event: str | None
    seconds: float | None


def asker_of(
    principal: Principal, headers: Mapping[str, str], upstreams: Iterable[Upstream], seconds: float | None = None
) -> Asker:
    """Who asks.

    Args:
        principal: Whom the gateway takes them for.
        headers: The request's, by lower-case name.
        upstreams: Those that callers bring credentials for.
        seconds: The time that they give an operation; None where they set none.
    """
    credentials = Credentials(headers, upstreams) if upstreams else NO_CREDENTIALS
    mark = credentials.mark()
    id_ = f"{mark}|{principal.id}" if mark else principal.id
    key, last_event = headers.get("idempotency-key"), headers.get("last-event-id")
    return Asker(principal, credentials, id_, key, last_event, seconds)
