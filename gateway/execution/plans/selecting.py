"""The selected fields of an object, one after the other as graphql-core carries them out."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from types import CoroutineType
from typing import Any, NamedTuple

from gateway.execution.plans.completing import Fields
from gateway.execution.plans.resolving import Resolve
from gateway.execution.plans.running import Field, Place, Run, path, plain
from gateway.execution.plans.slots import Slot
from gateway.execution.plans.waiting import filled, settle


class Step(NamedTuple):
    """One selected field: an attribute of its object, or what a resolver gives.

    Attributes:
        field: The field.
        slot: Takes its value.
        attribute: Its name; empty where the field has a resolver.
        unchanged: The class of values that stand in the answer as they are.
        resolve: Of the object and the field's place, where the field has a resolver.
    """

    field: Field
    slot: Slot
    attribute: str
    unchanged: type
    resolve: Resolve | None


Row = tuple[str, Callable[[Any], Any] | None, type, Callable[[Run, Any, Any], Any]]
"""A step as it is gone through: the key, what reads the attribute, and what takes its value or else the object."""


def together(steps: Sequence[Step], constant: dict[str, Any], parent: str) -> Fields:
    """All fields at once: those that must be awaited wait together.

    Args:
        steps: The selected fields.
        constant: All keys in order, with the values that are always the same.
        parent: The type's name.
    """
    rows = [_row(step, parent) for step in steps]
    fails = {step.field.key: step.field.fail for step in steps}
    # a resolver is told where it is: all of an object share its path
    told = any(step.resolve for step in steps)

    def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  an object of any class
        if told:
            place = path(place)
        results = constant.copy()
        waiting: list[str] = []
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
                if value.__class__ is CoroutineType:
                    waiting.append(key)
        except Exception:
            settle([results[each] for each in waiting])
            raise
        return filled(results, waiting) if waiting else results

    leaves = all(step.attribute and not step.field.selects for step in steps)
    return _at_once(steps, constant, parent, carry_out) if leaves and len(steps) > 1 else carry_out


def _at_once(steps: Sequence[Step], constant: dict[str, Any], parent: str, one_by_one: Fields) -> Fields:
    """The same for attributes without selections of their own: between reading and writing them nothing happens."""
    read = attrgetter(*(step.attribute for step in steps))
    rows = [(step.field.key, step.unchanged, step.slot) for step in steps]

    def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  an object of any class
        if source.__class__ not in plain:
            return one_by_one(run, source, place)
        try:
            values = read(source)
        except Exception:  # noqa: BLE001  a property may raise anything; one by one, it is the error of its field
            return one_by_one(run, source, place)
        results = constant.copy()
        waiting: list[str] | None = None
        try:
            for (key, unchanged, slot), value in zip(rows, values, strict=False):
                if value.__class__ is unchanged:
                    results[key] = value
                    continue
                completed = results[key] = slot(run, value, (place, key, parent))
                if completed.__class__ is CoroutineType:
                    waiting = [*(waiting or ()), key]
        except Exception:
            settle([results[each] for each in waiting or ()])
            raise
        return filled(results, waiting) if waiting else results

    return carry_out


def serially(steps: Sequence[Step], constant: dict[str, Any], parent: str) -> Fields:
    """One field after the other, each when the one before it is there.

    Args:
        steps: The selected fields.
        constant: All keys in order, with the values that are always the same.
        parent: The type's name.
    """
    alone = [(step.field.key, together([step], {}, parent)) for step in steps]

    async def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  the same
        results = constant.copy()
        for key, fields in alone:
            completed = fields(run, source, place)
            if completed.__class__ is CoroutineType:
                completed = await completed
            results[key] = completed.get(key)
        return results

    return carry_out


def _row(step: Step, parent: str) -> Row:
    key, resolve, slot, fail = step.field.key, step.resolve, step.slot, step.field.fail
    if resolve is None:
        return key, attrgetter(step.attribute), step.unchanged, slot

    def take(run: Run, source: Any, above: Place | None) -> Any:  # noqa: ANN401  the same
        place = (above, key, parent)
        try:
            value = resolve(run, source, place)
        except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
            fail(run, error, place)
            return None
        return slot(run, value, place)

    return key, None, step.unchanged, take
