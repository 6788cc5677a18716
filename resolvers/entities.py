"""Entities: objects that other graphs know by a key, found again for the gateways that join them (Apollo Federation).

Source: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec
"""

from collections.abc import Mapping
from typing import Annotated, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from resolvers.context import Context, Info
from resolvers.costs import ONE_CALL, ONE_PER_REPRESENTATION
from resolvers.errors import BadUserInput, Failure, ListTooLong, NotFound
from resolvers.gathering import gathered
from resolvers.identity import decode
from resolvers.invitations import Invitation
from resolvers.members import Member
from resolvers.nodes import find_node
from resolvers.organization import Organization
from resolvers.scalars import read_json, read_json_literal

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "Organization": ("id", "key"),
    "Member": ("id",),
    "Invitation": ("id",),
}
"""The entities, each with the fields that name one by themselves; the first that is given decides."""

Representation = NewType("Representation", object)

REPRESENTATION_SCALAR: Final[ScalarDefinition] = strawberry.scalar(
    name="_Any",
    description="An entity as other graphs know it: an object with its `__typename` and one of its keys. What else it "
    "holds is not looked at.",
    serialize=lambda value: value,
    parse_value=read_json,
    parse_literal=read_json_literal,
)

Entity = Annotated[
    Organization | Member | Invitation,
    strawberry.union(name="_Entity", description="What other graphs can refer to, and add fields to."),
]


@strawberry.type
class EntityQueries:
    """Federation's root field for entities."""

    @strawberry.field(
        name="_entities",
        description="For gateways that join this graph to others: the objects that the representations name, in the "
        "same order; null and an error at the index of each one that is missing or names nothing.",
        directives=[ONE_PER_REPRESENTATION],
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[Representation],
            strawberry.argument(
                description='Such as `{"__typename": "Organization", "key": "acme"}`; at most as many as a page may '
                "hold.",
                directives=[ONE_CALL],
            ),
        ],
    ) -> list[Entity | None]:
        """Asked for together, so that the loaders see them at once."""
        limit = info.context.page_limit
        if len(representations) > limit:
            raise ListTooLong(
                f"`representations` may hold at most {limit} representations, not {len(representations)}."
            )
        return await gathered(_find(info.context, each) for each in representations)


async def _find(context: Context, representation: object) -> Organization | Member | Invitation | None:
    try:
        kind, key = named(representation)
        return await _entity(context, kind, key)
    except Failure as failure:
        return failure  # type: ignore[return-value]  # an exception as an item is the error at its index


async def _entity(context: Context, kind: str, key: str) -> Organization | Member | Invitation:
    """By any of an organization's names; by the global id of anything else."""
    if kind == "Organization":
        return Organization(ref=await context.find(key))
    if (decode(key) or ("", ""))[0] == kind:
        found = await find_node(context, key)
        if isinstance(found, Member | Invitation):
            return found
    raise NotFound(f"No {kind} has this id.")


def named(representation: object) -> tuple[str, str]:
    """The type's name and the key's value.

    Raises:
        BadUserInput: It is no representation of an entity of this graph.
    """
    if not isinstance(representation, dict):
        raise BadUserInput("A representation must be an object with a `__typename` and a key.")
    kind = representation.get("__typename")
    if not isinstance(kind, str):
        raise BadUserInput("A representation must have a `__typename`, which is text.")
    keys = KEYS.get(kind)
    if keys is None:
        raise BadUserInput("The `__typename` of a representation must be that of an entity of this graph.")
    given = next((name for name in keys if representation.get(name) is not None), None)
    either = " or ".join(f"`{name}`" for name in keys)
    if given is None:
        raise BadUserInput(f"A representation of {kind} must have the key {either}.")
    value = representation[given]
    if not isinstance(value, str):
        raise BadUserInput(f"The key `{given}` of {kind} must be text.")
    return kind, value
