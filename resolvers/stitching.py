"""The schema for gateways that stitch, and the field that tells it.

Its directives are those of @graphql-tools/stitching-directives. Organizations are merged by
`organizationsByIds`: one call for all that an operation needs.

Source: https://the-guild.dev/graphql/stitching/docs/approaches/stitching-directives
"""

from functools import cache
from typing import Final

import strawberry
from graphql import ConstDirectiveNode, Node

from resolvers.context import Info
from resolvers.editions import edition

HEAD: Final = """
directive @key(selectionSet: String!) on OBJECT

directive @merge(
  keyField: String
  keyArg: String
  additionalArgs: String
  key: [String!]
  argsExpr: String
) on FIELD_DEFINITION
"""

MARKS: Final = {
    "Organization": '@key(selectionSet: "{ id }")',
    "Query.organizationsByIds": '@merge(keyField: "id")',
}

COSTS: Final = frozenset({"cost", "listSize"})


@strawberry.type
class StitchingQueries:
    """The root field that stitching gateways read the schema from."""

    @strawberry.field(
        name="_sdl",
        description="For gateways that join this graph to others by schema stitching: the schema with their "
        "directives. Off where introspection is off.",
    )
    def sdl(self, info: Info) -> str:
        """No upstream call."""
        return stitching_sdl(info.schema)


@cache
def stitching_sdl(schema: strawberry.Schema) -> str:
    """The SDL for stitching."""
    return edition(schema.as_str(), HEAD, MARKS, _without_costs, COSTS)


def _without_costs(directive: ConstDirectiveNode, _place: Node) -> ConstDirectiveNode | None:
    """No stitching gateway reads them."""
    return None if directive.name.value in COSTS else directive
