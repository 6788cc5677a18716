"""Losant's usage reports: counts by day, hour, category and source."""

from functools import cached_property
from typing import cast

import msgspec

from gateway.upstreams.loading import EachLoader
from gateway.upstreams.losant.asking import LosantCalls, PayloadStats, flag, span
from gateway.upstreams.reading import Instant, Shape, all_sound, sound
from resolvers.device_usage import (
    DeviceCount,
    NotebookMinutes,
    PayloadCategory,
    PayloadCount,
    PayloadCounts,
    PayloadSource,
    ReportsDeviceCounts,
    ReportsNotebookMinutes,
    ReportsPayloadCounts,
    Resolution,
    Window,
)
from resolvers.identity import Upstream
from resolvers.scalars import BigInt


class DeviceCountShape(msgspec.Struct, gc=False):
    """The devices of a day, in the graph's own names: it stands in for a `DeviceCount` as it is."""

    date: Instant
    created: BigInt = BigInt(0)
    deleted: BigInt = BigInt(0)
    total: BigInt = BigInt(0)


class NotebookMinutesShape(msgspec.Struct, gc=False):
    """The notebook runs of a day."""

    date: Instant
    minutes: BigInt = BigInt(0)
    completed: BigInt = BigInt(0)
    canceled: BigInt = BigInt(0)
    errored: BigInt = BigInt(0)
    timeout: BigInt = BigInt(0)


class PayloadCountShape(msgspec.Struct, gc=False):
    """The payloads of an hour or day; it stands in for a `PayloadCount` as it is."""

    date: Instant
    value: BigInt


class DeviceCounts(msgspec.Struct, gc=False):
    """The envelope of counts by day."""

    counts: list[DeviceCountShape]


class NotebookMinuteCounts(msgspec.Struct, gc=False):
    """The envelope of counts by day."""

    counts: list[NotebookMinutesShape]


class PayloadCountsBreakdown(msgspec.Struct, gc=False):
    """The envelope of counts by hour or day."""

    counts: list[PayloadCountShape]


_DEVICES = Shape(Upstream.LOSANT, DeviceCounts)
_NOTEBOOKS = Shape(Upstream.LOSANT, NotebookMinuteCounts)
_PAYLOADS = Shape(Upstream.LOSANT, PayloadStats)
_BREAKDOWN = Shape(Upstream.LOSANT, PayloadCountsBreakdown)


class LosantReports(LosantCalls, ReportsDeviceCounts, ReportsPayloadCounts, ReportsNotebookMinutes):
    """What devices and notebooks used."""

    async def device_counts(self, native_id: str, window: Window) -> list[DeviceCount]:
        """One call."""
        return await self._device_counts.load((native_id, window))

    @cached_property
    def _device_counts(self) -> EachLoader[tuple[str, Window], list[DeviceCount]]:
        return EachLoader(self._read_device_counts)

    async def _read_device_counts(self, key: tuple[str, Window]) -> list[DeviceCount]:
        native_id, window = key
        counts = await self.read(_DEVICES, "org.deviceCounts", (native_id, "deviceCounts"), span(window))
        return cast("list[DeviceCount]", all_sound(counts.counts))

    async def notebook_minutes(self, native_id: str, window: Window) -> list[NotebookMinutes]:
        """One call."""
        return await self._notebook_minutes.load((native_id, window))

    @cached_property
    def _notebook_minutes(self) -> EachLoader[tuple[str, Window], list[NotebookMinutes]]:
        return EachLoader(self._read_notebook_minutes)

    async def _read_notebook_minutes(self, key: tuple[str, Window]) -> list[NotebookMinutes]:
        native_id, window = key
        parts = (native_id, "notebookMinuteCounts")
        counts = await self.read(_NOTEBOOKS, "org.notebookMinuteCounts", parts, span(window))
        return [
            NotebookMinutes(
                date=row.date,
                minutes=row.minutes,
                completed=row.completed,
                canceled=row.canceled,
                errored=row.errored,
                timed_out=row.timeout,
            )
            for row in all_sound(counts.counts)
        ]

    async def payload_counts(self, native_id: str, window: Window, *, as_bytes: bool) -> PayloadCounts:
        """One call."""
        return await self._payload_counts.load((native_id, window, as_bytes))

    @cached_property
    def _payload_counts(self) -> EachLoader[tuple[str, Window, bool], PayloadCounts]:
        return EachLoader(self._read_payload_counts)

    async def _read_payload_counts(self, key: tuple[str, Window, bool]) -> PayloadCounts:
        native_id, window, as_bytes = key
        query = (*span(window), ("asBytes", flag(as_bytes)))
        return _payload_counts(await self.read(_PAYLOADS, "org.payloadCounts", (native_id, "payloadCounts"), query))

    async def payload_counts_breakdown(
        self, native_id: str, window: Window, resolution: Resolution, *, as_bytes: bool, include_non_billable: bool
    ) -> list[PayloadCount]:
        """One call."""
        return await self._breakdowns.load((native_id, window, resolution, as_bytes, include_non_billable))

    @cached_property
    def _breakdowns(self) -> EachLoader[tuple[str, Window, Resolution, bool, bool], list[PayloadCount]]:
        return EachLoader(self._read_breakdown)

    async def _read_breakdown(self, key: tuple[str, Window, Resolution, bool, bool]) -> list[PayloadCount]:
        native_id, window, resolution, as_bytes, include_non_billable = key
        query = (
            *span(window),
            ("resolution", str(resolution.value)),
            ("asBytes", flag(as_bytes)),
            ("includeNonBillable", flag(include_non_billable)),
        )
        parts = (native_id, "payloadCountsBreakdown")
        counts = await self.read(_BREAKDOWN, "org.payloadCountsBreakdown", parts, query)
        return cast("list[PayloadCount]", all_sound(counts.counts))


def _payload_counts(stats: PayloadStats) -> PayloadCounts:
    """The two levels with their sums, which Losant does not give."""
    categories = [
        PayloadCategory(
            category=category,
            total=BigInt(sum(map(sound, sound(sources).values()))),
            sources=[PayloadSource(source=source, value=BigInt(value)) for source, value in sources.items()],
        )
        for category, sources in stats.items()
    ]
    return PayloadCounts(total=BigInt(sum(each.total for each in categories)), categories=categories)
