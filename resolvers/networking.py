"""Private endpoints and BYOC: where an organization's ClickHouse services run and are reached."""

from abc import abstractmethod
from collections.abc import Sequence

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.costs import FREE
from resolvers.writing import client_mutation_id


@strawberry.type(
    description="A private network endpoint that may reach the organization's services (ClickHouse Cloud).",
    directives=[FREE],
)
class PrivateEndpoint:
    """One entry of the organization's list."""

    id: str = strawberry.field(description="The endpoint's id at its cloud provider.")
    description: str | None = strawberry.field(description="What it is for; null where nothing was noted.")
    cloud_provider: str = strawberry.field(description="`aws`, `gcp` or `azure`.")
    region: str = strawberry.field(description="The provider's region, such as `us-east-1`.")


@strawberry.type(
    description="A cloud account of the organization's own that services run in (ClickHouse Cloud BYOC).",
    directives=[FREE],
)
class ByocConfig:
    """One bring-your-own-cloud set-up."""

    id: str = strawberry.field(description="Its id at the upstream.")
    state: str = strawberry.field(
        description="`infra-ready`, `infra-provisioning` or `infra-terminated`; new words pass through."
    )
    account_name: str | None = strawberry.field(description="The account's name; null where none was given.")
    region: str = strawberry.field(description="The provider's region, such as `eu-central-1`.")
    cloud_provider: str = strawberry.field(description="`aws`, `gcp` or `azure`.")
    display_name: str | None = strawberry.field(description="The name to show; null where none was given.")


class ReadsPrivateEndpoints(Serves):
    """An upstream that knows an organization's private endpoints."""

    grants = (Capability.READ_PRIVATE_ENDPOINTS,)

    @abstractmethod
    async def private_endpoints(self, native_id: str) -> list[PrivateEndpoint]:
        """All of them; empty where there are none."""


class ReadsByoc(Serves):
    """An upstream that knows an organization's own cloud accounts."""

    grants = (Capability.READ_BYOC,)

    @abstractmethod
    async def byoc_configs(self, native_id: str) -> list[ByocConfig]:
        """All of them; empty where there are none."""


@strawberry.input(description="A private endpoint to add or to remove.")
class PrivateEndpointInput:
    """One entry, as it is asked for."""

    id: str = strawberry.field(description="The endpoint's id at its cloud provider.")
    description: str | None = strawberry.field(default=None, description="What it is for.")
    cloud_provider: str = strawberry.field(description="`aws`, `gcp` or `azure`.")
    region: str = strawberry.field(description="The provider's region, such as `us-east-1`.")


class UpdatesPrivateEndpoints(Serves):
    """An upstream whose private endpoints can be changed."""

    grants = (Capability.UPDATE_PRIVATE_ENDPOINTS,)

    @abstractmethod
    async def update_private_endpoints(
        self, native_id: str, add: Sequence[PrivateEndpointInput], remove: Sequence[PrivateEndpointInput]
    ) -> None:
        """Removes some, then adds some."""


@strawberry.input(description="Which private endpoints to add and to remove. Removals come first.")
class UpdatePrivateEndpointsInput:
    """The input of `updatePrivateEndpoints`."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization: a global id, a key, or an upstream and its native id."
    )
    add: list[PrivateEndpointInput] | None = strawberry.field(default=None, description="Those to add.")
    remove: list[PrivateEndpointInput] | None = strawberry.field(default=None, description="Those to remove.")
    client_mutation_id: str | None = client_mutation_id()
