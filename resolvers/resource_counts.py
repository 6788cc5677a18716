"""Resource counts: how many of each kind of resource an organization has."""

from abc import abstractmethod

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.context import Info
from resolvers.identity import OrganizationRef
from resolvers.merging import first
from resolvers.scalars import BigInt


class CountsResources(Serves):
    """An upstream that counts an organization's resources."""

    grants = (Capability.READ_RESOURCE_COUNTS,)

    @abstractmethod
    async def resource_count(self, native_id: str, name: str) -> int | None:
        """How many there are of `name`, a field of `ResourceCounts` in snake case; None where it does not say.

        Counts that are asked for at the same time are asked of the upstream together, and no others.
        """


def _count(description: str) -> BigInt | None:
    """A field that asks for just the count of its own name."""

    async def resolve(root: "ResourceCounts", info: Info) -> BigInt | None:
        name = info.python_name
        value = await first(
            info.context, root.ref, CountsResources, lambda adapter, native_id: adapter.resource_count(native_id, name)
        )
        return BigInt(value) if isinstance(value, int) else None

    return strawberry.field(resolver=resolve, description=f"{description} Null where the upstream does not say.")


@strawberry.type(
    description="How many of each kind of resource the organization has (Losant). Only the counts that are selected "
    "are asked of the upstream."
)
class ResourceCounts:
    """One field per counter of the upstream's summary."""

    ref: strawberry.Private[OrganizationRef]
    applications: BigInt | None = _count("Applications.")
    dashboards: BigInt | None = _count("Dashboards.")
    devices: BigInt | None = _count("Devices.")
    device_recipes: BigInt | None = _count("Device recipes.")
    members: BigInt | None = _count("Members of the organization.")
    pending_invitations: BigInt | None = _count("Invitations that can still be accepted.")
    notebooks: BigInt | None = _count("Notebooks.")
    webhooks: BigInt | None = _count("Webhooks.")
    data_tables: BigInt | None = _count("Data tables.")
    files: BigInt | None = _count("Files.")
    private_files: BigInt | None = _count("Private files.")
    integrations: BigInt | None = _count("Integrations.")
    workflows: BigInt | None = _count("Workflows.")
    events: BigInt | None = _count("Events.")
    credentials: BigInt | None = _count("Service credentials.")
    api_tokens: BigInt | None = _count("API tokens.")
    application_keys: BigInt | None = _count("Access keys of applications.")
    certificates: BigInt | None = _count("Application certificates.")
    certificate_authorities: BigInt | None = _count("Certificate authorities of applications.")
    resource_jobs: BigInt | None = _count("Resource jobs.")
    experience_users: BigInt | None = _count("Users of experiences, the upstream's web apps for end users.")
    experience_groups: BigInt | None = _count("User groups of experiences.")
    experience_endpoints: BigInt | None = _count("Endpoints of experiences.")
    experience_views: BigInt | None = _count("Views of experiences.")
    experience_versions: BigInt | None = _count("Versions of experiences.")
    experience_domains: BigInt | None = _count("Domains of experiences.")
    experience_slugs: BigInt | None = _count("Slugs of experiences.")
    payloads: BigInt | None = _count("Payloads in the period that is billed.")
    stored_files: BigInt | None = _count("Files that count towards storage.")
    storage_bytes: BigInt | None = _count("Bytes of storage used.")
    notebook_minutes: BigInt | None = _count("Minutes that notebooks ran in the period that is billed.")
    notebook_runs: BigInt | None = _count("Runs of notebooks in the period that is billed.")
    notebooks_awaiting: BigInt | None = _count("Notebook runs that have not ended.")
