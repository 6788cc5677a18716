"""What an organization's devices and notebooks used, as Losant counts it."""

import datetime as dt
from abc import abstractmethod
from enum import Enum

import msgspec
import strawberry

from resolvers.capabilities import Capability, Serves
from resolvers.costs import FREE
from resolvers.scalars import BigInt


class Window(msgspec.Struct, frozen=True, gc=False):
    """A span of time: from `since`, inclusive, to `until`."""

    since: dt.datetime
    until: dt.datetime


@strawberry.enum(description="How finely a span of time is counted.")
class Resolution(Enum):
    """The value is in milliseconds."""

    HOUR = strawberry.enum_value(3_600_000, description="One value per hour.")
    DAY = strawberry.enum_value(86_400_000, description="One value per day, in UTC.")


@strawberry.type(description="The devices of one day (Losant).", directives=[FREE])
class DeviceCount:
    """One day."""

    date: dt.datetime = strawberry.field(description="The start of the day, in UTC.")
    created: BigInt = strawberry.field(description="Devices that were created on it.")
    deleted: BigInt = strawberry.field(description="Devices that were deleted on it.")
    total: BigInt = strawberry.field(description="Devices that there were at its end.")


@strawberry.type(description="The notebook runs of one day (Losant).", directives=[FREE])
class NotebookMinutes:
    """One day."""

    date: dt.datetime = strawberry.field(description="The start of the day, in UTC.")
    minutes: BigInt = strawberry.field(description="Minutes that notebooks ran.")
    completed: BigInt = strawberry.field(description="Runs that ended well.")
    canceled: BigInt = strawberry.field(description="Runs that were cancelled.")
    errored: BigInt = strawberry.field(description="Runs that ended in an error.")
    timed_out: BigInt = strawberry.field(description="Runs that took too long.")


@strawberry.type(description="The payloads, or their bytes, that came from one source.", directives=[FREE])
class PayloadSource:
    """One source."""

    source: str = strawberry.field(description="The upstream's own word, such as `device.mqtt`.")
    value: BigInt = strawberry.field(description="Payloads, or bytes where `asBytes` was true.")


@strawberry.type(description="The payloads, or their bytes, of one category.", directives=[FREE])
class PayloadCategory:
    """One category."""

    category: str = strawberry.field(description="The upstream's own word, such as `deviceState`.")
    total: BigInt = strawberry.field(description="The sum over its sources.")
    sources: list[PayloadSource] = strawberry.field(description="Where they came from.")


@strawberry.type(description="The payloads, or their bytes, of the whole span of time (Losant).")
class PayloadCounts:
    """The sum, and what it consists of."""

    total: BigInt = strawberry.field(description="The sum over all categories.")
    categories: list[PayloadCategory] = strawberry.field(description="Those categories that had any.")


@strawberry.type(description="The payloads, or their bytes, of one hour or day (Losant).", directives=[FREE])
class PayloadCount:
    """One hour or day."""

    date: dt.datetime = strawberry.field(description="The start of the hour or day, in UTC.")
    value: BigInt = strawberry.field(description="Payloads, or bytes where `asBytes` was true.")


class ReportsDeviceCounts(Serves):
    """An upstream that counts devices by day."""

    grants = (Capability.READ_DEVICE_COUNTS,)

    @abstractmethod
    async def device_counts(self, native_id: str, window: Window) -> list[DeviceCount]:
        """One per day, in order."""


class ReportsPayloadCounts(Serves):
    """An upstream that counts payloads."""

    grants = (Capability.READ_PAYLOAD_COUNTS,)

    @abstractmethod
    async def payload_counts(self, native_id: str, window: Window, *, as_bytes: bool) -> PayloadCounts:
        """The whole window's, by category and source."""

    @abstractmethod
    async def payload_counts_breakdown(
        self, native_id: str, window: Window, resolution: Resolution, *, as_bytes: bool, include_non_billable: bool
    ) -> list[PayloadCount]:
        """One per hour or day, in order."""


class ReportsNotebookMinutes(Serves):
    """An upstream that counts notebook runs by day."""

    grants = (Capability.READ_NOTEBOOK_MINUTES,)

    @abstractmethod
    async def notebook_minutes(self, native_id: str, window: Window) -> list[NotebookMinutes]:
        """One per day, in order."""
