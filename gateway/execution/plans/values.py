"""The arguments of a field: once per plan where they are constants, else once per execution."""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from graphql import FieldNode, GraphQLError, ListValueNode, ObjectValueNode, ValueNode, VariableNode
from graphql.execution.values import VariableValues, get_argument_values

from gateway.execution.plans.running import Field, Run

Arguments = Callable[[Run], dict[str, Any]]

NO_VARIABLES: Final = VariableValues({}, {})
FIXED: Final = (str, int, float, bool, type(None), Enum, dt.date)
"""Classes of values that nobody can change."""


def arguments(field: Field) -> Arguments | None:
    """What gives a field its arguments, or raises as graphql-core does; None where it takes none."""
    node = field.nodes[0]
    if not field.definition.args and not node.arguments:
        return None
    if any(_varies(each.value) for each in node.arguments or ()):
        return _varying(field, node)
    try:
        constant = get_argument_values(field.definition, node, NO_VARIABLES)
    except (GraphQLError, TypeError, ValueError):
        return _varying(field, node)
    if all(isinstance(value, FIXED) for value in constant.values()):
        return lambda _run: constant
    return (lambda _run: copies(constant)) if repeatable(constant) else _varying(field, node)


def _varying(field: Field, node: FieldNode) -> Arguments:
    def read(run: Run) -> dict[str, Any]:
        known = run.arguments.get(field)
        if known is not None:
            return copies(known)
        given = get_argument_values(field.definition, node, run.variables)
        if repeatable(given):
            run.arguments[field] = given
            return copies(given)
        return given

    return read


def _varies(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_varies, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_varies(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


def repeatable(value: object) -> bool:
    """Whether a copy of it is as good as another coercion of the same text."""
    if type(value) is list:
        return all(map(repeatable, value))
    if type(value) is dict:
        return all(map(repeatable, value.values()))
    return isinstance(value, FIXED)


def copies(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of their own, for one who may change them."""
    return {name: _copy(each) for name, each in given.items()}


def _copy(value: Any) -> Any:  # noqa: ANN401  an argument is of any class
    if type(value) is list:
        return [_copy(each) for each in value]
    return copies(value) if type(value) is dict else value
