"""Losant's usage reports: counts by day, hour, category and source."""

from collections.abc import Coroutine
from typing import Any

import msgspec

from gateway.upstreams.loading import EachLoader
from gateway.upstreams.losant.asking import LosantCalls, PayloadStats, flag, span
from gateway.upstreams.once import once
from gateway.upstreams.reading import Instant, Shape, all_sound
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


class LosantPayloadCounts(msgspec.Struct):
    """The sum, which Losant does not give, and what it consists of; it stands in for `PayloadCounts`."""

    total: int
    stats: PayloadStats

    @property
    def categories(self) -> list[PayloadCategory]:
        """With the sums, which Losant does not give either."""
        return [
            PayloadCategory(
                category=category,
                total=BigInt(sum(sources.values())),
                sources=[PayloadSource(source=source, value=BigInt(value)) for source, value in sources.items()],
            )
            for category, sources in self.stats.items()
        ]


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

    def device_counts(self, native_id: str, window: Window) -> Coroutine[Any, Any, list[DeviceCount]]:
        """One call."""
        return self._device_counts.load((native_id, window))

    @once
    def _device_counts(self) -> EachLoader[tuple[str, Window], list[DeviceCount]]:
        return EachLoader(self._read_device_counts)

    async def _read_device_counts(self, key: tuple[str, Window]) -> list[DeviceCount]:
        native_id, window = key
        counts = await self.read(_DEVICES, "org.deviceCounts", (native_id, "deviceCounts"), span(window))
        return all_sound(counts.counts)  # type: ignore[return-value]  # they stand in for them

    def notebook_minutes(self, native_id: str, window: Window) -> Coroutine[Any, Any, list[NotebookMinutes]]:
        """One call."""
        return self._notebook_minutes.load((native_id, window))

    @once
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

    def payload_counts(self, native_id: str, window: Window, *, as_bytes: bool) -> Coroutine[Any, Any, PayloadCounts]:
        """One call."""
        return self._payload_counts.load((native_id, window, as_bytes))

    @once
    def _payload_counts(self) -> EachLoader[tuple[str, Window, bool], PayloadCounts]:
        return EachLoader(self._read_payload_counts)

    async def _read_payload_counts(self, key: tuple[str, Window, bool]) -> PayloadCounts:
        native_id, window, as_bytes = key
        query = (*span(window), ("asBytes", flag(as_bytes)))
        stats = await self.read(_PAYLOADS, "org.payloadCounts", (native_id, "payloadCounts"), query)
        total = sum([sum(all_sound(sources.values())) for sources in all_sound(stats.values())])
        return LosantPayloadCounts(total, stats)  # type: ignore[return-value]  # it stands in for them

    def payload_counts_breakdown(
        self, native_id: str, window: Window, resolution: Resolution, *, as_bytes: bool, include_non_billable: bool
    ) -> Coroutine[Any, Any, list[PayloadCount]]:
        """One call."""
        return self._breakdowns.load((native_id, window, resolution, as_bytes, include_non_billable))

    @once
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
        return all_sound(counts.counts)  # type: ignore[return-value]  # they stand in for them
