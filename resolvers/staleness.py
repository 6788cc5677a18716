"""Which fields were answered with kept data, because the upstream that has the present ones failed."""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLResolveInfo

from resolvers.identity import Upstream

Resolve = Callable[..., Coroutine[Any, Any, object]]


class Stale(NamedTuple):
    """An answer that stood in for one that did not come.

    Attributes:
        upstream: Which one failed.
        age: Seconds since it gave the answer.
    """

    upstream: Upstream
    age: float


_field: ContextVar[GraphQLResolveInfo[Any] | None] = ContextVar("field", default=None)
"""The field that is being resolved."""

_collected: ContextVar[list[Stale] | None] = ContextVar("collected", default=None)
"""What a loader reads for others, and tells them."""


def note(stale: Stale) -> None:
    """Tells the one who collects, else the field that is being resolved. Of several, the oldest counts."""
    collected = _collected.get()
    field = _field.get()
    if collected is not None:
        collected.append(stale)
    elif field is not None:
        place = tuple(field.path.as_list()), stale.upstream
        known = field.context.stale
        known[place] = max(stale.age, known.get(place, 0.0))


def collect() -> list[Stale]:
    """What is noted from now on in this task, and in those that it starts."""
    collected: list[Stale] = []
    _collected.set(collected)
    return collected


def watch(types: Iterable[GraphQLNamedType]) -> None:
    """Has every field that may wait for an upstream say which one it is while it is resolved."""
    for each in types:
        for field in each.fields.values() if isinstance(each, GraphQLObjectType) else ():
            if inspect.iscoroutinefunction(field.resolve):
                field.resolve = _watched(field.resolve)


def _watched(resolve: Resolve) -> Resolve:
    @wraps(resolve)
    async def resolve_watched(source: object, info: GraphQLResolveInfo[Any], **given: object) -> object:
        _field.set(info)  # in this task alone, as siblings run in others; whatever waits next here sets its own
        return await resolve(source, info, **given)

    return resolve_watched
