"""Customizations: how an organization has its upstream look."""

from abc import abstractmethod

import strawberry
from strawberry.scalars import JSON

from resolvers.capabilities import Capability, Serves
from resolvers.identity import Upstream
from resolvers.scalars import URL


@strawberry.type(description="How the organization has its upstream look (Locktera).")
class Customizations:
    """A free-form object, of which three members are known."""

    upstream: Upstream = strawberry.field(description="The upstream that keeps them.")
    values: JSON = strawberry.field(description="All of them, as the upstream keeps them.")
    theme: str | None = strawberry.field(description="The member `theme`, such as `dark`; null where it is not set.")
    logo_url: URL | None = strawberry.field(description="The member `logo_url`; null where it is not set.")
    branding_color: str | None = strawberry.field(
        description="The member `branding_color`, such as `#0b3d91`; null where it is not set."
    )


class ReadsCustomizations(Serves):
    """An upstream that keeps customizations."""

    grants = (Capability.READ_CUSTOMIZATIONS,)

    @abstractmethod
    async def customizations(self, native_id: str) -> Customizations:
        """The organization's customizations; with no values where it never set any."""
