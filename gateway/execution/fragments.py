"""The fragments of a document, in an order in which each follows those that it spreads."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)


class FragmentCycle(Exception):  # noqa: N818  what was found
    """A fragment spreads itself, by way of others or at once."""


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Definitions by name, those that others spread first. Names that are defined twice keep one definition.

    Raises:
        FragmentCycle: There is no such order.
    """
    found = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    ordered: dict[str, FragmentDefinitionNode] = {}
    open_: set[str] = set()
    for name, fragment in found.items():
        if name in ordered:
            continue
        stack = [(name, spreads(fragment.selection_set))]
        open_.add(name)
        while stack:
            current, names = stack[-1]
            following = next(names, None)
            if following is None:
                stack.pop()
                open_.remove(current)
                ordered[current] = found[current]
            elif following in open_:
                raise FragmentCycle
            elif following in found and following not in ordered:
                open_.add(following)
                stack.append((following, spreads(found[following].selection_set)))
    return ordered


def spreads(selections: SelectionSetNode) -> Iterator[str]:
    """The names of all fragments that are spread at any level."""
    stack = [selections]
    while stack:
        for selection in stack.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                stack.append(selection.selection_set)
