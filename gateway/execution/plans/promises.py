"""Values that are yet to come, where that cannot fail what holds them: promised, and put in their places as they come.

A slot that may be null takes whatever goes wrong with its value, so nobody has to wait for it but the whole execution:
its `Promise` writes the value where it belongs, and is a strand where it has to wait for it. An object or a list with
such slots is a `Partial`: it stands in the answer at once, and its promises begin in the order of graphql-core.

    organization    Promise ── comes, and is a Partial: {"key": "acme", "name": Promise, "usage": {…: Promise}}

What fails the object that holds it (a slot that must not be null) is awaited by it, as is all beside it: `waiting`.
"""

from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import FieldNode
from msgspec import Struct

from gateway.execution.plans.branches import Strand
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.running import Place, Run
from gateway.execution.plans.strands import Strands
from resolvers.staleness import FieldPlace, resolving

Complete: TypeAlias = Callable[[Run, Any, Place], Any]
"""Makes of a value what stands in the answer: itself, a `Partial`, or a coroutine that may fail."""


class Late(Struct, eq=False):
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


class Promise(Struct, Strand, eq=False):
    """The value of one slot that may be null: a strand that nobody has to join.

    Attributes:
        run: The execution.
        strands: Its own.
        late: The slot.
        place: Its place.
        coroutine: Gives the value.
        info: What the field's resolver was told, which is to be known as resolved meanwhile.
        into: Where its place is, once it has begun: a dict, or a list.
        key: Its place there.
        context: See `Strand`, as `waits` and `thrown`.
    """

    run: Run
    strands: Strands
    late: Late
    place: Place
    coroutine: Coroutine[Any, Any, Any]
    info: FieldPlace | None = None
    into: Any = None
    key: Any = None
    context: Context | None = None
    waits: Any = None
    thrown: BaseException | None = None

    def start(self, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Takes its place, and runs at once; see `Partial.start`."""
        self.into, self.key, self.context = into, key, context
        into[key] = self
        if self.info is not None:
            resolving(self.info)
        self.go()

    async def awaited(self) -> Any:  # noqa: ANN401  a value of any class
        """The same for one who has to wait for it; what is partial comes as that."""
        if self.info is not None:
            resolving(self.info)
        try:
            value = self.late.complete(self.run, await self.coroutine, self.place)
            return await value if value.__class__ is CoroutineType else value
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            self.run.fail(error, self.late.nodes, self.place, required=False)
        return None

    def returned(self, value: Any) -> None:  # noqa: ANN401  the same
        """This came."""
        late = self.late
        try:
            value = late.complete(self.run, value, self.place)
        except Exception as error:  # noqa: BLE001  the same
            self.raised(error)
            return
        if value.__class__ is Partial:
            value.start(self.into, self.key, self.context)
        elif value.__class__ is CoroutineType:  # of which a part must be awaited, as it may fail
            rest = Promise(self.run, self.strands, Late(late.nodes, complete_already), self.place, value)
            rest.start(self.into, self.key, self.context)
        else:
            self.into[self.key] = value
            self.strands.owed -= 1

    def raised(self, error: BaseException) -> None:
        """This was raised."""
        strands = self.strands
        if isinstance(error, Exception):
            self.run.fail(error, self.late.nodes, self.place, required=False)
        else:
            strands.broken = error
        self.into[self.key] = None
        strands.owed -= 1
