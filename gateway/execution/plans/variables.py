"""The values of variables: coerced by what is put together once per operation; by graphql-core where that falls short.

What `inputs` does not cover, a value that does not fit, and a missing one that must be there are left to graphql-core,
whose errors are the answer then.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from gateway.execution.plans.inputs import Change, coercion
from gateway.execution.plans.values import FIXED, NO_VARIABLES

MOST_COERCION_ERRORS: Final = 50
"""As many as graphql-core tells."""


_tuple: Final = tuple.__new__
"""Makes a named tuple with one call less than its class does."""


_Variable: TypeAlias = tuple[str, VariableValueSource, Change, bool, Any]
"""One variable. A plain tuple, for only those are taken apart at once.

Its name; what graphql-core notes where no value is given; what coerces one that is given and not null: raises, or gives
Undefined, where it does not fit; whether it must not be null; its default: Undefined where it has none.
"""


class Variables:
    """The variables of one operation."""

    __slots__ = ("_asked", "_known", "_schema")

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._asked = operation.variable_definitions
        self._known = self._read()

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values as resolvers take them, or what is wrong with them."""
        if not self._asked:
            return NO_VARIABLES
        values = self._quickly(given)
        if values is None:
            return get_variable_values(self._schema, self._asked, dict(given), MOST_COERCION_ERRORS)
        return values

    def _quickly(self, given: Mapping[str, Any]) -> VariableValues | None:
        if self._known is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, absent, coerce, required, default in self._known:
            value = given.get(name, Undefined)
            if value is Undefined:
                if default is not Undefined:
                    coerced[name] = default
                elif required:
                    return None
                sources[name] = absent
                continue
            if value is not None:
                try:
                    value = coerce(value)
                except Exception:  # noqa: BLE001  whatever a scalar raises, graphql-core says what is wrong
                    return None
                if value is Undefined:
                    return None
            elif required:
                return None
            coerced[name] = value
            sources[name] = _tuple(VariableValueSource, (absent.signature, given[name]))
        return _tuple(VariableValues, (sources, coerced))

    def _read(self) -> list[_Variable] | None:
        known: list[_Variable] = []
        for each in self._asked or ():
            signature = get_variable_signature(self._schema, each)
            if isinstance(signature, GraphQLError):
                return None
            required = isinstance(signature.type, GraphQLNonNull)
            try:
                coerce = coercion(signature.type)
                default = coerce_default_value(signature) if each.default_value else Undefined
            except Exception:  # noqa: BLE001  graphql-core is to say so, in its own time
                return None
            if coerce is None or not (default is Undefined or isinstance(default, FIXED)):
                return None
            known.append((signature.name, VariableValueSource(signature), coerce, required, default))
        return known
