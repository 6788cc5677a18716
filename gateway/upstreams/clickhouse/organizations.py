"""ClickHouse Cloud's organizations, with their endpoints, own clouds and quotas."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope
from gateway.upstreams.loading import attempt, loaded, prime
from gateway.upstreams.reading import Instant, Shape, sound, text
from resolvers.gathering import Given
from resolvers.identity import Upstream
from resolvers.networking import ByocConfig, PrivateEndpoint, ReadsByoc, ReadsPrivateEndpoints
from resolvers.plans import Limit, Plan, ReadsPlan
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.scalars import BigInt

MOST_GREETED = 8


class PrivateEndpointShape(msgspec.Struct, rename="camel", gc=False):
    """An endpoint that may reach the services."""

    id: str
    cloud_provider: str
    region: str
    description: str | None = None


class ByocShape(msgspec.Struct, rename="camel", gc=False):
    """An own cloud account."""

    id: str
    state: str
    region_id: str
    cloud_provider: str
    account_name: str | None = None
    display_name: str | None = None


class OrganizationShape(msgspec.Struct, rename="camel", gc=False):
    """An organization."""

    id: str
    name: str | None = None
    created_at: Instant | None = None
    private_endpoints: list[PrivateEndpointShape] | None = None
    byoc_config: list[ByocShape] | None = None

    def profile(self) -> Profile:
        """The facts that ClickHouse Cloud has: no slug, no logo, no time of change."""
        return Profile(native_id=self.id, name=text(self.name), created_at=self.created_at)


class QuotaShape(msgspec.Struct, rename="camel", gc=False):
    """A quota."""

    quota_code: str
    value: int


ORGANIZATION = Shape(Upstream.CLICKHOUSE, Envelope[OrganizationShape])
_ORGANIZATIONS = Shape(Upstream.CLICKHOUSE, Envelope[list[OrganizationShape]])
_QUOTAS = Shape(Upstream.CLICKHOUSE, Envelope[list[QuotaShape]])


class ClickHouseOrganizations(
    ClickHouseCalls, ReadsOrganizations, ListsOrganizations, ReadsPrivateEndpoints, ReadsByoc, ReadsPlan
):
    """Organizations and what comes with them."""

    facts = frozenset({"name", "created_at"})

    async def greet(self) -> str:
        """The list of each key; of a great many keys, only of the first."""
        keyed = self.keyed()[:MOST_GREETED]
        await asyncio.gather(*(self._list(native_id, fresh=True) for native_id in keyed))
        return "The key is taken." if len(keyed) == 1 else f"{len(keyed)} keys are taken."

    async def profile(self, native_id: str) -> Profile:
        """From the organization."""
        return (await self._organization(native_id)).profile()

    async def private_endpoints(self, native_id: str) -> list[PrivateEndpoint]:
        """They come with the organization."""
        shapes = sound((await self._organization(native_id)).private_endpoints) or []
        return [
            PrivateEndpoint(
                id=shape.id,
                description=text(shape.description),
                cloud_provider=shape.cloud_provider,
                region=shape.region,
            )
            for shape in map(sound, shapes)
        ]

    async def byoc_configs(self, native_id: str) -> list[ByocConfig]:
        """They come with the organization."""
        shapes = sound((await self._organization(native_id)).byoc_config) or []
        return [
            ByocConfig(
                id=shape.id,
                state=shape.state,
                account_name=text(shape.account_name),
                region=shape.region_id,
                cloud_provider=shape.cloud_provider,
                display_name=text(shape.display_name),
            )
            for shape in map(sound, shapes)
        ]

    @loaded
    def _organization(self, native_id: str) -> Given[OrganizationShape]:
        return self.read(ORGANIZATION, "organization.get", native_id)

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By id."""
        return 0, native_id

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """One call per key: a key lists the one organization that it belongs to."""
        answers = await asyncio.gather(*(attempt(self._list, native_id) for native_id in self.keyed()))
        shapes = [shape for answer in answers if isinstance(answer, list) for shape in answer]
        for shape in shapes:
            prime(self._organization, shape, shape.id)
        yield sorted((shape.profile() for shape in shapes), key=lambda each: self.place(each.native_id))
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer

    async def _list(self, native_id: str | None, *, fresh: bool = False) -> list[OrganizationShape]:
        parts = ("v1", "organizations")
        listed = await self.get(_ORGANIZATIONS, "organizations.list", parts, keyed_by=native_id, fresh=fresh)
        return [self.listed(sound(shape)) for shape in listed.result]

    @loaded
    async def plan(self, native_id: str) -> Plan:
        """The quotas: the API tells no subscription."""
        shapes = await self.read(_QUOTAS, "quotas.list", native_id, ("quotas",))
        return Plan(
            upstream=Upstream.CLICKHOUSE,
            id=None,
            status=None,
            period_start=None,
            period_end=None,
            limits=[Limit(name=shape.quota_code, value=BigInt(shape.value)) for shape in map(sound, shapes)],
        )
