"""What an organization consumed and what it cost, as Locktera and ClickHouse Cloud bill it."""

import datetime as dt
from abc import abstractmethod

import strawberry
from strawberry.scalars import JSON

from resolvers.capabilities import Capability, Serves
from resolvers.costs import FREE
from resolvers.device_usage import Window
from resolvers.identity import Upstream
from resolvers.scalars import BigInt


@strawberry.type(description="What was consumed in one month (Locktera).", directives=[FREE])
class MonthlyConsumption:
    """One month."""

    upstream: Upstream = strawberry.field(description="The upstream that counted it.")
    month: str = strawberry.field(description="The month, `YYYY-MM`.")
    api_calls: BigInt | None = strawberry.field(description="Calls to the API; null where the upstream does not say.")
    storage_used_gb: float | None = strawberry.field(
        description="Storage used, in gigabytes; null where the upstream does not say."
    )


@strawberry.type(description="What one resource cost on one day.", directives=[FREE])
class UsageCostItem:
    """One entity on one day."""

    date: dt.date = strawberry.field(description="The day, in UTC.")
    entity_kind: str = strawberry.field(
        description="`datawarehouse`, `service` or `clickpipe`; new words pass through."
    )
    entity_id: str = strawberry.field(description="The resource's id at the upstream.")
    entity_name: str | None = strawberry.field(description="The resource's name; null where it has none.")
    total: float = strawberry.field(description="What it cost, in the unit of the whole.")
    locked: bool = strawberry.field(description="True where the figure is final.")
    metrics: JSON = strawberry.field(description="What the total consists of, by the upstream's own words.")


@strawberry.type(
    description="What the span of time cost (ClickHouse Cloud). Ranges longer than the upstream's 31 days are asked in "
    "several calls and added."
)
class UsageCost:
    """The sum, and what it consists of."""

    upstream: Upstream = strawberry.field(description="The upstream that bills it.")
    total: float = strawberry.field(description="The sum over the whole span.")
    unit: str = strawberry.field(description="What is counted: `CHC`, ClickHouse Credits.")
    items: list[UsageCostItem] = strawberry.field(description="One per resource and day.")


class ReportsConsumption(Serves):
    """An upstream that counts what is consumed by month."""

    grants = (Capability.READ_CONSUMPTION,)

    @abstractmethod
    async def consumption(self, native_id: str) -> list[MonthlyConsumption]:
        """The months that the upstream tells, in its order."""


class ReportsCost(Serves):
    """An upstream that tells what was spent."""

    grants = (Capability.READ_COST,)

    @abstractmethod
    async def cost(self, native_id: str, window: Window) -> UsageCost:
        """All days that the window touches.

        Raises:
            BadUserInput: The window is longer than the gateway asks for at once.
        """
