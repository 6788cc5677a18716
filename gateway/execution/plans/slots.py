"""Slots of an answer: a field of an object, or an item of a list. A slot takes any value, and has the last word on it.

What goes wrong with a value becomes the error of its slot, which is null then; or, where the slot must not be null, the
error of what holds it.
"""

from collections.abc import Callable
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import Executor, GraphQLLeafType, Undefined

from gateway.execution.plans.running import Field, Place, Run, absent, pending, plain
from gateway.execution.plans.waiting import Complete, awaited, guarded

Slot: TypeAlias = Callable[[Run, Any, Place], Any]
"""The same of a value that may be absent, an exception, or yet to be awaited."""


def slot(field: Field, complete: Complete, *, required: bool) -> Slot:
    """A slot of a field: its own, or one in its list.

    Args:
        field: The field.
        complete: Makes what stands in the answer.
        required: The slot must not be null.
    """
    nodes, message = field.nodes, field.null_message

    def complete_any(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  a value is of any class
        if absent(value):
            if required:
                raise TypeError(message)
            return None
        return complete(run, value, place)

    def fill(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  the same
        try:
            if value.__class__ in plain:
                completed = complete(run, value, place)
            elif value is not None and pending(value):
                return awaited((run, nodes, place, required), value, complete, complete_any)
            else:
                completed = complete_any(run, value, place)
            if completed.__class__ is CoroutineType:
                return guarded((run, nodes, place, required), completed)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            run.fail(error, nodes, place, required=required)
            return None
        return completed

    return fill


def leaf_slot(field: Field, leaf: GraphQLLeafType, write: Callable[[Any], Any], *, required: bool) -> Slot:
    """The same of a scalar or an enum, with one call less.

    Args:
        field: The field.
        leaf: Its type, or that of its list's items.
        write: Makes what stands in the answer.
        required: The slot must not be null.
    """

    def complete(_run: Run, value: Any, _place: Place) -> Any:  # noqa: ANN401  a value is of any class
        written = write(value)
        if written is None or written is Undefined:
            return Executor.complete_leaf_value(leaf, value)
        return written

    fill_slowly = slot(field, complete, required=required)

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
        return fill_slowly(run, value, place)

    return fill
