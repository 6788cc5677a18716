"""Which operations may be answered in parts: those with a `@defer` or `@stream` that is not written off."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from resolvers.incremental import INCREMENTAL, STREAM

_COUNT: Final = "initialCount"


def is_active(directive: DirectiveNode) -> bool:
    """Whether it is `@defer` or `@stream`, and does not say `if: false`; what a variable says is not known here."""
    if directive.name.value not in INCREMENTAL:
        return False
    value = _argument(directive, "if")
    return not isinstance(value, BooleanValueNode) or value.value


class Later:
    """What an operation says of its later parts.

    Args:
        counts: What its `@stream`s give as `initialCount`.
        operation: The operation.
    """

    __slots__ = ("_counts", "_is_subscription")

    def __init__(self, counts: list[ValueNode], operation: OperationDefinitionNode) -> None:
        defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
        self._counts: list[tuple[str | None, int | None]] = []
        for value in counts:
            name = value.name.value if isinstance(value, VariableNode) else None
            written = defaults.get(name) if name is not None else value
            self._counts.append((name, int(written.value) if isinstance(written, IntValueNode) else None))
        self._is_subscription = operation.operation is OperationType.SUBSCRIPTION

    def mistake(self, variables: Mapping[str, Any]) -> GraphQLError | None:
        """Why the operation cannot be carried out, where graphql-core would find it only while it does.

        Args:
            variables: As they came.
        """
        if self._is_subscription:
            return GraphQLError("@defer and @stream have no place in a subscription: each event comes whole.")
        for name, written in self._counts:
            count = written if name is None else variables.get(name, written)
            if count is None or (isinstance(count, int | float) and count < 0):
                return GraphQLError("The initialCount of @stream must be a number that is not below 0.")
        return None


def later_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Later | None:
    """None where the operation is always answered at once.

    Args:
        operation: Of a valid document.
        fragments: Of the same, by name.
    """
    active = [each for each in _directives(operation.selection_set, fragments) if is_active(each)]
    if not active:
        return None
    counts = (_argument(each, _COUNT) for each in active if each.name.value == STREAM.name)
    return Later([each for each in counts if each is not None], operation)


def _argument(directive: DirectiveNode, name: str) -> ValueNode | None:
    return next((each.value for each in directive.arguments or () if each.name.value == name), None)


def _directives(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[DirectiveNode]:
    """Those of all selections, also in what is spread; each fragment is looked at once."""
    waiting = [selections]
    spread: set[str] = set()
    while waiting:
        for selection in waiting.pop().selections:
            yield from selection.directives or ()
            below = getattr(selection, "selection_set", None)
            if isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                below = fragments[selection.name.value].selection_set
            if below:
                waiting.append(below)
