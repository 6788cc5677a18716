"""Values that are yet to come, where that cannot fail what holds them: promised, and put in their places as they come.

A slot that may be null takes whatever goes wrong with its value, so nobody has to wait for it but the whole execution:
its `Promise` is a strand that writes its value where it belongs. An object or a list with such slots is a `Partial`: it
stands in the answer at once, and its promises are kept in the order in which graphql-core would begin them.

    organization    Promise ── comes, and is a Partial: {"key": "acme", "name": Promise, "usage": {…: Promise}}

A resolver begins at once, as most end at once: the value then stands in the answer as if the resolver were none that
waits. That must not show, so whatever could add an error of its own (the error of a resolver, a value that is completed
field by field) takes its turn among the promises.

What fails the object that holds it (a slot that must not be null) is awaited by it, as is all beside it: `waiting`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context, copy_context
from enum import Enum, auto
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import FieldNode

from gateway.execution.plans.branches import Strand
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.running import Place, Run
from resolvers.beginning import rest
from resolvers.staleness import FieldPlace, resolving

Complete: TypeAlias = Callable[[Run, Any, Place], Any]
"""Makes of a value what stands in the answer: itself, a `Partial`, or a coroutine that may fail."""

Sure: TypeAlias = Callable[[Any], Any]
"""Makes of a value what stands in the answer, where nothing can go wrong with it; None where something may."""


class Late(NamedTuple):
    """What the promises of one slot have in common.

    Attributes:
        nodes: Of its field.
        complete: Makes of what comes what stands in the answer.
        sure: The same at once.
    """

    nodes: Sequence[FieldNode]
    complete: Complete
    sure: Sure | None = None


class Stage(Enum):
    """How far the coroutine of a promise is."""

    NEW = auto()
    WAITS = auto()
    CAME = auto()
    RAISED = auto()
    TURNED = auto()
    """Its turn has come."""


def complete_already(_run: Run, value: Any, _place: Place) -> Any:  # noqa: ANN401  a value is of any class
    """Of what comes as it is to stand there."""
    return value


def promised(
    run: Run, late: Late, place: Place, steps: Coroutine[Any, Any, Any], info: FieldPlace | None = None
) -> Any:  # noqa: ANN401  a value of any class, or a promise
    """What stands in the answer for what a coroutine gives, which begins now; a promise, unless that is sure at once.

    Args:
        run: The execution.
        late: The slot.
        place: Its place.
        steps: Gives the value.
        info: What the field's resolver was told, which is to be known as resolved meanwhile.
    """
    context = copy_context()
    try:
        if info is not None:
            context.run(resolving, info)
        at = context.run(steps.send, None)
    except StopIteration as end:
        value = end.value
        if value is None:
            return None
        if late.sure is not None:
            whole = late.sure(value)
            if whole is not None:
                return whole
        stage, at = Stage.CAME, value
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
        stage, at = Stage.RAISED, error
    else:
        stage = Stage.WAITS
    return Promise(run, late, place, steps, info, stage, at, context)


class Promise(Strand):
    """The value of one slot that may be null.

    Args:
        run: The execution.
        late: The slot.
        place: Its place.
        steps: Gives the value.
        info: What the field's resolver was told, which is to be known as resolved meanwhile.
        stage: How far `steps` is.
        at: What it waits for, returned or raised.
        context: It runs in; None where it has not begun.
    """

    __slots__ = ("_at", "_info", "_into", "_key", "_late", "_place", "_run", "_stage")

    def __init__(  # noqa: PLR0913, PLR0917  it is made for most fields, and by position
        self,
        run: Run,
        late: Late,
        place: Place,
        steps: Coroutine[Any, Any, Any],
        info: FieldPlace | None = None,
        stage: Stage = Stage.NEW,
        at: Any = None,  # noqa: ANN401  any of these
        context: Context | None = None,
    ) -> None:
        self._run = run
        self._strands = run.strands
        self._late = late
        self._place = place
        self._coroutine = steps
        self._info = info
        self._stage = stage
        self._at = at
        self._context = context
        self._waits = None
        self._thrown = None

    def start(self, into: Any, key: Any) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Goes on at once, and is to write its value there."""
        self._into, self._key = into, key
        if self._context is None:
            self._context = copy_context()
        self._strands.owed += 1
        self.step()

    def queue(self, into: Any, key: Any) -> None:  # noqa: ANN401  the same
        """The same when its turn comes."""
        self._into, self._key = into, key
        if self._context is None:
            self._context = copy_context()
        self._strands.owed += 1
        self._strands.ready.append(self)

    def step(self) -> None:
        """Its turn has come, or what it waited for."""
        stage = self._stage
        if stage is Stage.TURNED:
            super().step()
            return
        at, self._stage, self._at = self._at, Stage.TURNED, None
        if stage is Stage.CAME and self._context is not None:
            self._context.run(self._returned, at)
        elif stage is Stage.RAISED:
            self._raised(at)
        elif stage is Stage.WAITS and self._thrown is None:
            self._wait(at)
        else:
            super().step()

    async def awaited(self) -> Any:  # noqa: ANN401  a value of any class
        """The same for one who has to wait for it; what is partial comes as that."""
        if self._info is not None:
            resolving(self._info)
        try:
            value = self._late.complete(self._run, await self._rest(), self._place)
            return await value if value.__class__ is CoroutineType else value
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            self._run.fail(error, self._late.nodes, self._place, required=False)
        return None

    async def _rest(self) -> Any:  # noqa: ANN401  the same
        """What the coroutine gives; from where it is."""
        at, self._at = self._at, None
        if self._stage is Stage.CAME:
            return at
        if self._stage is Stage.RAISED:
            raise at
        steps = self._coroutine
        return await (rest(steps.__await__(), at) if self._stage is Stage.WAITS else steps)

    def _returned(self, value: Any) -> None:  # noqa: ANN401  the same
        try:
            value = self._late.complete(self._run, value, self._place)
        except Exception as error:  # noqa: BLE001  the same
            self._raised(error)
            return
        if value.__class__ is CoroutineType:  # of which a part must be awaited, as it may fail
            self._coroutine, self._late = value, Late(self._late.nodes, complete_already)
            self._go()
        elif value.__class__ is Partial:
            value.start(self._into, self._key)
            self._strands.owed -= 1
        else:
            self._into[self._key] = value
            self._strands.owed -= 1

    def _raised(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            self._run.fail(error, self._late.nodes, self._place, required=False)
        else:
            self._strands.broken = error
        self._into[self._key] = None
        self._strands.owed -= 1
