"""Slots of an answer: a field of an object, or an item of a list. A slot takes any value, and has the last word on it.

What goes wrong with a value becomes the error of its slot, which is null then; or, where the slot must not be null, the
error of what holds it.
"""

from collections.abc import Awaitable, Callable, Coroutine
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import Executor, GraphQLLeafType, Undefined

from gateway.execution.plans.promises import Complete, Late, Promise, complete_already
from gateway.execution.plans.running import Field, Place, Run, absent, learn, pending, plain
from gateway.execution.plans.waiting import awaited, coroutine_of
from resolvers.staleness import FieldPlace

Fill: TypeAlias = Callable[[Run, Any, Place], Any]
"""What stands in the answer for a value that may be absent, an exception, or yet to be awaited."""

Wait: TypeAlias = Callable[[Run, Awaitable[Any], Place, FieldPlace | None], Any]
"""The same of a value that must be awaited, with what its resolver was told where that is to be known meanwhile."""


class Slot(NamedTuple):
    """A field of an object, or an item of a list.

    Attributes:
        fill: Takes any value.
        wait: Takes one that must be awaited: a promise, or a coroutine where the slot must not be null.
        late: What the slot's promises have in common; None where it must not be null.
    """

    fill: Fill
    wait: Wait
    late: Late | None


def slot(field: Field, complete: Complete, *, required: bool) -> Slot:
    """A slot of a field: its own, or one in its list.

    Args:
        field: The field.
        complete: Makes what stands in the answer of a value that is there.
        required: The slot must not be null.
    """
    complete_any = _completing_any(field, complete, required=required)
    late = Late(field.nodes, complete_any)
    wait = _waiting(late, required=required)
    late_rest = Late(field.nodes, complete_already)

    def wait_for_rest(run: Run, rest: Coroutine[Any, Any, Any], place: Place) -> Any:  # noqa: ANN401  either
        return awaited(run, late_rest, place, rest) if required else Promise(run, run.strands, late_rest, place, rest)

    def fill(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  a value is of any class
        try:
            if value.__class__ in plain:
                completed = complete(run, value, place)
            elif value is not None and pending(value):
                return wait(run, value, place, None)
            else:
                completed = complete_any(run, value, place)
            if completed.__class__ is CoroutineType:
                return wait_for_rest(run, completed, place)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            run.fail(error, field.nodes, place, required=required)
            return None
        return completed

    return Slot(fill, wait, None if required else late)


def leaf_slot(
    field: Field, leaf: GraphQLLeafType, write: Callable[[Any], Any], unchanged: type, *, required: bool
) -> Slot:
    """The same of a scalar or an enum, with one call less.

    Args:
        field: The field.
        leaf: Its type, or that of its list's items.
        write: Makes what stands in the answer.
        unchanged: The class of values that stand there as they are.
        required: The slot must not be null.
    """

    def complete(_run: Run, value: Any, _place: Place) -> Any:  # noqa: ANN401  a value is of any class
        written = write(value)
        if written is None or written is Undefined:
            return Executor.complete_leaf_value(leaf, value)
        return written

    complete_any = _completing_any(field, complete, required=required)
    fill_any = slot(field, complete, required=required).fill

    def complete_late(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  the same
        return value if value.__class__ is unchanged else complete_any(run, value, place)

    def fill(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  the same
        if value is None and not required:
            return None
        if value.__class__ in plain:
            try:
                written = write(value)
            except Exception as error:  # noqa: BLE001  whatever a scalar raises is the error of its field
                run.fail(error, field.nodes, place, required=required)
                return None
            if written is not None and written is not Undefined:
                return written
        return fill_any(run, value, place)

    late = Late(field.nodes, complete_late)
    return Slot(fill, _waiting(late, required=required), None if required else late)


def _completing_any(field: Field, complete: Complete, *, required: bool) -> Complete:
    """The same of a value that may be absent, or an exception."""
    message = field.null_message

    def complete_any(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  a value is of any class
        if value.__class__ in plain:
            return complete(run, value, place)
        if absent(value):
            if required:
                raise TypeError(message)
            return None
        learn(value)
        return complete(run, value, place)

    return complete_any


def _waiting(late: Late, *, required: bool) -> Wait:
    """Nobody has to wait for what may be null."""

    def wait(run: Run, value: Awaitable[Any], place: Place, info: FieldPlace | None) -> Coroutine[Any, Any, Any]:
        return awaited(run, late, place, value, info)

    def promise(run: Run, value: Awaitable[Any], place: Place, info: FieldPlace | None) -> Promise:
        coroutine = value if value.__class__ is CoroutineType else coroutine_of(value)
        return Promise(run, run.strands, late, place, coroutine, info)

    return wait if required else promise
