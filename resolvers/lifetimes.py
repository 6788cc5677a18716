"""The beginning and the end of organizations: creating and deleting them."""

from abc import abstractmethod
from typing import Annotated, ClassVar

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.context import Info
from resolvers.costs import ONE_CALL, calls
from resolvers.errors import BadUserInput
from resolvers.identity import Link, Upstream
from resolvers.organization import Organization
from resolvers.organization_changes import ORGANIZATION_ID, check_description, check_name
from resolvers.profiles import Profile, ReadsOrganizations
from resolvers.wholes import whole_of
from resolvers.writing import GIVEN, Payload, capable, chosen, client_mutation_id, named, write


class CreatesOrganizations(Serves):
    """An upstream that can make new organizations.

    Attributes:
        describes: A new one can be given a description.
    """

    grants = (Capability.CREATE_ORGANIZATION,)
    describes: ClassVar[bool]

    @abstractmethod
    async def create_organization(self, name: str, description: str | None) -> Profile:
        """Makes one; the credential's owner belongs to it."""


class DeletesOrganizations(Serves):
    """An upstream whose organizations can be deleted."""

    grants = (Capability.DELETE_ORGANIZATION,)

    @abstractmethod
    async def delete_organization(self, native_id: str) -> None:
        """Deletes it for good, with all that belongs to it there."""


@strawberry.input(description="Which organization to make, and where.")
class CreateOrganizationInput:
    """The input of `createOrganization`."""

    upstream: Upstream = strawberry.field(description="Where: LOSANT or NKS.")
    name: str = strawberry.field(description="Its name, 1 to 255 characters.")
    description: str | None = strawberry.field(default=None, description="A description (Losant).")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The organization that was made.")
class CreateOrganizationPayload(Payload):
    """The payload of `createOrganization`."""

    organization: Organization | None = strawberry.field(
        default=None, description="The organization; null where none was made."
    )


@strawberry.input(description="Which organization to delete, and where.")
class DeleteOrganizationInput:
    """The input of `deleteOrganization`."""

    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION_ID)
    upstream: Upstream = strawberry.field(description="Where: LOSANT or LOCKTERA.")
    confirm_name: str = strawberry.field(description="Its present name there, as a safeguard.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="Which organization was deleted.")
class DeleteOrganizationPayload(Payload):
    """The payload of `deleteOrganization`."""

    deleted_organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id of the organization; null where it was not deleted."
    )


@strawberry.type
class LifetimeMutations:
    """The mutations that make and end organizations."""

    @strawberry.mutation(description="Makes an organization in one upstream (Losant, NKS).", directives=[ONE_CALL])
    async def create_organization(
        self, info: Info, input: Annotated[CreateOrganizationInput, GIVEN]
    ) -> CreateOrganizationPayload:
        """One call."""

        async def act() -> CreateOrganizationPayload:
            check_name(input.name)
            check_description(input.description)
            adapter = capable(info.context, input.upstream, CreatesOrganizations, "make organizations")
            if input.description is not None and not adapter.describes:
                raise BadUserInput(
                    f"{input.upstream.title} keeps no description.", field=("description",), upstream=input.upstream
                )
            profile = await adapter.create_organization(input.name, input.description)
            return CreateOrganizationPayload(organization=whole_of(info, Link(input.upstream, profile.native_id)))

        return await write(info, input, CreateOrganizationPayload, act, "organizations:write", everywhere=True)

    @strawberry.mutation(
        description="Deletes an organization in one upstream (Losant, Locktera), for good and with all that belongs "
        "to it there. Its links stay in the gateway's settings.",
        directives=[calls(2)],
    )
    async def delete_organization(
        self, info: Info, input: Annotated[DeleteOrganizationInput, GIVEN]
    ) -> DeleteOrganizationPayload:
        """A reading of the name, and the deletion."""

        async def act() -> DeleteOrganizationPayload:
            ref = named(info.context, str(input.organization_id))
            link, adapter = chosen(info.context, ref, DeletesOrganizations, input.upstream, "delete organizations")
            profile = await capable(info.context, link.upstream, ReadsOrganizations, "be read").profile(link.native_id)
            if profile.name != input.confirm_name:
                raise BadUserInput(
                    f"`confirmName` is not the organization's name at {link.upstream.title}.",
                    field=("confirmName",),
                    upstream=link.upstream,
                )
            await adapter.delete_organization(link.native_id)
            return DeleteOrganizationPayload(deleted_organization_id=ref.id)

        return await write(info, input, DeleteOrganizationPayload, act, "organizations:delete")
