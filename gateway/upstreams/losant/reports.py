"""Losant's usage reports: counts by day, hour, category and source."""

from collections.abc import Coroutine
from typing import Any, cast

import msgspec

from gateway.upstreams.loading import loaded
from gateway.upstreams.losant.asking import LosantCalls, PayloadStats, flag, span
from gateway.upstreams.making import Making
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
from resolvers.gathering import Given
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


class LosantPayloadCounts(msgspec.Struct, gc=False):
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


def _payloads(_native_id: str, stats: PayloadStats) -> LosantPayloadCounts:
    return LosantPayloadCounts(sum(map(sum, map(dict.values, stats.values()))), stats)


def _sound_payloads(native_id: str, stats: PayloadStats) -> LosantPayloadCounts:
    for sources in all_sound(stats.values()):
        all_sound(sources.values())
    return _payloads(native_id, stats)


def _rows(upstream: Upstream, form: type[DeviceCounts | PayloadCountsBreakdown]) -> Making[Any]:
    """A report whose rows stand in for the graph's own; none of them may be missing."""
    return Making(upstream, form, lambda _, report: report.counts, lambda _, report: all_sound(report.counts))


_DEVICES: Making[list[DeviceCount]] = _rows(Upstream.LOSANT, DeviceCounts)
_NOTEBOOKS = Shape(Upstream.LOSANT, NotebookMinuteCounts)
_PAYLOADS = cast("Making[PayloadCounts]", Making(Upstream.LOSANT, PayloadStats, _payloads, _sound_payloads))
_BREAKDOWN: Making[list[PayloadCount]] = _rows(Upstream.LOSANT, PayloadCountsBreakdown)


class LosantReports(LosantCalls, ReportsDeviceCounts, ReportsPayloadCounts, ReportsNotebookMinutes):
    """What devices and notebooks used."""

    @loaded
    def device_counts(self, native_id: str, window: Window) -> Given[list[DeviceCount]]:
        """One call."""
        parts = ("orgs", native_id, "deviceCounts")
        return self.get(_DEVICES, "org.deviceCounts", parts, span(window), native_id=native_id)

    @loaded
    async def notebook_minutes(self, native_id: str, window: Window) -> list[NotebookMinutes]:
        """One call."""
        parts = ("orgs", native_id, "notebookMinuteCounts")
        counts = await self.get(_NOTEBOOKS, "org.notebookMinuteCounts", parts, span(window), native_id=native_id)
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
        return self._payload_counts(native_id, window, as_bytes)

    @loaded
    def _payload_counts(self, native_id: str, window: Window, as_bytes: bool) -> Given[PayloadCounts]:
        query = (*span(window), ("asBytes", flag(as_bytes)))
        parts = ("orgs", native_id, "payloadCounts")
        return self.get(_PAYLOADS, "org.payloadCounts", parts, query, native_id=native_id)

    def payload_counts_breakdown(
        self, native_id: str, window: Window, resolution: Resolution, *, as_bytes: bool, include_non_billable: bool
    ) -> Coroutine[Any, Any, list[PayloadCount]]:
        """One call."""
        return self._breakdown(native_id, window, resolution, as_bytes, include_non_billable)

    @loaded
    def _breakdown(
        self,
        native_id: str,
        window: Window,
        resolution: Resolution,
        as_bytes: bool,
        include_non_billable: bool,
    ) -> Given[list[PayloadCount]]:
        query = (
            *span(window),
            ("resolution", str(resolution.value)),
            ("asBytes", flag(as_bytes)),
            ("includeNonBillable", flag(include_non_billable)),
        )
        parts = ("orgs", native_id, "payloadCountsBreakdown")
        return self.get(_BREAKDOWN, "org.payloadCountsBreakdown", parts, query, native_id=native_id)
