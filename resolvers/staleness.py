"""Which fields were answered with kept data, because the upstream that has the present ones failed."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextvars import ContextVar, Token
from functools import wraps
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLResolveInfo
from graphql.pyutils import Path

from resolvers.identity import Upstream

T = TypeVar("T")

Resolve = Callable[..., Coroutine[Any, Any, object]]


class Stale(NamedTuple):
    """An answer that stood in for one that did not come.

    Attributes:
        upstream: Which one failed.
        age: Seconds since it gave the answer.
    """

    upstream: Upstream
    age: float


class FieldPlace(Protocol):
    """A field that is being resolved, as either kind of info tells of it."""

    @property
    def context(self) -> Any:  # noqa: ANN401  a `Context`, which is not imported here: it is told of failures
        """The surroundings of the operation."""

    @property
    def path(self) -> Path:
        """Where it stands in the answer."""


class Collecting(Protocol):
    """Who reads for others, and tells them what was noted meanwhile."""

    stale: tuple[Stale, ...]


_field: ContextVar[FieldPlace | None] = ContextVar("field", default=None)
"""The field that is being resolved."""

resolving: Final[Callable[[FieldPlace], object]] = _field.set
"""From now on, and in this context, this field is being resolved."""

_collected: ContextVar[Collecting | None] = ContextVar("collected", default=None)
"""What a loader reads for others, and tells them."""


def note(stale: Stale) -> None:
    """Tells the one who collects, else the field that is being resolved. Of several, the oldest counts."""
    collected = _collected.get()
    field = _field.get()
    if collected is not None:
        collected.stale += (stale,)
    elif field is not None:
        place = tuple(field.path.as_list()), stale.upstream
        known = field.context.stale
        known[place] = max(stale.age, known.get(place, 0.0))


collect: Final[Callable[[Collecting], Token[Collecting | None]]] = _collected.set
"""Has what is noted from now on, in this context and in those made of it, kept there."""

collect_no_more: Final[Callable[[Token[Collecting | None]], None]] = _collected.reset
"""Has it kept where it was kept before."""


def watch(types: Iterable[GraphQLNamedType]) -> None:
    """Has every field that may wait for an upstream say which one it is while it is resolved."""
    for each in types:
        for field in each.fields.values() if isinstance(each, GraphQLObjectType) else ():
            if inspect.iscoroutinefunction(field.resolve):
                field.resolve = watched(field.resolve)


def watched(resolve: Resolve) -> Resolve:
    """The resolver, which says what it resolves."""

    @wraps(resolve)
    async def resolve_watched(source: object, info: GraphQLResolveInfo[Any], **given: object) -> object:
        return await attributed(info, resolve(source, info, **given))

    return resolve_watched


async def attributed(field: FieldPlace, given: Awaitable[T]) -> T:
    """What comes of `given`; what is noted meanwhile is told of the field."""
    resolving(field)  # in this context alone, as siblings run in others; whatever waits next here sets its own
    return await given
