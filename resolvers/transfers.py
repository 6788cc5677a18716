"""Transfers: applications and dashboards that move from an organization to another, or to a user."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.context import Info
from resolvers.costs import ONE_CALL
from resolvers.errors import BadUserInput
from resolvers.wholes import whole_of
from resolvers.writing import GIVEN, Payload, chosen, client_mutation_id, named, write

if TYPE_CHECKING:
    from resolvers.organization import Organization

MOST_RESOURCES = 1000


class TransfersResources(Serves):
    """An upstream whose resources can move between owners."""

    grants = (Capability.TRANSFER_RESOURCES,)

    @abstractmethod
    async def transfer_resources(
        self,
        native_id: str,
        destination: str,
        *,
        to_user: bool,
        applications: Sequence[str],
        dashboards: Sequence[str],
        strict: bool | None,
    ) -> None:
        """Moves the resources to the organization, or user, with the native id `destination`.

        Raises:
            BadUserInput: An id has not the upstream's form.
        """


@strawberry.input(one_of=True, description="Who receives. Exactly one of the two.")
class TransferDestinationInput:
    """An organization or a user."""

    organization_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="An organization: a global id, a key, or an upstream and its native id."
    )
    user_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="A user, by the id that the upstream gave them."
    )


@strawberry.input(description="What to move, and to whom.")
class TransferResourcesInput:
    """The input of `transferResources`."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization that gives: a global id, a key, or an upstream and its native id."
    )
    destination: TransferDestinationInput = strawberry.field(description="Who receives.")
    application_ids: list[str] | None = strawberry.field(
        default=None, description="The applications to move, by the upstream's ids; at most 1 000."
    )
    dashboard_ids: list[str] | None = strawberry.field(
        default=None, description="The dashboards to move, by the upstream's ids; at most 1 000."
    )
    strict: bool | None = strawberry.field(
        default=None, description="Refuse a dashboard that would lose what it shows. Left out: as the upstream does."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The organization that gave.")
class TransferResourcesPayload(Payload):
    """The payload of `transferResources`."""

    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization that gave; null where nothing was moved."
    )


@strawberry.type
class TransferMutations:
    """The mutation of transfers."""

    @strawberry.mutation(
        description="Moves applications and dashboards to another organization or to a user (Losant). The credential "
        "needs to administer both sides.",
        directives=[ONE_CALL],
    )
    async def transfer_resources(
        self, info: Info, input: Annotated[TransferResourcesInput, GIVEN]
    ) -> TransferResourcesPayload:
        """One call."""

        async def act() -> TransferResourcesPayload:
            ref = named(info.context, str(input.organization_id))
            link, adapter = chosen(info.context, ref, TransfersResources, None, "transfer resources")
            applications, dashboards = input.application_ids or [], input.dashboard_ids or []
            if not applications and not dashboards:
                raise BadUserInput(
                    "Nothing is to be moved: name applications or dashboards.", field=("applicationIds",)
                )
            for field, ids in (("applicationIds", applications), ("dashboardIds", dashboards)):
                if len(ids) > MOST_RESOURCES:
                    raise BadUserInput(f"At most {MOST_RESOURCES} of `{field}` can be moved at once.", field=(field,))
            user_id = input.destination.user_id
            if isinstance(user_id, str):
                destination = user_id
            else:
                receiver = named(
                    info.context, str(input.destination.organization_id), field=("destination", "organizationId")
                )
                parts = [each.native_id for each in receiver.links if each.upstream is link.upstream]
                if not parts:
                    raise BadUserInput(
                        f"The receiving organization is not linked to {link.upstream.title}.",
                        field=("destination", "organizationId"),
                        upstream=link.upstream,
                    )
                destination = parts[0]
            await adapter.transfer_resources(
                link.native_id,
                destination,
                to_user=isinstance(user_id, str),
                applications=applications,
                dashboards=dashboards,
                strict=input.strict,
            )
            return TransferResourcesPayload(organization=whole_of(info, link))

        return await write(info, input, TransferResourcesPayload, act, "resources:transfer")
