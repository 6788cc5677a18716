"""The arguments of a field: once per plan where they are constants, else once per execution."""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)
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
    values = constant(field)
    if values is None:
        return _varying(field, node)
    if fixed(values):
        return lambda _run: values
    return (lambda _run: copies(values)) if repeatable(values) else _varying(field, node)


def constant(field: Field) -> dict[str, Any] | None:
    """The arguments of a field where they are the same each time; None where they are not, or do not fit."""
    node = field.nodes[0]
    if any(_varies(each.value) for each in node.arguments or ()):
        return None
    try:
        return get_argument_values(field.definition, node, NO_VARIABLES)
    except (GraphQLError, TypeError, ValueError):
        return None


def shared(field: Field) -> Callable[[Run], dict[str, Any] | None] | None:
    """The same where variables stand for whole arguments; their values are those of all who take them.

    None, or what gives None, where it takes more.
    """
    return _quickly(field, field.nodes[0], copied=False)


def _varying(field: Field, node: FieldNode) -> Arguments:
    quickly = _quickly(field, node, copied=True)

    def read(run: Run) -> dict[str, Any]:
        given = quickly(run) if quickly else None
        if given is not None:
            return given
        known = run.arguments.get(field)
        if known is not None:
            return copies(known)
        given = get_argument_values(field.definition, node, run.variables)
        if repeatable(given):
            run.arguments[field] = given
            return copies(given)
        return given

    return read


def _quickly(field: Field, node: FieldNode, *, copied: bool) -> Callable[[Run], dict[str, Any] | None] | None:
    written = {each.name.value: each for each in node.arguments or ()}
    named = {name: each.value.name.value for name, each in written.items() if isinstance(each.value, VariableNode)}
    rest = FieldNode(name=node.name, arguments=tuple(each for name, each in written.items() if name not in named))
    args = {name: each for name, each in field.definition.args.items() if name not in named}
    if any(_varies(each.value) for each in rest.arguments or ()):
        return None
    try:
        constant = get_argument_values(GraphQLField(field.definition.type, args), rest, NO_VARIABLES)
    except (GraphQLError, TypeError, ValueError):
        return None
    if not fixed(constant):
        return None
    order = [(each.out_name or name, named.get(name), each) for name, each in field.definition.args.items()]
    rows = [
        (name, variable, isinstance(each.type, GraphQLNonNull))
        for name, variable, each in order
        if variable is not None or name in constant
    ]

    def read(run: Run) -> dict[str, Any] | None:
        coerced = run.variables.coerced
        given = {}
        for name, variable, required in rows:
            if variable is None:
                given[name] = constant[name]
                continue
            value = coerced.get(variable, Undefined)
            if value is Undefined or (value is None and required):
                return None
            if copied and not isinstance(value, FIXED):
                if not repeatable(value):
                    return None
                value = _copy(value)
            given[name] = value
        return given

    return read


def _varies(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_varies, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_varies(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


def fixed(given: dict[str, Any]) -> bool:
    """Whether nobody can change any of these arguments."""
    return all(isinstance(each, FIXED) for each in given.values())


def repeatable(value: object) -> bool:
    """Whether a copy of it is as good as another coercion of the same text."""
    if type(value) is list:
        return all(isinstance(each, FIXED) or repeatable(each) for each in value)
    if type(value) is dict:
        return all(map(repeatable, value.values()))
    return isinstance(value, FIXED)


def copies(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of their own, for one who may change them."""
    return {name: _copy(each) for name, each in given.items()}


def _copy(value: Any) -> Any:  # noqa: ANN401  an argument is of any class
    if type(value) is list:
        return [each if isinstance(each, FIXED) else _copy(each) for each in value]
    return copies(value) if type(value) is dict else value
