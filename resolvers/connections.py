"""Relay paging over lists with stable cursors.

A cursor names the place of an item in the list's order, not its number: a page goes on where the last one ended even
when items have come or gone in between. Every list is ordered by a `Place`, ascending.
"""

import binascii
import datetime as dt
from base64 import urlsafe_b64decode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter, lt
from typing import Annotated, Generic, TypeVar

import msgspec
import strawberry

from resolvers.context import Context
from resolvers.costs import FREE
from resolvers.errors import BadUserInput, Failure, ListTooLong, Problem
from resolvers.identity import MAXIMUM_ID_LENGTH, Node, base64url

T = TypeVar("T")
N = TypeVar("N", bound=Node)
Place = tuple[int, int, str]

First = Annotated[
    int | None,
    strawberry.argument(
        description="At most so many from the start, or after `after`. Without `first` and `last`: as many as a page "
        "may hold."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="At most so many from the end, or before `before`.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]

_places = msgspec.json.Decoder(Place)
_native_id: Callable[[object], str] = attrgetter("native_id")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Paging(msgspec.Struct, frozen=True, gc=False):
    """The four arguments of a connection, checked.

    Attributes:
        size: How many items the page may hold.
        backward: The page is taken from the end.
        after: The place behind which it begins.
        before: The place before which it ends.
    """

    size: int
    backward: bool
    after: Place | None
    before: Place | None


def paging(context: Context, first: int | None, after: str | None, last: int | None, before: str | None) -> Paging:
    """Checks the arguments of a connection.

    Raises:
        ListTooLong: A size out of range.
        BadUserInput: Both sizes at once, or a cursor that is none.
    """
    return _paging(context.page_limit, first, after, last, before)


@lru_cache(maxsize=256)
def _paging(limit: int, first: int | None, after: str | None, last: int | None, before: str | None) -> Paging:
    """The same arguments come again and again, within an operation for every organization."""
    if first is not None and last is not None:
        raise BadUserInput("Give `first` or `last`, not both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= limit:
            raise ListTooLong(f"`{name}` must be from 0 to {limit}, not {size}.")
    size = first if first is not None else last if last is not None else limit
    return Paging(size, last is not None, _place("after", after), _place("before", before))


def standing(group: int, since: dt.datetime | None, native_id: str) -> Place:
    """The place in lists that go upstream by upstream, the longest-standing first.

    Args:
        group: The upstream's place.
        since: Since when the item is there; those of which that is not known come first.
        native_id: Tells items of the same instant apart.
    """
    return group, (since - _EPOCH) // _MICROSECOND if isinstance(since, dt.datetime) else 0, native_id


def longest_standing_first(items: list[T], since: str) -> list[T]:
    """What one upstream holds in the order of `standing`; the same list where it is in that order already.

    Args:
        items: Objects with a `native_id`.
        since: Their attribute that says since when they are there.
    """
    moments = [*map(attrgetter(since), items)]
    if moments.count(None) == len(moments):
        return sorted(items, key=_native_id)
    try:
        if all(map(lt, moments, moments[1:])):
            return items
        return sorted(items, key=attrgetter(since, "native_id"))  # as by their places
    except TypeError:
        pass  # of some it is not known
    return sorted(items, key=lambda item: standing(0, getattr(item, since), _native_id(item)))


def cursor(place: Place) -> str:
    """The cursor of the item at `place`."""
    return base64url(msgspec.json.encode(place))


def _place(name: str, text: str | None) -> Place | None:
    if text is None:
        return None
    try:
        if len(text) <= MAXIMUM_ID_LENGTH:
            place: Place = _places.decode(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
            return place
    except (binascii.Error, msgspec.DecodeError, ValueError):
        pass
    raise BadUserInput(f"`{name}` is no cursor of this list. Take it from `pageInfo` or `edges` of an earlier page.")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A cut out of an ordered list."""

    items: Sequence[T]
    place: Callable[[T], Place]
    has_previous: bool
    has_next: bool


def cut(items: Sequence[T], place: Callable[[T], Place], asked: Paging, *, more: bool = False) -> Page[T]:
    """The page of `items`, which are in order, that was asked for.

    Args:
        items: All items, or all up to one beyond the page.
        place: Where an item stands.
        asked: The arguments.
        more: Items exist beyond the last one here.
    """
    start = 0 if asked.after is None else bisect_right(items, asked.after, key=place)
    end = len(items)
    if asked.before is not None:
        end = max(start, bisect_left(items, asked.before, key=place))
    if end - start > asked.size:
        if asked.backward:
            start = end - asked.size
        else:
            end = start + asked.size
    return Page(items[start:end], place, has_previous=start > 0, has_next=more or end < len(items))


@strawberry.type(description="Where a page stands in its list.", directives=[FREE])
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="True where items follow the page.")
    has_previous_page: bool = strawberry.field(description="True where items precede the page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the page's first item; null where it has none."
    )
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last item; null where it has none.")


@strawberry.type(description="One item of a list, with its place.", directives=[FREE])
class Edge(Generic[N]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="The item's place in the list, for `after` and `before`.")
    node: N = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """Relay's connection, over a `Page`."""

    page: strawberry.Private[Page[N]]
    failures: strawberry.Private[list[Failure]]
    total: strawberry.Private[int | None]

    @strawberry.field(description="The items with their cursors.")
    def edges(self) -> list[Edge[N]]:
        """One per item."""
        return [Edge(cursor=cursor(self.page.place(item)), node=item) for item in self.page.items]

    @strawberry.field(description="The items alone.")
    def nodes(self) -> list[N]:
        """The page's items."""
        return list(self.page.items)

    @strawberry.field(description="Where the page stands in the list.")
    def page_info(self) -> PageInfo:
        """Relay's PageInfo."""
        items, place = self.page.items, self.page.place
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=cursor(place(items[0])) if items else None,
            end_cursor=cursor(place(items[-1])) if items else None,
        )

    @strawberry.field(
        description="How many items the whole list has after its filters; null where a part of it is missing."
    )
    def total_count(self) -> int | None:
        """None where it is not known."""
        return self.total

    @strawberry.field(
        description="Why parts of the list are missing, one per upstream or item that failed; empty where it is whole."
    )
    def incomplete(self) -> list[Problem]:
        """The failures as data."""
        return [failure.problem() for failure in self.failures]
