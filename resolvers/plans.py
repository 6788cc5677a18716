"""Plans: what an organization has paid for, and the limits that come with it."""

import datetime as dt
from abc import abstractmethod

import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.costs import FREE
from resolvers.identity import Upstream
from resolvers.scalars import BigInt


@strawberry.type(description="One limit of a plan.", directives=[FREE])
class Limit:
    """A name and the most that it allows."""

    name: str = strawberry.field(description="What is limited: the upstream's own word.")
    value: BigInt = strawberry.field(description="The most that is allowed, in the unit that the upstream counts in.")


@strawberry.type(description="What the organization has subscribed to at one upstream.")
class Plan:
    """Losant's subscription, or ClickHouse's quotas."""

    upstream: Upstream = strawberry.field(description="The upstream that it is subscribed at.")
    id: str | None = strawberry.field(description="The plan's id there; null where it gives none.")
    status: str | None = strawberry.field(
        description="Losant: `trialing`, `active`, `past_due`, `canceled` or `unpaid`. Null where the upstream "
        "gives none."
    )
    period_start: dt.datetime | None = strawberry.field(
        description="The start of the period that is billed; null where the upstream gives none."
    )
    period_end: dt.datetime | None = strawberry.field(
        description="The end of the period that is billed; null where the upstream gives none."
    )
    limits: list[Limit] = strawberry.field(description="What the plan allows.")


class ReadsPlan(Serves):
    """An upstream that tells what an organization has subscribed to."""

    grants = (Capability.READ_PLAN,)

    @abstractmethod
    async def plan(self, native_id: str) -> Plan:
        """The plan with its limits."""
