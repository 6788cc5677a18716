"""The schema as a subgraph of Apollo Federation, and the field that tells it.

Version 2.9 of federation is the first with cost directives, and the newest that every composition knows. Strawberry's
own federation is not used: it finds entities one by one and passes all that a representation holds as arguments.

`node` and `nodes` are no part of the subgraph: they would clash with those of any other subgraph, and shared, a gateway
would send them ids of others. The interface `Node` stays: composition merges it with those of others.

Source: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives
"""

from dataclasses import replace
from functools import cache
from typing import Final

import strawberry
from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    FieldDefinitionNode,
    ListValueNode,
    Node,
    StringValueNode,
    print_ast,
)

from resolvers.context import Info
from resolvers.costs import FREE
from resolvers.editions import directives, edition
from resolvers.entities import KEYS

SHAREABLE: Final = ("PageInfo", "Problem", "UserError")
"""Values that other graphs have under the same names, with the same meaning."""

HEAD: Final = """
extend schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize"])
"""

MARKS: Final = {
    **{name: " ".join(f'@key(fields: "{key}")' for key in keys) for name, keys in KEYS.items()},
    **dict.fromkeys(SHAREABLE, "@shareable"),
}

IN_LINK: Final = frozenset({"cost", "listSize"})

NUMBERS: Final = frozenset({"Int", "Int!"})


@strawberry.type(name="_Service", description="This graph as a subgraph of a federation.", directives=[FREE])
class Service:
    """Federation's own type."""

    sdl: str = strawberry.field(description="The subgraph's schema, with federation's directives.")


@strawberry.type
class ServiceQueries:
    """Federation's root field for the schema."""

    @strawberry.field(
        name="_service",
        description="For gateways that join this graph to others by Apollo Federation: the subgraph. Off where "
        "introspection is off.",
    )
    def service(self, info: Info) -> Service:
        """No upstream call."""
        return Service(sdl=subgraph_sdl(info.schema))


@cache
def subgraph_sdl(schema: strawberry.Schema) -> str:
    """The SDL of the subgraph, for composition."""
    return edition(schema.as_str(), HEAD, MARKS, _rewritten, IN_LINK)


def _rewritten(directive: ConstDirectiveNode, place: Node) -> ConstDirectiveNode:
    if directive.name.value == "cost":
        return _whole(directive)
    if directive.name.value == "listSize" and isinstance(place, FieldDefinitionNode):
        return _sliced_by_numbers(directive, place)
    return directive


def _whole(cost: ConstDirectiveNode) -> ConstDirectiveNode:
    """Federation's weights are whole numbers."""
    (weight,) = (each.value.value for each in cost.arguments or () if isinstance(each.value, StringValueNode))
    return directives(f"@cost(weight: {round(float(weight))})")[0]


def _sliced_by_numbers(size: ConstDirectiveNode, field: FieldDefinitionNode) -> ConstDirectiveNode:
    """Federation takes numbers only for what sizes a list; where a list of ids does, its assumed size is left."""
    numbers = {each.name.value for each in field.arguments or () if print_ast(each.type) in NUMBERS}

    def sizes(argument: ConstArgumentNode) -> bool:
        names = argument.value.values if isinstance(argument.value, ListValueNode) else ()
        given = {each.value for each in names if isinstance(each, StringValueNode)}
        return argument.name.value != "slicingArguments" or given <= numbers

    return replace(size, arguments=tuple(each for each in size.arguments or () if sizes(each)))
