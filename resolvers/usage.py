"""Usage: what an organization used in a span of time. Each field is an upstream call of its own."""

import datetime as dt
from functools import lru_cache
from typing import Annotated

import strawberry

from resolvers.context import Info
from resolvers.costs import FREE, ONE_CALL, calls
from resolvers.device_usage import (
    DeviceCount,
    NotebookMinutes,
    PayloadCount,
    PayloadCounts,
    ReportsDeviceCounts,
    ReportsNotebookMinutes,
    ReportsPayloadCounts,
    Resolution,
    Window,
)
from resolvers.errors import BadUserInput
from resolvers.identity import OrganizationRef
from resolvers.merging import first
from resolvers.spending import MonthlyConsumption, ReportsConsumption, ReportsCost, UsageCost

DEFAULT_WINDOW = dt.timedelta(days=30)

AsBytes = Annotated[bool | None, strawberry.argument(description="Count bytes in place of payloads.")]


@strawberry.type(
    description="What the organization used in a span of time. Each field is its own upstream call, made only when "
    "it is selected; null without an error where no linked upstream has it.",
    directives=[FREE],
)
class Usage:
    """The window, and one field per report."""

    ref: strawberry.Private[OrganizationRef]
    window: strawberry.Private[Window]

    @strawberry.field(name="from", description="The start of the span.")
    def since(self) -> dt.datetime:
        """Inclusive."""
        return self.window.since

    @strawberry.field(name="to", description="The end of the span.")
    def until(self) -> dt.datetime:
        """As given, or the minute in which the operation began."""
        return self.window.until

    @strawberry.field(description="Devices by day (Losant).", directives=[ONE_CALL])
    async def device_counts(self, info: Info) -> list[DeviceCount] | None:
        """One call per organization and window."""
        return await first(
            info.context,
            self.ref,
            ReportsDeviceCounts,
            lambda adapter, native_id: adapter.device_counts(native_id, self.window),
        )

    @strawberry.field(description="Payloads by category and source (Losant).", directives=[ONE_CALL])
    async def payload_counts(self, info: Info, as_bytes: AsBytes = False) -> PayloadCounts | None:
        """One call per organization, window and unit."""
        return await first(
            info.context,
            self.ref,
            ReportsPayloadCounts,
            lambda adapter, native_id: adapter.payload_counts(native_id, self.window, as_bytes=bool(as_bytes)),
        )

    @strawberry.field(description="Payloads by hour or day (Losant).", directives=[ONE_CALL])
    async def payload_counts_breakdown(
        self,
        info: Info,
        resolution: Annotated[
            Resolution | None, strawberry.argument(description="By hour or by day.")
        ] = Resolution.DAY,
        as_bytes: AsBytes = False,
        include_non_billable: Annotated[
            bool | None, strawberry.argument(description="Count payloads that are not billed, too.")
        ] = False,
    ) -> list[PayloadCount] | None:
        """One call per organization, window and set of arguments."""
        return await first(
            info.context,
            self.ref,
            ReportsPayloadCounts,
            lambda adapter, native_id: adapter.payload_counts_breakdown(
                native_id,
                self.window,
                resolution or Resolution.DAY,
                as_bytes=bool(as_bytes),
                include_non_billable=bool(include_non_billable),
            ),
        )

    @strawberry.field(description="Notebook runs by day (Losant).", directives=[ONE_CALL])
    async def notebook_minutes(self, info: Info) -> list[NotebookMinutes] | None:
        """One call per organization and window."""
        return await first(
            info.context,
            self.ref,
            ReportsNotebookMinutes,
            lambda adapter, native_id: adapter.notebook_minutes(native_id, self.window),
        )

    @strawberry.field(
        description="Calls and storage by month (Locktera). The upstream tells its current month whatever the span.",
        directives=[ONE_CALL],
    )
    async def consumption(self, info: Info) -> list[MonthlyConsumption] | None:
        """One call per organization."""
        return await first(
            info.context, self.ref, ReportsConsumption, lambda adapter, native_id: adapter.consumption(native_id)
        )

    @strawberry.field(description="What was spent, by resource and day (ClickHouse Cloud).", directives=[calls(2)])
    async def cost(self, info: Info) -> UsageCost | None:
        """One call per organization and 31 days."""
        return await first(
            info.context, self.ref, ReportsCost, lambda adapter, native_id: adapter.cost(native_id, self.window)
        )


@lru_cache(maxsize=256)
def window(now: dt.datetime, since: dt.datetime | None, until: dt.datetime | None) -> Window:
    """The span of time that is asked for; the last 30 days where nothing is said.

    An operation asks for the same of every organization.

    Raises:
        BadUserInput: It ends before it begins.
    """
    until = until or max(now, since or now)
    try:
        since = since or until - DEFAULT_WINDOW
    except OverflowError:
        raise BadUserInput("`to` lies before all time that can be written.") from None
    if since > until:
        raise BadUserInput("`from` must not lie behind `to`.")
    return Window(since, until)
