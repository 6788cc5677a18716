"""The selected fields of an object, one after the other as graphql-core carries them out."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from types import CoroutineType
from typing import Any, NamedTuple

from gateway.execution.plans.completing import Fields
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.shortcuts import Resolve
from gateway.execution.plans.slots import Slot
from gateway.execution.plans.straight import Read, Straight
from gateway.execution.plans.waiting import filled, settle


class Step(NamedTuple):
    """One selected field: an attribute of its object, or what a resolver gives.

    Attributes:
        field: The field.
        slot: Takes its value.
        attribute: Its name; empty where the field has a resolver.
        unchanged: The class of values that stand in the answer as they are.
        resolve: Of the object and the field's place, where the field has a resolver.
        read: The same in a straight function; None where it takes more.
    """

    field: Field
    slot: Slot
    attribute: str
    unchanged: type
    resolve: Resolve | None
    read: Read | None


Row = tuple[str, Callable[[Any], Any] | None, type, Callable[[Run, Any, Any], Any]]
"""A step as it is gone through: the key, what reads the attribute, and what takes its value or else the object."""


def together(steps: Sequence[Step], constant: dict[str, Any], parent: str, straight: Straight | None = None) -> Fields:
    """All fields at once: those that must be awaited wait together.

    Args:
        steps: The selected fields.
        constant: All keys in order, with the values that are always the same.
        parent: The type's name.
        straight: Carries usual objects out whole.
    """
    rows = [row(step, parent) for step in steps]
    fails = {step.field.key: step.field.fail for step in steps}

    def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  an object of any class
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
            settle(run, [results[each] for each in waiting])
            raise
        return filled(run, results, waiting) if waiting else results

    if straight is None:
        return carry_out

    def carry_out_whole(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  the same
        whole = straight(source)
        return carry_out(run, source, place) if whole is None else whole

    return carry_out_whole


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


def row(step: Step, parent: str) -> Row:
    """A step as it is gone through."""
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
