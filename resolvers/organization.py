"""The hub: one organization, put together from every upstream that holds a part of it."""

import datetime as dt
from typing import Annotated

import strawberry

from resolvers.activities import (
    Actions,
    Activity,
    ActivityConnection,
    ActivityFilter,
    ActorKinds,
    Sources,
    connect_activities,
)
from resolvers.connections import After, Before, First, Last, paging
from resolvers.context import Info
from resolvers.costs import ONE_CALL, ONE_PER_UPSTREAM, PAGED, calls
from resolvers.customizations import Customizations, ReadsCustomizations
from resolvers.identity import Node, OrganizationRef, Upstream
from resolvers.invitations import InvitationConnection, InvitationStatus, connect_invitations
from resolvers.links import Eventual, OrganizationLink, fact_or_ask
from resolvers.members import MemberConnection, connect_members
from resolvers.merging import first as first_of
from resolvers.networking import ByocConfig, PrivateEndpoint, ReadsByoc, ReadsPrivateEndpoints
from resolvers.plans import Plan, ReadsPlan
from resolvers.resource_counts import CountsResources, ResourceCounts
from resolvers.roles import Role
from resolvers.scalars import URL
from resolvers.usage import Usage, window

Upstreams = Annotated[
    list[Upstream] | None,
    strawberry.argument(description="Only what these upstreams hold. Left out: all that are linked."),
]


@strawberry.type(description="One real-world organization, put together from every upstream that it is linked to.")
class Organization(Node):
    """A whole; what its parts hold is asked of them when it is selected."""

    ref: strawberry.Private[OrganizationRef]

    @strawberry.field(description="The global id: opaque, unique in this graph, good for `node`.")
    def id(self) -> strawberry.ID:
        """`Organization:key`."""
        return self.ref.id

    @strawberry.field(
        description="The readable key: the name of its link, or `upstream:nativeId` where no link names it."
    )
    def key(self) -> str:
        """No upstream call."""
        return self.ref.key

    @strawberry.field(
        description="The name, from the first linked upstream, in the configured order, that answers with one.",
        directives=[ONE_CALL],
        graphql_type=str | None,
    )
    def name(self, info: Info) -> Eventual[str | None]:
        """Any upstream has it."""
        return fact_or_ask(info, self.ref, "name")

    @strawberry.field(
        description="A short readable name for addresses, from the first linked upstream that answers with one "
        "(NKS). It changes with the name: no identifier.",
        directives=[ONE_CALL],
        graphql_type=str | None,
    )
    def slug(self, info: Info) -> Eventual[str | None]:
        """NKS."""
        return fact_or_ask(info, self.ref, "slug")

    @strawberry.field(
        description="A description, from the first linked upstream that answers with one (Losant).",
        directives=[ONE_CALL],
        graphql_type=str | None,
    )
    def description(self, info: Info) -> Eventual[str | None]:
        """Losant."""
        return fact_or_ask(info, self.ref, "description")

    @strawberry.field(
        description="A logo, from the first linked upstream that answers with one (NKS, Locktera).",
        directives=[ONE_CALL],
        graphql_type=URL | None,
    )
    def logo_url(self, info: Info) -> Eventual[URL | None]:
        """NKS's own, else Locktera's customization."""
        return fact_or_ask(info, self.ref, "logo_url")

    @strawberry.field(
        description="When it was created, from the first linked upstream that answers with a time.",
        directives=[ONE_CALL],
        graphql_type=dt.datetime | None,
    )
    def created_at(self, info: Info) -> Eventual[dt.datetime | None]:
        """Any upstream has it."""
        return fact_or_ask(info, self.ref, "created_at")

    @strawberry.field(
        description="When it was last changed, from the first linked upstream that answers with a time (Losant, NKS).",
        directives=[ONE_CALL],
        graphql_type=dt.datetime | None,
    )
    def updated_at(self, info: Info) -> Eventual[dt.datetime | None]:
        """Losant and NKS."""
        return fact_or_ask(info, self.ref, "updated_at")

    @strawberry.field(
        description="One per linked upstream: the identity it has there and what can be done there. Never fails as "
        "a whole.",
        directives=[ONE_PER_UPSTREAM],
    )
    def links(self) -> list[OrganizationLink]:
        """In the order of identity."""
        return [OrganizationLink(link=link) for link in self.ref.links]

    @strawberry.field(
        description="The people who belong to it, merged over the linked upstreams that have members; null without an "
        "error where none has.",
        directives=[calls(2), PAGED],
    )
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        upstreams: Upstreams = None,
        roles: Annotated[
            list[Role] | None, strawberry.argument(description="Only members with one of these roles.")
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(description="Only members whose name or e-mail address holds this text, in any case."),
        ] = None,
    ) -> MemberConnection | None:
        """Losant: with the organization; NKS, ClickHouse: one call each."""
        asked = paging(info.context, first, after, last, before)
        return await connect_members(info, self.ref, asked, upstreams, roles, search)

    @strawberry.field(
        description="The people who were asked to join, merged over the linked upstreams that tell; null without an "
        "error where none does.",
        directives=[calls(2), PAGED],
    )
    async def invitations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        upstreams: Upstreams = None,
        status: Annotated[
            InvitationStatus | None, strawberry.argument(description="Only invitations in this state.")
        ] = None,
    ) -> InvitationConnection | None:
        """Losant, ClickHouse: one call each."""
        asked = paging(info.context, first, after, last, before)
        return await connect_invitations(info, self.ref, asked, upstreams, status)

    @strawberry.field(
        description="What happened in it, the newest first, merged by time; null without an error where no linked "
        "upstream keeps such a log. Losant's audit log joins where `sources` or `upstreams` names it.",
        directives=[calls(4), PAGED],
    )
    async def activities(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        since: Annotated[
            dt.datetime | None,
            strawberry.argument(name="from", description="Only what happened at this time or later."),
        ] = None,
        until: Annotated[
            dt.datetime | None,
            strawberry.argument(name="to", description="Only what happened at this time or earlier."),
        ] = None,
        upstreams: Upstreams = None,
        sources: Sources = None,
        actions: Actions = None,
        actor_kinds: ActorKinds = None,
    ) -> ActivityConnection | None:
        """One call per log."""
        asked = paging(info.context, first, after, last, before)
        wanted = ActivityFilter(since, until, upstreams, sources, actions, actor_kinds)
        return await connect_activities(info, self.ref, asked, wanted)

    @strawberry.field(
        description="One activity by its global id; null and `NOT_FOUND` where the organization has none such.",
        directives=[ONE_CALL],
    )
    async def activity(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The activity's global id.")]
    ) -> Activity | None:
        """ClickHouse and Losant: one call; Locktera: its log."""
        from resolvers.nodes import find_activity  # noqa: PLC0415  nodes imports the hub

        return await find_activity(info.context, str(id), within=self.ref)

    @strawberry.field(
        description="How it has its upstream look (Locktera); null without an error where no linked upstream keeps "
        "that.",
        directives=[ONE_CALL],
    )
    async def customizations(self, info: Info) -> Customizations | None:
        """One call."""
        return await first_of(
            info.context, self.ref, ReadsCustomizations, lambda adapter, native_id: adapter.customizations(native_id)
        )

    @strawberry.field(description="What it used in a span of time: the last 30 days where nothing is said.")
    def usage(
        self,
        info: Info,
        since: Annotated[
            dt.datetime | None,
            strawberry.argument(name="from", description="The start. Left out: 30 days before the end."),
        ] = None,
        until: Annotated[
            dt.datetime | None, strawberry.argument(name="to", description="The end. Left out: now, to the minute.")
        ] = None,
    ) -> Usage:
        """No upstream call of its own."""
        return Usage(ref=self.ref, window=window(info.context.now, since, until))

    @strawberry.field(
        description="How many of each kind of resource it has (Losant); null without an error where no linked "
        "upstream counts them.",
        directives=[ONE_CALL],
    )
    def resource_counts(self, info: Info) -> ResourceCounts | None:
        """Asked count by count, and together."""
        return ResourceCounts(ref=self.ref) if info.context.serving(self.ref, CountsResources) else None

    @strawberry.field(
        description="What it has subscribed to, from the first linked upstream that answers (Losant, ClickHouse "
        "Cloud).",
        directives=[ONE_CALL],
    )
    async def plan(self, info: Info) -> Plan | None:
        """Losant: with the organization; ClickHouse: its quotas."""
        return await first_of(info.context, self.ref, ReadsPlan, lambda adapter, native_id: adapter.plan(native_id))

    @strawberry.field(
        description="The private network endpoints that may reach its services (ClickHouse Cloud); null without an "
        "error where no linked upstream has them.",
        directives=[ONE_CALL],
    )
    async def private_endpoints(self, info: Info) -> list[PrivateEndpoint] | None:
        """With the organization."""
        return await first_of(
            info.context,
            self.ref,
            ReadsPrivateEndpoints,
            lambda adapter, native_id: adapter.private_endpoints(native_id),
        )

    @strawberry.field(
        description="Its own cloud accounts that services run in (ClickHouse Cloud); null without an error where no "
        "linked upstream has them.",
        directives=[ONE_CALL],
    )
    async def byoc_configs(self, info: Info) -> list[ByocConfig] | None:
        """With the organization."""
        return await first_of(
            info.context, self.ref, ReadsByoc, lambda adapter, native_id: adapter.byoc_configs(native_id)
        )
