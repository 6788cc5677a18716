"""Answers of which objects of the graph are made.

Where an answer fits wholly, no part of it is a failure: what is made of it is made without looking for one.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec

from gateway.upstreams.reading import MISFITS, Shape, part
from gateway.wire.call import Answer
from resolvers.identity import Link, Upstream
from resolvers.merging import Part

T = TypeVar("T")
M = TypeVar("M")


class Making(Shape[M]):
    """A shape of whose values objects of the graph are made. With a kept answer these are kept, too.

    Args:
        upstream: As of a shape.
        form: The same.
        make: Makes, of the id of the organization that was asked for and a value of the form that fits wholly, what
            many operations may share: it is not changed.
        make_partly: The same of a value that fits in parts; left out: `make` looks for failures itself.
        where: As of a shape.
    """

    def __init__(
        self,
        upstream: Upstream,
        form: type[T],
        make: Callable[[str, T], M],
        make_partly: Callable[[str, T], M] | None = None,
        *,
        where: str = "the answer",
    ) -> None:
        super().__init__(upstream, cast("type[M]", form), where=where)
        self._make = cast("Callable[[str, object], M]", make)
        self._make_partly = self._make if make_partly is None else cast("Callable[[str, object], M]", make_partly)
        self._made = object()

    def said(self, answer: Answer, native_id: str) -> M:
        """As it was made already, or else as it is made now."""
        read = answer.read
        if read is None:
            return self.of(answer.body, native_id)
        if read[0] is self._made:
            return cast("M", read[1])
        if read[0] is not self:
            return self.of(answer.body, native_id)
        made = self._make(native_id, read[1])
        answer.read = self._made, made
        return made

    def of(self, body: bytes | msgspec.Raw, native_id: str) -> M:
        """What is made of a body, or of a part of one.

        Raises:
            UpstreamInvalidResponse: As `read`.
        """
        try:
            found: object = self._decoder.decode(body)
        except MISFITS:
            pass
        else:
            return self._make(native_id, found)
        return self._make_partly(native_id, self._misread(bytes(body)))


class Listing(Making[Part[M]], Generic[T, M]):
    """A list, of whose items objects of the graph are made.

    Args:
        upstream: As of a shape.
        form: The same.
        make: Makes one of each, of an organization's part and items without such a failure.
        items: The items of a value of the form; left out: it is their list, or None.
        check: Raises the failure that keeps an item from being made, where there may be any in it.
        where: As of a shape.
    """

    def __init__(  # noqa: PLR0913  as many as there are parts
        self,
        upstream: Upstream,
        form: object,
        make: Callable[[Link, Sequence[T]], list[M]],
        *,
        items: Callable[[Any], Sequence[T]] | None = None,
        check: Callable[[T], object] | None = None,
        where: str = "the answer",
    ) -> None:
        super().__init__(upstream, cast("type[object]", form), self.wholly, self.partly, where=where)
        self._make_all = make
        self._items = items
        self._check = check

    def wholly(self, native_id: str, found: Any) -> Part[M]:  # noqa: ANN401  a value of the form
        """What is made of a value that fits wholly."""
        items = found or [] if self._items is None else self._items(found)
        return Part(self._make_all(Link(self._upstream, native_id), items))

    def partly(self, native_id: str, found: Any) -> Part[M]:  # noqa: ANN401  the same
        """What is made of those items that could be read, and why the others could not."""
        readable = part(found or [] if self._items is None else self._items(found), self._checked)
        return Part(self._make_all(Link(self._upstream, native_id), readable.items), readable.failures)

    def one(self, native_id: str, item: T) -> M:
        """What is made of one item that came alone.

        Raises:
            Failure: A part of it, that it cannot be made without, could not be read.
        """
        return self._make_all(Link(self._upstream, native_id), [self._checked(item)])[0]

    def _checked(self, item: T) -> T:
        if self._check is not None:
            self._check(item)
        return item


def whole(kind: type[T], stand_in: object) -> T:
    """All that stands in for an object of the graph, as one of that class: to be kept."""
    return kind(**{name: getattr(stand_in, name) for name in _attributes(cast("Any", kind))})


@cache
def _attributes(kind: Any) -> list[str]:  # noqa: ANN401  a class made by Strawberry
    return [each.name for each in fields(kind) if each.init]
