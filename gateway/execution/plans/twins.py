"""Fields of one object that ask for the same under several names: carried out once, where that shows nowhere.

    a: organization(id: $id) { name }        a is carried out; b, its twin, is given the same value,
    b: organization(id: $id) { name }        unless there was anything about a that says where it stands

What says where it stands: an error of a or below, and whatever a resolver was told of its path (see `Run.mark`). Then
the twins are carried out as well, each in its own place.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any, NamedTuple

from graphql import FieldNode, print_ast

from gateway.execution.plans.completing import Fields
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.waiting import COMING, filled, settle, whole

Take = Callable[[Run, Any, Any], Any]
"""Carries one field of an object out: of the object, and its place."""


class Twin(NamedTuple):
    """A field that asks for what another one asks for.

    Attributes:
        key: Its own name in the answer.
        first: The other's, which comes before.
        take: Carries it out.
    """

    key: str
    first: str
    take: Take


def firsts(fields: Sequence[Field]) -> dict[str, str]:
    """Of fields by their keys: those that ask for the same as one before, and which one that is."""
    names = [each.nodes[0].name.value for each in fields]
    counts = Counter(names)
    seen: dict[object, str] = {}
    found = {}
    for field, name in zip(fields, names, strict=True):
        if counts[name] > 1:
            first = seen.setdefault((name, *map(_asked, field.nodes)), field.key)
            if first != field.key:
                found[field.key] = first
    return found


def _asked(node: FieldNode) -> tuple[object, ...]:
    """What a field asks for, whatever it is called."""
    arguments = sorted(print_ast(each) for each in node.arguments or ())
    directives = [print_ast(each) for each in node.directives or ()]
    return *arguments, *directives, print_ast(node.selection_set) if node.selection_set else ""


def shared(fields: Fields, twins: Sequence[Twin], parent: str) -> Fields:
    """The fields of an object, twins among them.

    Args:
        fields: Carries out all others, and leaves the twins' values out.
        twins: In order.
        parent: The type's name.
    """

    def given(run: Run, source: Any, place: Place | None, results: dict[str, Any]) -> Any:  # noqa: ANN401  an object of any class
        waiting: list[str] = []
        try:
            for key, first, take in twins:
                if run.marked((place, first, parent)):
                    value = results[key] = take(run, source, place)
                    if value.__class__ in COMING:
                        waiting.append(key)
                else:
                    results[key] = results[first]
        except Exception:
            settle(run, [results[each] for each in waiting])
            raise
        return filled(run, results, waiting) if waiting else results

    async def given_later(run: Run, source: Any, place: Place | None, results: Any) -> Any:  # noqa: ANN401  the same
        completed = given(run, source, place, await whole(run, results))
        return await completed if completed.__class__ is CoroutineType else completed  # or a partial one

    def carry_out(run: Run, source: Any, place: Place | None) -> Any:  # noqa: ANN401  the same
        results = fields(run, source, place)
        if place is None and results.__class__ is Partial:  # which nobody but the execution waits for
            results.rest = lambda came: given(run, source, place, came)
            return results
        return (given_later if results.__class__ in COMING else given)(run, source, place, results)

    return carry_out
