"""`@defer` and `@stream`: parts of an answer that may come later.

They are graphql-core's, in words for clients.

Source: https://github.com/graphql/defer-stream-wg
"""

from typing import Final

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDirective,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
)

_LABEL: Final = GraphQLArgument(
    GraphQLString,
    description="Names the part in the answer; a literal, and unique in the document.",
)

DEFER: Final = GraphQLDirective(
    name="defer",
    locations=[DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
    args={
        "if": GraphQLArgument(
            GraphQLNonNull(GraphQLBoolean),
            default_value=True,
            description="Where it is false, the fragment comes with the rest.",
        ),
        "label": _LABEL,
    },
    description="The fragment may come later than the rest, to clients that take an answer in parts "
    "(`multipart/mixed`, `text/event-stream`, a WebSocket). For others nothing changes.",
)

STREAM: Final = GraphQLDirective(
    name="stream",
    locations=[DirectiveLocation.FIELD],
    args={
        "if": GraphQLArgument(
            GraphQLNonNull(GraphQLBoolean),
            default_value=True,
            description="Where it is false, the list comes whole.",
        ),
        "label": _LABEL,
        "initialCount": GraphQLArgument(
            GraphQLInt,
            default_value=0,
            description="How many items come with the rest; not below 0.",
        ),
    },
    description="The items of the list may come later than the rest, a few at a time, to clients that take an answer "
    "in parts (`multipart/mixed`, `text/event-stream`, a WebSocket). For others nothing changes.",
)

INCREMENTAL: Final = frozenset({DEFER.name, STREAM.name})


def tell_later(schema: GraphQLSchema) -> None:
    """Has the schema know both directives."""
    schema.directives = (*schema.directives, DEFER, STREAM)
