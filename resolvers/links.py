"""Links: the identity that an organization has in each upstream, and the facts told there."""

import datetime as dt
from collections.abc import Coroutine
from typing import Any, Literal, TypeAlias, TypeVar, overload

import strawberry

from resolvers.capabilities import Capability, capabilities
from resolvers.context import Context, Info
from resolvers.costs import ONE_CALL
from resolvers.errors import Failure, Problem
from resolvers.identity import Link, OrganizationRef, Upstream
from resolvers.profiles import Fact, Profile, ReadsOrganizations
from resolvers.scalars import URL
from resolvers.staleness import resolving

T = TypeVar("T")

Eventual: TypeAlias = T | Coroutine[Any, Any, T]
"""A value that is at hand, or what gives it when it is awaited: either may come of a field that is not `async`."""


@overload
async def fact(info: Info, ref: OrganizationRef, name: Literal["name", "slug", "description"]) -> str | None: ...
@overload
async def fact(info: Info, ref: OrganizationRef, name: Literal["logo_url"]) -> URL | None: ...
@overload
async def fact(info: Info, ref: OrganizationRef, name: Literal["created_at", "updated_at"]) -> dt.datetime | None: ...
async def fact(info: Info, ref: OrganizationRef, name: Fact) -> Any:
    """The fact from the first linked upstream that can have it and answers with one; None where none has it.

    Raises:
        Failure: None answered with one and at least one failed: the first one's.
    """
    resolving(info)  # fields that are not `async` are not watched
    failed: Failure | None = None
    context = info.context
    for link, adapter in context.serving(ref, ReadsOrganizations):
        if name not in adapter.facts:
            continue
        native_id = link.native_id
        try:
            value = getattr(adapter.profiles.get(native_id) or await told(context, adapter, native_id), name)
        except Failure as failure:
            value = failure
        if isinstance(value, Failure):
            failed = failed or value
        elif value is not None:
            return value
    if failed:
        raise failed
    return None


@overload
def fact_or_ask(
    info: Info, ref: OrganizationRef, name: Literal["name", "slug", "description"]
) -> Eventual[str | None]: ...
@overload
def fact_or_ask(info: Info, ref: OrganizationRef, name: Literal["logo_url"]) -> Eventual[URL | None]: ...
@overload
def fact_or_ask(
    info: Info, ref: OrganizationRef, name: Literal["created_at", "updated_at"]
) -> Eventual[dt.datetime | None]: ...
def fact_or_ask(info: Info, ref: OrganizationRef, name: Fact) -> Any:
    """The same fact where the operation has been told it already; else what asks for it."""
    for link, adapter in info.context.serving(ref, ReadsOrganizations):
        if name in adapter.facts:
            profile = adapter.profiles.get(link.native_id)
            value = None if profile is None else getattr(profile, name)
            if profile is None or isinstance(value, Failure):
                return fact(info, ref, name)
            if value is not None:
                return value
    return None


async def told(context: Context, adapter: ReadsOrganizations, native_id: str) -> Profile:
    """What the upstream says of the organization; at hand from then on, unless it is stale.

    Raises:
        Failure: It says nothing.
    """
    profile = await adapter.profile(native_id)
    if not context.stale:  # else each field is to be told that it is
        adapter.profiles[native_id] = profile
    return profile


@strawberry.type(description="The identity that an organization has in one upstream.")
class OrganizationLink:
    """One linked upstream."""

    link: strawberry.Private[Link]

    @strawberry.field(description="The upstream.")
    def upstream(self) -> Upstream:
        """No upstream call."""
        return self.link.upstream

    @strawberry.field(description="The organization's id there.")
    def native_id(self) -> str:
        """No upstream call."""
        return self.link.native_id

    @strawberry.field(description="What can be done there.")
    def capabilities(self, info: Info) -> list[Capability]:
        """No upstream call."""
        return capabilities(type(info.context.adapters[self.link.upstream]))

    @strawberry.field(description="The organization's name there.", directives=[ONE_CALL])
    async def name(self, info: Info) -> str | None:
        """One call, shared with all that the upstream tells of the organization."""
        return await fact(info, self._alone, "name")

    @strawberry.field(
        description="When it was created there; null where the upstream does not say.", directives=[ONE_CALL]
    )
    async def created_at(self, info: Info) -> dt.datetime | None:
        """The same call."""
        return await fact(info, self._alone, "created_at")

    @strawberry.field(
        description="When it was last changed there; null where the upstream does not say.", directives=[ONE_CALL]
    )
    async def updated_at(self, info: Info) -> dt.datetime | None:
        """The same call."""
        return await fact(info, self._alone, "updated_at")

    @strawberry.field(
        description="Why this upstream's fields are missing now; null where all is well.", directives=[ONE_CALL]
    )
    async def problem(self, info: Info) -> Problem | None:
        """The same call; its failure is data here."""
        try:
            await fact(info, self._alone, "name")
        except Failure as failure:
            return failure.problem()
        return None

    @property
    def _alone(self) -> OrganizationRef:
        return OrganizationRef(str(self.link), (self.link,), linked=False)
