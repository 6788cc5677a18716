"""Locktera's organizations, and what they consume. Only the configured ones and the key's own can be listed."""

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec

from gateway.upstreams.loading import loaded, prime
from gateway.upstreams.locktera.asking import LockteraCalls, many, word
from gateway.upstreams.reading import Instant, Shape, sound, text, url
from resolvers.gathering import Given
from resolvers.identity import Upstream
from resolvers.lifetimes import DeletesOrganizations
from resolvers.organization_changes import UpdatesOrganizations
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.scalars import BigInt
from resolvers.spending import MonthlyConsumption, ReportsConsumption


class OrganizationShape(msgspec.Struct, gc=False):
    """An organization, in either of the two documented shapes."""

    id: str
    name: str | None = None
    org_name: str | None = None
    created_at: Instant | None = None
    customizations: dict[str, Any] | None = None

    def profile(self) -> Profile:
        """The facts that Locktera has."""
        own = self.customizations
        logo = word(own, "logo_url") if isinstance(own, dict) else own
        return Profile(
            native_id=self.id,
            name=text(self.name) or text(self.org_name),
            logo_url=url(logo, Upstream.LOCKTERA),
            created_at=self.created_at,
        )


class ConsumptionShape(msgspec.Struct, gc=False):
    """The consumption of a month."""

    month: str
    api_calls: int | None = None
    storage_used: float | None = None

    def consumption(self) -> MonthlyConsumption:
        """In the graph's words."""
        return MonthlyConsumption(
            upstream=Upstream.LOCKTERA,
            month=self.month,
            api_calls=cast("BigInt | None", self.api_calls),
            storage_used_gb=self.storage_used,
        )


_ORGANIZATION = Shape(Upstream.LOCKTERA, OrganizationShape)
_CONSUMPTION: Shape[Any] = Shape(Upstream.LOCKTERA, list[ConsumptionShape] | ConsumptionShape)  # type: ignore[arg-type]  # a union is no type


class LockteraOrganizations(
    LockteraCalls,
    ReadsOrganizations,
    ListsOrganizations,
    UpdatesOrganizations,
    DeletesOrganizations,
    ReportsConsumption,
):
    """Organizations and what comes with them."""

    facts = frozenset({"name", "logo_url", "created_at"})
    writable = frozenset({"name"})

    async def greet(self) -> str:
        """The organization that the key belongs to."""
        own = (await self._read_own(fresh=True)).profile()
        return f"The key belongs to {own.name or own.native_id}."

    async def profile(self, native_id: str) -> Profile:
        """One call."""
        return (await self._organization(native_id)).profile()

    @loaded
    def _organization(self, native_id: str) -> Given[OrganizationShape]:
        return self.get(_ORGANIZATION, "org.get", ("orgs", native_id), native_id=native_id)

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By id."""
        return 0, native_id

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """The one that the API key belongs to, and the configured ones where it is the gateway's own key."""
        own = self.listed(await self._read_own())
        prime(self._organization, own, own.id)
        known = () if self.by_caller else self.settings.organizations
        profiles = {native_id: Profile(native_id=native_id) for native_id in known}
        profiles[own.id] = own.profile()
        yield [profiles[native_id] for native_id in sorted(profiles)]

    def _read_own(self, *, fresh: bool = False) -> Given[OrganizationShape]:
        return self.get(_ORGANIZATION, "current_org", ("org",), fresh=fresh)

    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:  # noqa: ARG002  it keeps none
        """`PATCH /orgs/{id}`; what it answers is not documented, and not needed."""
        body = msgspec.json.encode({"name": name})
        parts = ("orgs", native_id)
        answer = await self.change("org.patch", "PATCH", parts, body=body, native_id=native_id, may_be_empty=True)
        self.acknowledged(answer)

    async def delete_organization(self, native_id: str) -> None:
        """`DELETE /orgs/{id}`: 200 with a message, or 204."""
        parts = ("orgs", native_id)
        self.acknowledged(await self.change("org.delete", "DELETE", parts, native_id=native_id, may_be_empty=True))

    @loaded
    async def consumption(self, native_id: str) -> list[MonthlyConsumption]:
        """One call."""
        given = await self.get(_CONSUMPTION, "consumption", ("orgs", native_id, "consumption"), native_id=native_id)
        return [shape.consumption() for shape in map(sound, many(given))]
