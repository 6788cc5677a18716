"""What an operation may cost: the static analysis of IBM's cost specification.

The cost is that of its fields and that of the objects that they return, each as often as lists are long. Fields under
one name are one, as they are in execution; where an object may be of several types, the dearest counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from gateway.execution.prices import Price, Prices

Size = int | bool | None
"""What a cost may depend on: a number, the length of a list, a condition; None where there is no such value."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is selected of an object of one type.

    Attributes:
        weight: The object's own.
        fields: Those that cost anything, or lead to what does.
        keys: The names of all fields.
        total: The estimate of them all together.
        whole: What the object and all its fields weigh, without what these return.
        below: The fields that return objects, with what is selected of these by type.
    """

    weight: float
    fields: "tuple[PricedField, ...]"
    keys: frozenset[str]
    total: float
    whole: float = field(init=False)
    below: "tuple[tuple[str, tuple[Part, ...]], ...]" = field(init=False)

    def __post_init__(self) -> None:
        """Sums up what is the same for every object."""
        set_once = object.__setattr__  # it is frozen
        set_once(self, "whole", self.weight + sum(each.weight for each in self.fields))
        set_once(self, "below", tuple((each.key, each.parts) for each in self.fields if each.parts))


@dataclass(frozen=True, slots=True)
class PricedField:
    """A field in its place.

    Attributes:
        key: The name under which it is answered.
        weight: Each time that it is asked.
        parts: By the type of the object that it returns; empty for a leaf.
        total: The estimate of asking it once, with all that it returns.
    """

    key: str
    weight: float
    parts: tuple[Part, ...]
    total: float


class Estimator:
    """Estimates operations of valid documents.

    Args:
        schema: Whose operations they are.
        prices: Of its fields.
        page: The longest list that is paged.
    """

    def __init__(self, schema: GraphQLSchema, prices: Prices, page: int) -> None:
        self._schema = schema
        self._prices = prices
        self._page = page

    def deciding(
        self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> dict[str, Size]:
        """The variables that can change an estimate, with their defaults; often none."""
        found: set[str] = set()
        stack: list[SelectionNode] = list(operation.selection_set.selections)
        spread: set[str] = set()
        while stack:
            node = stack.pop()
            for directive in node.directives or ():
                found.update(_variables(argument.value for argument in directive.arguments or ()))
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in spread:
                    spread.add(name)
                    stack.extend(fragments[name].selection_set.selections)
                continue
            if isinstance(node, FieldNode):
                arguments = node.arguments or ()
                found.update(_variables(each.value for each in arguments if each.name.value in self._prices.sizing))
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                stack.extend(node.selection_set.selections)
        defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
        return {name: _size(defaults.get(name), {}) for name in sorted(found)}

    def estimate(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        values: Mapping[str, Size],
    ) -> Part:
        """The operation's fields with their prices.

        Args:
            operation: Of a valid document.
            fragments: Of the same.
            values: Of the variables that `deciding` names.
        """
        root = self._schema.get_root_type(operation.operation)
        walk = _Walk(self._prices, fragments, values, self._page)
        return walk.part(root.name if root else "Query", [operation.selection_set], 0.0, {})


def size_of(value: Any) -> Size:  # noqa: ANN401  a variable's value is of any type
    """A variable's value as far as it can change a cost. What does not fit its type is refused by execution."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return len(value)
    return None if value is None else 1


@dataclass(frozen=True, slots=True)
class _Walk:
    """One estimate."""

    prices: Prices
    fragments: Mapping[str, FragmentDefinitionNode]
    values: Mapping[str, Size]
    page: int

    def part(self, type_name: str, sets: list[SelectionSetNode], weight: float, sized: Mapping[str, int]) -> Part:
        found = self.collect(type_name, sets)
        fields = [
            priced
            for key, nodes in found.items()
            if (price := self.prices.of(type_name, nodes[0].name.value))
            and (priced := self.field(key, nodes, price, sized)).total
        ]
        total = weight + sum(each.total for each in fields)
        return Part(weight, tuple(fields), frozenset(found), total)

    def field(self, key: str, nodes: list[FieldNode], price: Price, sized: Mapping[str, int]) -> PricedField:
        weight = price.weight
        arguments = {each.name.value: each.value for each in nodes[0].arguments or ()}
        for name, each in price.arguments.items():
            if name in arguments:
                weight += each * self.items(name, arguments[name], price)
        if price.returns is None:
            return PricedField(key, weight, (), weight)
        size = self.page
        below: dict[str, int] = {}
        if price.size:
            slicing = price.size.slicing_arguments or ()
            given = [(name, arguments[name]) for name in slicing if name in arguments]
            known = [self.items(name, each, price) for name, each in given if _size(each, self.values) is not None]
            size = max(known) if known else self.page if slicing else price.size.assumed_size or self.page
            below = dict.fromkeys(price.size.sized_fields or (), size)
        times = sized.get(nodes[0].name.value, size) if price.listed else 1
        sets = [node.selection_set for node in nodes if node.selection_set]
        of_object = self.prices.of_object
        parts = [self.part(name, sets, of_object(name), below) for name in self.prices.possible(price.returns)]
        total = weight + times * max((part.total for part in parts), default=0.0)
        return PricedField(key, weight, tuple(parts), total)

    def items(self, name: str, value: ValueNode, price: Price) -> int:
        """How many items an argument says or has; more than a page are refused by its field, which costs nothing."""
        least = 1 if name in price.lists else 0
        return min(max(int(_size(value, self.values) or 0), least), self.page)

    def collect(self, type_name: str, sets: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields for an object of the type by the name under which they are answered, as execution has them."""
        found: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        stack = [iter(each.selections) for each in reversed(sets)]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
            elif not self.included(node):
                continue
            elif isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            else:
                fragment: Any = node
                if isinstance(node, FragmentSpreadNode):
                    if node.name.value in spread:
                        continue
                    spread.add(node.name.value)
                    fragment = self.fragments[node.name.value]
                condition = fragment.type_condition
                if condition is None or self.prices.applies(condition.name.value, type_name):
                    stack.append(iter(fragment.selection_set.selections))
        return found

    def included(self, node: SelectionNode) -> bool:
        """By `@skip` and `@include`."""
        for directive in node.directives or ():
            name = directive.name.value
            if name in {"skip", "include"} and directive.arguments:
                condition = _size(directive.arguments[0].value, self.values)
                if condition is not None and bool(condition) is (name == "skip"):
                    return False
        return True


def _variables(values: Iterable[ValueNode]) -> set[str]:
    return {value.name.value for value in values if isinstance(value, VariableNode)}


def _size(value: ValueNode | None, values: Mapping[str, Size]) -> Size:
    if isinstance(value, VariableNode):
        return values.get(value.name.value)
    if isinstance(value, IntValueNode):
        return int(value.value) if len(value.value) <= len(str(2**31)) else 2**31
    if isinstance(value, BooleanValueNode):
        return value.value
    if isinstance(value, ListValueNode):
        return len(value.values)
    return None if value is None or isinstance(value, NullValueNode) else 1
