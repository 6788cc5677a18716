"""The `extensions` of an answer: what it cost, how old it is, which upstream calls were made for it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from gateway.execution.limits import rounded
from gateway.execution.operation import Exchange
from gateway.wire.trace import traced
from resolvers.context import Context
from resolvers.errors import Forbidden
from resolvers.identity import Upstream

COST_HEADER: Final = "graphql-cost"
TRACE_HEADER: Final = "graphql-trace"
TRACE_SCOPE: Final = "trace"
PLANNED: Final = "plan"
"""Of the same header: the operation is not to run, only its upstream calls are to be told."""
_WANTED: Final = "1"

Stale: TypeAlias = Mapping[tuple[tuple[str | int, ...], Upstream], float]
"""By path and upstream: the age in seconds of what was kept."""


def staleness(stale: Stale) -> dict[str, Any]:
    """Where an answer is old; nothing where it is not."""
    if not stale:
        return {}
    told = [
        {"path": list(path), "upstream": upstream.name, "ageSeconds": round(age, 1)}
        for (path, upstream), age in stale.items()
    ]
    return {"staleness": told}


def extensions(
    exchange: Exchange, context: Context, omitted: int, *, exploring: bool, stale: Stale | None = None
) -> dict[str, Any]:
    """What an executed operation is told.

    Args:
        exchange: The request: with `GraphQL-Trace: 1` it asks for a trace, with `GraphQL-Cost: 1` for the cost.
        context: Of the operation.
        omitted: Errors that the answer leaves out.
        exploring: Everyone is told the cost, and may have a trace.
        stale: In the place of all that the context has.
    """
    stale = context.stale if stale is None else stale
    told = staleness(stale) if stale else {}
    if omitted:
        told["omittedErrors"] = omitted
    account = exchange.account
    if exploring or exchange.headers.get(COST_HEADER) == _WANTED:
        told["cost"] = {
            "estimated": rounded(account.estimated),
            "actual": rounded(account.actual),
            "upstreamCalls": context.upstream_calls,
        }
    if exchange.headers.get(TRACE_HEADER) == _WANTED and (exploring or _may_trace(context)):
        told["trace"] = traced(account.calls, account.began, asyncio.get_running_loop().time())
    return told


def _may_trace(context: Context) -> bool:
    try:
        context.allow(TRACE_SCOPE)
    except Forbidden:
        return False
    return True
