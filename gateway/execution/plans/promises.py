"""Values that are yet to come, where that cannot fail what holds them: promised, and put in their places as they come.

A slot that may be null takes whatever goes wrong with its value, so nobody has to wait for it but the whole execution:
its `Promise` writes the value where it belongs, and is a strand where it has to wait for it. An object or a list with
such slots is a `Partial`: it stands in the answer at once, and its promises begin in the order of graphql-core.

    organization    Promise ── comes, and is a Partial: {"key": "acme", "name": Promise, "usage": {…: Promise}}

What fails the object that holds it (a slot that must not be null) is awaited by it, as is all beside it: `waiting`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import FieldNode
from msgspec import Struct

from gateway.execution.plans.branches import Strand
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.running import Place, Run
from resolvers.staleness import FieldPlace, resolving

Complete: TypeAlias = Callable[[Run, Any, Place], Any]
"""Makes of a value what stands in the answer: itself, a `Partial`, or a coroutine that may fail."""


class Late(NamedTuple):
    """What the promises of one slot have in common.

    Attributes:
        nodes: Of its field.
        complete: Makes of what comes what stands in the answer.
    """

    nodes: Sequence[FieldNode]
    complete: Complete


def complete_already(_run: Run, value: Any, _place: Place) -> Any:  # noqa: ANN401  a value is of any class
    """Of what comes as it is to stand there."""
    return value


class Promise(Struct, eq=False):
    """The value of one slot that may be null. It is a strand only where it has to be waited for.

    Attributes:
        run: The execution.
        late: The slot.
        place: Its place.
        coroutine: Gives the value.
        info: What the field's resolver was told, which is to be known as resolved meanwhile.
    """

    run: Run
    late: Late
    place: Place
    coroutine: Coroutine[Any, Any, Any]
    info: FieldPlace | None = None

    def start(self, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Runs at once; see `Partial.start`."""
        if self.info is not None:
            resolving(self.info)
        try:
            yielded = self.coroutine.send(None)
        except StopIteration as end:
            value = end.value
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            self.fail(error, into, key)
            return
        else:
            Pending(self, into, key, context).wait(yielded)
            return
        self.keep(value, into, key, context)

    async def awaited(self) -> Any:  # noqa: ANN401  a value of any class
        """The same for one who has to wait for it; what is partial comes as that."""
        if self.info is not None:
            resolving(self.info)
        try:
            value = self.late.complete(self.run, await self.coroutine, self.place)
            return await value if value.__class__ is CoroutineType else value
        except Exception as error:  # noqa: BLE001  the same
            self.run.fail(error, self.late.nodes, self.place, required=False)
        return None

    def keep(self, value: Any, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  the same
        """This came."""
        late = self.late
        try:
            value = late.complete(self.run, value, self.place)
        except Exception as error:  # noqa: BLE001  the same
            self.fail(error, into, key)
            return
        if value.__class__ is Partial:
            value.start(into, key, context)
        elif value.__class__ is CoroutineType:  # of which a part must be awaited, as it may fail
            Promise(self.run, Late(late.nodes, complete_already), self.place, value).start(into, key, context)
        else:
            into[key] = value
            self.run.strands.owed -= 1

    def fail(self, error: BaseException, into: Any, key: Any) -> None:  # noqa: ANN401  the same
        """This was raised."""
        strands = self.run.strands
        if isinstance(error, Exception):
            self.run.fail(error, self.late.nodes, self.place, required=False)
        else:
            strands.broken = error
        into[key] = None
        strands.owed -= 1


class Pending(Strand):
    """Stands in the place of a promise that is waited for."""

    __slots__ = ("_into", "_key", "_promise")

    def __init__(self, promise: Promise, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  the same
        self._strands = promise.run.strands
        self._coroutine = promise.coroutine
        self._context = context
        self._waits = None
        self._thrown = None
        self._promise = promise
        self._into = into
        self._key = key
        into[key] = self

    def _returned(self, value: Any) -> None:  # noqa: ANN401  the same
        self._promise.keep(value, self._into, self._key, self._context)

    def _raised(self, error: BaseException) -> None:
        self._promise.fail(error, self._into, self._key)
