"""The selected fields of an object, one after the other as graphql-core carries them out."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from types import CoroutineType
from typing import Any, NamedTuple

from gateway.execution.plans.completing import Fields
from gateway.execution.plans.infos import FieldInfo
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.promises import Promise
from gateway.execution.plans.resolving import Resolve
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.shortcuts import Call
from gateway.execution.plans.slots import Slot
from gateway.execution.plans.straight import Read
from gateway.execution.plans.waiting import COMING, filled, settle, whole


class Step(NamedTuple):
    """One selected field: an attribute of its object, or what a resolver gives.

    Attributes:
        field: The field.
        slot: Takes its value.
        attribute: Its name; empty where the field has a resolver.
        function: The resolver, where it asks for nothing but the object.
        unchanged: The class of values that stand in the answer as they are.
        call: What calls the function behind the resolver, where there is a short way to it.
        resolve: The resolver itself, where there is none of these.
        read: How it is read in a straight function; None where it takes more.
    """

    field: Field
    slot: Slot
    attribute: str
    function: Callable[[Any], Any] | None
    unchanged: type
    call: Call | None
    resolve: Resolve | None
    read: Read | None


Take = Callable[[Run, Any, Any], Any]
"""Takes the value of a field, or else its object, with its place or that of the object."""

Row = tuple[str, Callable[[Any], Any] | None, type, Take]
"""A step as it is gone through: the key, what reads the attribute, and what takes its value or else the object."""


def together(steps: Sequence[Step], constant: dict[str, Any], parent: str) -> Fields:
    """All fields at once: those that must be awaited wait together.

    Args:
        steps: The selected fields.
        constant: All keys in order, with the values that are always the same.
        parent: The type's name.
    """
    rows = [row(step, parent) for step in steps]
    fails = {step.field.key: step.field.fail for step in steps}

    def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  an object of any class
        results = constant.copy()
        waiting: list[str] = []
        may_fail = False
        try:
            for key, read, unchanged, take in rows:
                if read is None:
                    value = take(run, source, place)
                else:
                    try:
                        value = read(source)
                    except Exception as error:  # noqa: BLE001  a property may raise anything
                        fails[key](run, error, (place, key, parent))
                        continue
                    if value.__class__ is unchanged:
                        results[key] = value
                        continue
                    value = take(run, value, (place, key, parent))
                results[key] = value
                if value.__class__ in COMING:
                    waiting.append(key)
                    if value.__class__ is CoroutineType:
                        may_fail = True
        except Exception:
            settle(run, [results[each] for each in waiting])
            raise
        if not waiting:
            return results
        return filled(run, results, waiting) if may_fail else Partial(run.strands, results, waiting)

    return carry_out


def serially(steps: Sequence[Step], constant: dict[str, Any], parent: str) -> Fields:
    """One field after the other, each when the one before it is there.

    Args:
        steps: The selected fields.
        constant: All keys in order, with the values that are always the same.
        parent: The type's name.
    """
    if len(steps) == 1:
        return together(steps, constant, parent)
    alone = [(step.field.key, together([step], {}, parent)) for step in steps]

    async def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  the same
        results = constant.copy()
        for key, fields in alone:
            completed = fields(run, source, place)
            if completed.__class__ in COMING:
                completed = await whole(run, completed)
            results[key] = completed.get(key)
        return results

    return carry_out


def row(step: Step, parent: str) -> Row:
    """A step as it is gone through."""
    key, fail = step.field.key, step.field.fail
    fill = step.slot.fill
    resolve = step.resolve
    if step.call is not None:
        return key, None, step.unchanged, _calling(step, step.call, parent)
    if resolve is None:
        return key, step.function or attrgetter(step.attribute), step.unchanged, fill

    def take(run: Run, source: Any, above: Place | None) -> Any:  # noqa: ANN401  the same
        place = (above, key, parent)
        try:
            value = resolve(run, source, place)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            fail(run, error, place)
            return None
        return fill(run, value, place)

    return key, None, step.unchanged, take


def _calling(step: Step, call: Call, parent: str) -> Take:
    """What calls a resolver that gives a value, or a coroutine: whether it is asynchronous itself or not."""
    field, key, unchanged, (fill, wait, late) = step.field, step.field.key, step.unchanged, step.slot

    def take(run: Run, source: Any, above: Place | None) -> Any:  # noqa: ANN401  the same
        info = FieldInfo(run.context, run, field, above)
        try:
            value = call(source, info)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            field.fail(run, error, (above, key, parent))
            return None
        kind = value.__class__
        if kind is unchanged:
            return value
        place = (above, key, parent)
        if kind is not CoroutineType:
            return fill(run, value, place)
        if late is None:
            return wait(run, value, place, info)
        return Promise(run, run.strands, late, place, value, info)  # with one call less

    return take
