"""Counting the values that a document writes out: arguments, items of lists, fields of objects."""

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
)


def count_values(document: DocumentNode) -> int:
    """How many; variables' defaults and directives' arguments among them. What fragments hold counts once."""
    found = 0
    stack: list[Node] = list(document.definitions)
    while stack:
        node = stack.pop()
        stack += getattr(node, "directives", None) or ()
        if isinstance(node, OperationDefinitionNode):
            stack += node.variable_definitions or ()
        elif isinstance(node, VariableDefinitionNode):
            stack += [node.default_value] if node.default_value else []
        elif isinstance(node, FieldNode | DirectiveNode):
            found += len(node.arguments or ())
            stack += node.arguments or ()
        elif isinstance(node, ArgumentNode | ObjectFieldNode):
            stack.append(node.value)
        elif isinstance(node, ListValueNode):
            found += len(node.values)
            stack += node.values
        elif isinstance(node, ObjectValueNode):
            found += len(node.fields)
            stack += node.fields
        selections = getattr(node, "selection_set", None)
        stack += selections.selections if selections else ()
    return found
