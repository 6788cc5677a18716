"""Changes of organizations: name, description, logo, private endpoints."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Annotated, ClassVar, Literal

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.context import Info
from resolvers.costs import ONE_CALL, calls
from resolvers.errors import BadUserInput, Failure, Unsupported
from resolvers.identity import OrganizationRef, Upstream
from resolvers.networking import UpdatePrivateEndpointsInput, UpdatesPrivateEndpoints
from resolvers.organization import Organization
from resolvers.uploads import Upload, UploadedFile, image_type
from resolvers.wholes import whole_of
from resolvers.writing import (
    GIVEN,
    Payload,
    UpstreamResult,
    UserError,
    capable,
    chosen,
    client_mutation_id,
    named,
    write,
)

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 32_767

ORGANIZATION_ID = "The organization: a global id, a key, or an upstream and its native id."


class UpdatesOrganizations(Serves):
    """An upstream whose organizations can be renamed.

    Attributes:
        writable: What else than the name can be changed, too.
    """

    grants = (Capability.UPDATE_ORGANIZATION,)
    writable: ClassVar[frozenset[Literal["name", "description"]]]

    @abstractmethod
    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:
        """Changes what is not None."""


class UpdatesLogos(Serves):
    """An upstream that keeps a logo."""

    grants = (Capability.UPDATE_LOGO,)

    @abstractmethod
    async def update_logo(self, native_id: str, file: UploadedFile, media_type: str) -> None:
        """Puts the image in the place of the logo."""


@strawberry.input(description="What to change about an organization. What is left out stays as it is.")
class UpdateOrganizationInput:
    """The input of `updateOrganization`."""

    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION_ID)
    name: str | None = strawberry.field(default=None, description="The new name, 1 to 255 characters.")
    description: str | None = strawberry.field(default=None, description="The new description (Losant); empty: none.")
    upstreams: list[Upstream] | None = strawberry.field(
        default=None, description="Where. Left out: at every linked upstream that can."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="The organization's new logo.")
class UpdateOrganizationLogoInput:
    """The input of `updateOrganizationLogo`."""

    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION_ID)
    logo: Upload = strawberry.field(description="A PNG, JPEG, GIF or WebP image of at most 5 MB.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The organization as it is now, and what became of the change at each upstream.")
class UpdateOrganizationPayload(Payload):
    """The payload of all updates of organizations."""

    organization: Organization | None = strawberry.field(
        default=None, description="The organization; null where nothing was changed anywhere."
    )
    results: list[UpstreamResult] = strawberry.field(
        default_factory=list,
        description="One per upstream that was asked. Nothing is taken back where another one fails: repeat with "
        "`upstreams` naming those that did.",
    )


@strawberry.type
class OrganizationMutations:
    """The mutations of organizations."""

    @strawberry.mutation(
        description="Renames an organization, or describes it, at every linked upstream that can or at those named; "
        "one result per upstream.",
        directives=[calls(4)],
    )
    async def update_organization(
        self, info: Info, input: Annotated[UpdateOrganizationInput, GIVEN]
    ) -> UpdateOrganizationPayload:
        """One call per upstream, made at the same time."""

        async def act() -> UpdateOrganizationPayload:
            ref = named(info.context, str(input.organization_id))
            if input.name is None and input.description is None:
                raise BadUserInput("Nothing is to be changed: give `name` or `description`.", field=("name",))
            if input.name is not None:
                check_name(input.name)
            check_description(input.description)
            return await _update_everywhere(info, ref, input)

        return await write(info, input, UpdateOrganizationPayload, act, "organizations:write")

    @strawberry.mutation(
        description="Puts an image in the place of an organization's logo (NKS).", directives=[ONE_CALL]
    )
    async def update_organization_logo(
        self, info: Info, input: Annotated[UpdateOrganizationLogoInput, GIVEN]
    ) -> UpdateOrganizationPayload:
        """One call."""

        async def act() -> UpdateOrganizationPayload:
            ref = named(info.context, str(input.organization_id))
            media_type = image_type(input.logo, "logo")
            link, adapter = chosen(info.context, ref, UpdatesLogos, None, "keep a logo")
            change = adapter.update_logo(link.native_id, input.logo, media_type)
            return await updated(info, ref, {link.upstream: change})

        return await write(info, input, UpdateOrganizationPayload, act, "organizations:write")

    @strawberry.mutation(description="Adds and removes private endpoints (ClickHouse Cloud).", directives=[ONE_CALL])
    async def update_private_endpoints(
        self, info: Info, input: Annotated[UpdatePrivateEndpointsInput, GIVEN]
    ) -> UpdateOrganizationPayload:
        """One call."""

        async def act() -> UpdateOrganizationPayload:
            ref = named(info.context, str(input.organization_id))
            if not input.add and not input.remove:
                raise BadUserInput("Nothing is to be changed: give `add` or `remove`.", field=("add",))
            link, adapter = chosen(info.context, ref, UpdatesPrivateEndpoints, None, "keep private endpoints")
            change = adapter.update_private_endpoints(link.native_id, input.add or [], input.remove or [])
            return await updated(info, ref, {link.upstream: change})

        return await write(info, input, UpdateOrganizationPayload, act, "organizations:write")


async def _update_everywhere(
    info: Info, ref: OrganizationRef, given: UpdateOrganizationInput
) -> UpdateOrganizationPayload:
    linked = {link.upstream for link in ref.links}
    if given.upstreams is not None and not given.upstreams:
        raise BadUserInput("`upstreams` names none: leave it out for all that are linked.", field=("upstreams",))
    for upstream in given.upstreams or []:
        if upstream not in linked:
            raise BadUserInput(
                f"The organization is not linked to {upstream.title}.", field=("upstreams",), upstream=upstream
            )
        capable(info.context, upstream, UpdatesOrganizations, "change organizations")
    serving = info.context.serving(ref, UpdatesOrganizations, given.upstreams)
    if given.description is not None and not any("description" in adapter.writable for _, adapter in serving):
        raise Unsupported("None of these upstreams keeps a description.", field=("description",))
    changes = {}
    for link, adapter in serving:
        name = given.name if "name" in adapter.writable else None
        description = given.description if "description" in adapter.writable else None
        if name is not None or description is not None:
            changes[link.upstream] = adapter.update_organization(link.native_id, name, description)
    return await updated(info, ref, changes)


async def updated(
    info: Info, ref: OrganizationRef, changes: Mapping[Upstream, Awaitable[object]]
) -> UpdateOrganizationPayload:
    """Makes the changes at the same time; one result for each."""
    outcomes = await asyncio.gather(*map(_outcome, changes.values()))
    results, errors = [], []
    for upstream, failure in zip(changes, outcomes, strict=True):
        problem = failure.problem() if failure else None
        results.append(UpstreamResult(upstream=upstream, ok=failure is None, problem=problem))
        if failure:
            errors.append(UserError.of(failure))
    organization = whole_of(info, ref.links[0]) if any(result.ok for result in results) else None
    return UpdateOrganizationPayload(organization=organization, results=results, user_errors=errors)


async def _outcome(change: Awaitable[object]) -> Failure | None:
    try:
        await change
    except Failure as failure:
        return failure
    return None


def check_name(name: str) -> None:
    """Raises BadUserInput where it is too long, or nothing but spaces."""
    if not 1 <= len(name.strip()) <= len(name) <= LONGEST_NAME:
        raise BadUserInput(f"`name` must have 1 to {LONGEST_NAME} characters.", field=("name",))


def check_description(description: str | None) -> None:
    """Raises BadUserInput where it is too long."""
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise BadUserInput(f"`description` may have at most {LONGEST_DESCRIPTION} characters.", field=("description",))
