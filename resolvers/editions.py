"""Editions of the schema: what other gateways are told of it, in the directives of their kind.

A federation and a stitching gateway both have a directive `@key`, with arguments that exclude each other: hence two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar

from graphql import (
    REMOVE,
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from resolvers.incremental import INCREMENTAL

SCHEMA_FIELDS: Final = frozenset({"_sdl", "_service"})
"""The fields of Query that tell the schema: where introspection is off, they are."""

HIDDEN_FIELDS: Final = SCHEMA_FIELDS | {"_entities", "node", "nodes"}
"""The fields of Query that no edition has: those for gateways, which hide them from their clients; and Relay's, which
many graphs have, so that none of them clashes, and no gateway sends the id of another graph's node here."""

HIDDEN_TYPES: Final = frozenset({"_Any", "_Entity", "_Service", "Subscription"})
"""Those for gateways; and subscriptions, which most of them do not pass on, and none without a way of its own to be
told of: clients listen here."""

HIDDEN_DIRECTIVES: Final = INCREMENTAL
"""Gateways that join graphs carry these out themselves, and take no definition of them from a part."""

QUERY: Final = "Query"

Rewrite: TypeAlias = Callable[[ConstDirectiveNode, Node], ConstDirectiveNode | None]
"""Of a directive and what it stands at: the directive as the edition has it; None where it has it not."""

D = TypeVar("D", bound=ObjectTypeDefinitionNode | FieldDefinitionNode)


def edition(sdl: str, head: str, marks: Mapping[str, str], rewrite: Rewrite, known: frozenset[str]) -> str:
    """The schema without what is hidden, with directives of its own.

    Args:
        sdl: The schema.
        head: Definitions that come first.
        marks: Directives for types and for fields of Query, by `Type` or `Query.field`.
        rewrite: For the directives that the schema has.
        known: The directives whose definitions are left out: the gateways know them by `head`, or they are not used.
    """
    document = visit(parse(sdl, no_location=True), _Editor(marks, rewrite, known))
    return f"{head.strip()}\n\n{print_ast(document)}\n"


class _Editor(Visitor):
    """Edits every definition once."""

    def __init__(self, marks: Mapping[str, str], rewrite: Rewrite, known: frozenset[str]) -> None:
        super().__init__()
        self._marks = marks
        self._rewrite = rewrite
        self._known = known

    def enter_directive_definition(self, node: DirectiveDefinitionNode, *_: object) -> Any:  # noqa: ANN401  visit's
        return REMOVE if node.name.value in self._known | HIDDEN_DIRECTIVES else None

    def enter_scalar_type_definition(self, node: ScalarTypeDefinitionNode, *_: object) -> Any:  # noqa: ANN401  visit's
        return REMOVE if node.name.value in HIDDEN_TYPES else None

    def enter_union_type_definition(self, node: UnionTypeDefinitionNode, *_: object) -> Any:  # noqa: ANN401  visit's
        return REMOVE if node.name.value in HIDDEN_TYPES else None

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> Any:  # noqa: ANN401  visit's
        if node.name.value in HIDDEN_TYPES:
            return REMOVE
        if node.name.value != QUERY:
            return None
        return replace(node, fields=tuple(each for each in node.fields or () if each.name.value not in HIDDEN_FIELDS))

    def leave_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> ObjectTypeDefinitionNode:
        if node.name.value == QUERY:
            fields = tuple(self._marked(each, f"{QUERY}.{each.name.value}") for each in node.fields or ())
            node = replace(node, fields=fields)
        return self._marked(node, node.name.value)

    def enter_directive(
        self,
        node: ConstDirectiveNode,
        _key: object,
        _parent: object,
        _path: object,
        ancestors: Sequence[Any],
    ) -> Any:  # noqa: ANN401  visit's
        rewritten = self._rewrite(node, ancestors[-1])
        return REMOVE if rewritten is None else None if rewritten is node else rewritten

    def _marked(self, node: D, name: str) -> D:
        text = self._marks.get(name)
        if text is None:
            return node
        return replace(node, directives=(*(node.directives or ()), *directives(text)))


def directives(text: str) -> tuple[ConstDirectiveNode, ...]:
    """The directives that `text` holds."""
    (definition,) = parse(f"scalar It {text}", no_location=True).definitions
    return tuple(getattr(definition, "directives", ()))
