"""What browsers are told: which other origins may ask, and which host names requests may be for."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "GraphQL-Preflight",
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
    "X-Apollo-Operation-Id",
    "ApolloGraphQL-Client-Name",
    "ApolloGraphQL-Client-Version",
    "ApolloGraphQL-Library-Name",
    "ApolloGraphQL-Library-Version",
    "Idempotency-Key",
    "Last-Event-ID",
    "X-Request-Id",
    "GraphQL-Cost",
    "GraphQL-Trace",
    "Request-Timeout",
    "Traceparent",
    "Losant-Authorization",
    "Nks-Authorization",
    "Locktera-Authorization",
    "ClickHouse-Authorization",
)
"""What apps on other origins may send; those of Apollo's clients that say who they are mean nothing here."""

REMEMBERED_SECONDS: Final = 600


def middleware(*, origins: Sequence[str], hosts: Sequence[str]) -> list[Middleware]:
    """What stands before all routes; nothing where nothing is set.

    Args:
        origins: Apps on these may ask, without cookies; apps on others may not.
        hosts: Requests for other names are refused with 400; empty lets all in.
    """
    found = []
    if hosts:
        found.append(Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False))
    if origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(origins),
                allow_methods=["GET", "POST"],
                allow_headers=list(REQUEST_HEADERS),
                expose_headers=["X-Request-Id", "Retry-After"],
                max_age=REMEMBERED_SECONDS,
            )
        )
    return found
