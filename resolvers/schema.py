"""The schema, put together."""

from collections.abc import Iterable

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig

from resolvers.activities import Activity
from resolvers.context import Info
from resolvers.costs import ONE_PER_UPSTREAM
from resolvers.customizations import CustomizationMutations
from resolvers.entities import REPRESENTATION_SCALAR, EntityQueries, Representation
from resolvers.incremental import tell_later
from resolvers.invitations import Invitation, InvitationMutations
from resolvers.lifetimes import LifetimeMutations
from resolvers.live import Subscription, tell
from resolvers.members import Member, MemberMutations
from resolvers.nodes import NodeQueries
from resolvers.organization import Organization
from resolvers.organization_changes import OrganizationMutations
from resolvers.organizations import OrganizationQueries
from resolvers.scalars import SCALARS
from resolvers.staleness import watch
from resolvers.stitching import StitchingQueries, stitching_sdl
from resolvers.subgraph import ServiceQueries, subgraph_sdl
from resolvers.transfers import TransferMutations
from resolvers.uploads import UPLOAD_SCALAR, Upload
from resolvers.upstreams import UpstreamService
from resolvers.viewer import Viewer


@strawberry.type(description="What can be read.")
class Query(OrganizationQueries, NodeQueries, EntityQueries, ServiceQueries, StitchingQueries):
    """The root of queries."""

    @strawberry.field(
        description="The four upstreams as the gateway sees them now: configured or not, how they do, what they can "
        "do.",
        directives=[ONE_PER_UPSTREAM],
    )
    def upstreams(self, info: Info) -> list[UpstreamService]:
        """No upstream call."""
        return info.context.upstreams()

    @strawberry.field(description="Whom the gateway takes the caller for, and what they may do.")
    def viewer(self, info: Info) -> Viewer:
        """No upstream call."""
        return info.context.viewer()


@strawberry.type(
    description="What can be changed. Each mutation takes one input and answers with one payload: expected failures "
    "are its `userErrors`, and its object is null then."
)
class Mutation(
    LifetimeMutations,
    OrganizationMutations,
    InvitationMutations,
    MemberMutations,
    TransferMutations,
    CustomizationMutations,
):
    """The root of mutations."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Organization, Member, Invitation, Activity],
    config=StrawberryConfig(scalar_map={**SCALARS, Upload: UPLOAD_SCALAR, Representation: REPRESENTATION_SCALAR}),
)

graphql_schema: GraphQLSchema = schema._schema  # noqa: SLF001  Strawberry has no public name for it


def _hide_null_defaults(types: Iterable[GraphQLNamedType]) -> None:
    """Python's None for "left out" is no default that clients should see."""
    for each in types:
        arguments: list[GraphQLArgument | GraphQLInputField] = []
        if isinstance(each, GraphQLObjectType):
            arguments = [argument for field in each.fields.values() for argument in field.args.values()]
        elif isinstance(each, GraphQLInputObjectType):
            arguments = list(each.fields.values())
        for argument in arguments:
            if argument.default_value is None:
                argument.default_value = Undefined


_hide_null_defaults(graphql_schema.type_map.values())
watch(graphql_schema.type_map.values())
tell(graphql_schema)
tell_later(graphql_schema)


def sdl() -> str:
    """The schema as `schema.graphql` holds it."""
    return schema.as_str() + "\n"


def federation() -> str:
    """The schema as a subgraph of Apollo Federation."""
    return subgraph_sdl(schema)


def stitching() -> str:
    """The schema for gateways that stitch."""
    return stitching_sdl(schema)
