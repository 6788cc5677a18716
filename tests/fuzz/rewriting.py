"""Other arguments for a document: ids that are there, hostile ids and texts, and variables in the place of literals."""

import random
from dataclasses import replace
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from graphql.language import ListValueNode, ObjectValueNode

from tests.fuzz.ids import Ids
from tests.fuzz.json_values import anything

_TOKENS = (
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "$",
    "$a",
    "@",
    "@include(if: $a)",
    "@skip(if: true)",
    "@deprecated",
    "...",
    "...f",
    "... on Query { viewer { name } }",
    '"',
    '"""',
    "\\u{110000}",
    "\\ud800",
    "!",
    "|",
    "&",
    "=",
    ":",
    "#",
    "\x00",
    "\ufeff",
    "null",
    "true",
    "-",
    "1e999",
    "9" * 400,
    "0x1",
    "é",
    "query",
    "mutation",
    "subscription { a }",
    "fragment f on Query { ...f }",
    "extend type Query { a: Int }",
    "__typename",
    "__schema { types { name } }",
    '__type(name: "Query") { fields { name type { name } } }',
    "a: viewer { name }",
    "\n" * 50,
)


class _Rewriter(Visitor):
    """Gives arguments other values; some of them become variables."""

    def __init__(self, info: TypeInfo, numbers: random.Random, ids: Ids) -> None:
        super().__init__()
        self._info = info
        self._numbers = numbers
        self._ids = ids
        self.declared: list[VariableDefinitionNode] = []
        self.variables: dict[str, Any] = {}

    def _value(self, value: ValueNode) -> ValueNode:
        named = get_named_type(self._info.get_input_type())
        name = named.name if named else ""
        if isinstance(value, ListValueNode):
            return ListValueNode(values=tuple(self._value(each) for each in value.values))
        if isinstance(value, StringValueNode | IntValueNode):
            if name == "ID":
                return StringValueNode(value=self._ids.text().encode("utf-8", "replace").decode(), block=False)
            if name == "Int" and self._numbers.random() < 0.8:
                return IntValueNode(value=str(self._numbers.choice((1, 2, 3, 5, 20, 100))))
            if name == "String" and self._numbers.random() < 0.2:
                return StringValueNode(value=self._ids.hostile().encode("utf-8", "replace").decode(), block=False)
        return value

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode:
        return ObjectFieldNode(name=node.name, value=self._value(node.value))

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        value = self._value(node.value)
        kind = self._info.get_input_type()
        if kind is None or self._numbers.random() < 0.5:
            return ArgumentNode(name=node.name, value=value)
        name = f"v{len(self.declared)}"
        variable = VariableNode(name=NameNode(value=name))
        written = (
            str(kind) if self._numbers.random() < 0.97 else self._numbers.choice(("String", "[Int!]", "Viewer", "X"))
        )
        self.declared.append(
            VariableDefinitionNode(variable=variable, type=NamedTypeNode(name=NameNode(value=written)), directives=())
        )
        self.variables[name] = self._json(value)
        return ArgumentNode(name=node.name, value=variable)

    def _json(self, value: ValueNode) -> Any:
        if self._numbers.random() < 0.05:
            return anything(self._numbers)
        try:
            return value_from_ast_untyped(value)
        except (GraphQLError, ValueError):
            return None

    def leave_object_value(self, node: ObjectValueNode, *_: Any) -> ObjectValueNode | None:
        if node.fields and self._numbers.random() < 0.03:
            return ObjectValueNode(fields=tuple(each for each in node.fields if self._numbers.random() < 0.8))
        return None


def rewritten(schema: GraphQLSchema, text: str, numbers: random.Random, ids: Ids) -> dict[str, Any]:
    """An envelope: the document with other arguments, and the variables that it needs."""
    info = TypeInfo(schema)
    rewriter = _Rewriter(info, numbers, ids)
    document: DocumentNode = visit(parse(text), TypeInfoVisitor(info, rewriter))
    if rewriter.declared:
        first = document.definitions[0]
        assert isinstance(first, OperationDefinitionNode)
        first = replace(first, variable_definitions=tuple(rewriter.declared))
        document = replace(document, definitions=(first, *document.definitions[1:]))
    envelope: dict[str, Any] = {"query": print_ast(document)}
    if rewriter.variables:
        envelope["variables"] = rewriter.variables
        if numbers.random() < 0.05:
            envelope["variables"].pop(numbers.choice(list(rewriter.variables)))
    return envelope


def garbled(text: str, numbers: random.Random) -> str:
    """The text with tokens put in, taken out or doubled."""
    for _ in range(numbers.randint(1, 3)):
        start = numbers.randrange(len(text) + 1)
        end = min(len(text), start + numbers.choice((0, 1, 5, 50)))
        text = text[:start] + numbers.choice((numbers.choice(_TOKENS), "", text[start:end] * 2)) + text[end:]
    return text
