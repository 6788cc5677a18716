"""Introspection where it is off: nothing that tells the schema may be asked."""

from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    ValidationRule,
)

from resolvers.editions import SCHEMA_FIELDS

DISABLED: Final = "GraphQL introspection has been disabled"
"""How graphql-core's rule begins."""


class NoSchemaTextRule(ValidationRule):
    """Refuses the fields that tell the whole schema as text, for gateways that join graphs."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:  # noqa: ANN401  the visitor's
        """As graphql-core's rule words it."""
        parent = self.context.get_parent_type()
        if node.name.value in SCHEMA_FIELDS and parent is self.context.schema.query_type:
            told = f"{DISABLED}, but the requested query contained the field '{node.name.value}'."
            self.report_error(GraphQLError(told, node))


NO_INTROSPECTION: Final[tuple[type[ValidationRule], ...]] = (NoSchemaIntrospectionCustomRule, NoSchemaTextRule)
