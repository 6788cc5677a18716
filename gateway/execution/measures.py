"""How large operations are once their fragments are expanded. Each selection set is looked at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from gateway.execution.incremental import is_active

_INTROSPECTION = frozenset({"__schema", "__type"})
_LISTS = frozenset({"types", "fields", "interfaces", "possibleTypes", "inputFields"})


@dataclass(slots=True)
class Measure:
    """Of a selection set and all below it.

    Attributes:
        selections: Fields and fragments.
        depth: Levels of fields.
        aliases: Fields with an alias.
        directives: On fields and fragments.
        parts: Those of them that let something come later.
        lists: Introspection's lists within each other, should this stand in an introspection.
        introspection_depth: Levels of fields from `__schema` or `__type` on.
        introspection_aliases: Aliases of these two and of what is below them.
        introspection_lists: The most lists within each other there.
    """

    selections: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    parts: int = 0
    lists: int = 0
    introspection_depth: int = 0
    introspection_aliases: int = 0
    introspection_lists: int = 0

    def include(self, other: "Measure") -> None:
        """What a fragment here adds."""
        self.selections += other.selections
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.parts += other.parts
        self.lists = max(self.lists, other.lists)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.introspection_aliases += other.introspection_aliases
        self.introspection_lists = max(self.introspection_lists, other.introspection_lists)

    def include_field(self, node: FieldNode, below: "Measure") -> None:
        """What a field here adds."""
        name = node.name.value
        alias = node.alias is not None
        if name in _INTROSPECTION:
            self.selections += below.selections
            self.directives += below.directives
            self.parts += below.parts
            self.introspection_depth = max(self.introspection_depth, 1 + below.depth)
            self.introspection_aliases += alias + below.aliases
            self.introspection_lists = max(self.introspection_lists, below.lists)
        elif name != "__typename":
            below.depth += 1
            below.aliases += alias
            below.lists += name in _LISTS
            self.include(below)


class Measures:
    """Measures selection sets.

    Args:
        fragments: In an order in which each follows those that it spreads.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments: dict[str, Measure] = {}
        for name, fragment in fragments.items():
            measure = self.of(fragment.selection_set)
            measure.directives += len(fragment.directives or ())
            self._fragments[name] = measure

    def of(self, selections: SelectionSetNode) -> Measure:
        """The measure, as deep as the text is nested. A fragment that is not defined counts for nothing."""
        whole = Measure()
        for selection in selections.selections:
            whole.selections += 1
            if selection.directives:
                whole.directives += len(selection.directives)
                whole.parts += sum(map(is_active, selection.directives))
            if isinstance(selection, FieldNode):
                below = self.of(selection.selection_set) if selection.selection_set else Measure()
                whole.include_field(selection, below)
            elif isinstance(selection, FragmentSpreadNode):
                whole.include(self._fragments.get(selection.name.value, Measure()))
            elif isinstance(selection, InlineFragmentNode):
                whole.include(self.of(selection.selection_set))
        return whole


def fields_by_key(
    sets: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, list[FieldNode]]:
    """The fields of one place by the name under which they are answered, whatever type they ask for."""
    found: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    stack = list(sets)
    while stack:
        for selection in stack.pop().selections:
            if isinstance(selection, FieldNode):
                found.setdefault((selection.alias or selection.name).value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                stack.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in spread:
                spread.add(name)
                stack.extend([fragments[name].selection_set] if name in fragments else [])
    return found


def overlaps(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """How many pairs of fields stand under one name in one place; validation compares each."""
    pairs = 0
    stack = [[selections]]
    while stack:
        for fields in fields_by_key(stack.pop(), fragments).values():
            pairs += len(fields) * (len(fields) - 1) // 2
            below = [field.selection_set for field in fields if field.selection_set]
            if below:
                stack.append(below)
    return pairs
