"""Values that are yet to come, where that cannot fail what holds them: promised, and put in their places as they come.

A slot that may be null takes whatever goes wrong with its value, so nobody has to wait for it but the whole execution:
its `Promise` is a strand that writes its value where it belongs. An object or a list with such slots is a `Partial`: it
stands in the answer at once, and its promises are kept in the order in which graphql-core would begin them.

    organization    Promise ── comes, and is a Partial: {"key": "acme", "name": Promise, "usage": {…: Promise}}

What fails the object that holds it (a slot that must not be null) is awaited by it, as is all beside it: `waiting`.
"""

from collections.abc import Callable, Sequence
from contextvars import Context
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import FieldNode

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


class Promise(Strand, eq=False):
    """The value of one slot that may be null.

    Attributes:
        run: The execution.
        late: The slot.
        place: Its place.
        info: What the field's resolver was told, which is to be known as resolved meanwhile.
        into: Where its value is written.
        key: Its place there.
    """

    run: Run
    late: Late
    place: Place
    info: FieldPlace | None
    into: Any = None
    key: Any = None

    def start(self, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Runs at once; see `Partial.start`."""
        self.into, self.key, self.context = into, key, context
        if self.info is not None:
            resolving(self.info)
        self._go()

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

    def _returned(self, value: Any) -> None:  # noqa: ANN401  the same
        try:
            value = self.late.complete(self.run, value, self.place)
        except Exception as error:  # noqa: BLE001  the same
            self._raised(error)
            return
        if value.__class__ is CoroutineType:  # of which a part must be awaited, as it may fail
            self.coroutine, self.late = value, Late(self.late.nodes, complete_already)
            self._go()
        elif value.__class__ is Partial:
            value.start(self.into, self.key, self.context)
        else:
            self.into[self.key] = value
            self.strands.owed -= 1

    def _raised(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            self.run.fail(error, self.late.nodes, self.place, required=False)
        else:
            self.strands.broken = error
        self.into[self.key] = None
        self.strands.owed -= 1
