"""ClickHouse Cloud's usage cost: by day and resource, at most 31 days in one answer."""

import asyncio
import datetime as dt
import math

import msgspec

from gateway.upstreams.clickhouse.asking import ClickHouseCalls, Envelope
from gateway.upstreams.loading import loaded
from gateway.upstreams.reading import Shape, free, sound, text
from resolvers.device_usage import Window
from resolvers.errors import BadUserInput, UpstreamInvalidResponse
from resolvers.gathering import Given
from resolvers.identity import Upstream
from resolvers.spending import ReportsCost, UsageCost, UsageCostItem

MOST_DAYS_AT_ONCE = 31
MOST_CALLS = 13
"""Thirteen months' worth: the upstream takes ten requests in ten seconds, and other fields want some of them."""

_DAY = dt.timedelta(days=1)


class CostShape(msgspec.Struct, rename="camel", gc=False):
    """What one resource cost on one day."""

    date: dt.date
    entity_type: str
    entity_id: str
    total: float = msgspec.field(name="totalCHC")
    entity_name: str | None = None
    locked: bool = False
    metrics: dict[str, float] | None = None


class UsageCostShape(msgspec.Struct, rename="camel", gc=False):
    """A window's cost. An older description has one object in the place of the list."""

    grand_total: float = msgspec.field(name="grandTotalCHC")
    costs: list[CostShape] | CostShape = []


_COST = Shape(Upstream.CLICKHOUSE, Envelope[UsageCostShape])

_Days = tuple[dt.date, dt.date]
"""The first and the last day, inclusive."""


class ClickHouseCost(ClickHouseCalls, ReportsCost):
    """What was spent, in ClickHouse Credits."""

    async def cost(self, native_id: str, window: Window) -> UsageCost:
        """One call per 31 days, made at the same time and added."""
        spans = _spans(window)
        if len(spans) > MOST_CALLS:
            raise BadUserInput(
                f"The cost of at most {MOST_CALLS * MOST_DAYS_AT_ONCE} days can be asked for at once.",
                upstream=Upstream.CLICKHOUSE,
            )
        parts = await asyncio.gather(*(self._cost(native_id, *span) for span in spans))
        items: list[UsageCostItem] = []
        for each in parts:
            costs = each.costs
            items += [_item(shape) for shape in map(sound, costs if isinstance(costs, list) else [costs])]
        try:
            total = math.fsum(each.grand_total for each in parts)
        except OverflowError:
            raise UpstreamInvalidResponse(
                "ClickHouse Cloud sent costs that no number can hold.", upstream=Upstream.CLICKHOUSE
            ) from None
        return UsageCost(upstream=Upstream.CLICKHOUSE, total=total, unit="CHC", items=items)

    @loaded
    def _cost(self, native_id: str, first: dt.date, last: dt.date) -> Given[UsageCostShape]:
        query = (("from_date", first.isoformat()), ("to_date", last.isoformat()))
        return self.read(_COST, "usageCost", native_id, ("usageCost",), query)


def _spans(window: Window) -> list[_Days]:
    """The days that the window touches; its end is exclusive, so that a whole month is no day more."""
    first = window.since.date()
    last = (window.until - dt.timedelta(microseconds=1)).date() if window.until > window.since else first
    days = (last - first).days + 1
    return [
        (first + start * _DAY, first + (min(start + MOST_DAYS_AT_ONCE, days) - 1) * _DAY)
        for start in range(0, days, MOST_DAYS_AT_ONCE)
    ]


def _item(shape: CostShape) -> UsageCostItem:
    metrics = sound(shape.metrics)
    return UsageCostItem(
        date=shape.date,
        entity_kind=shape.entity_type,
        entity_id=shape.entity_id,
        entity_name=text(shape.entity_name),
        total=shape.total,
        locked=shape.locked,
        metrics=free(metrics or {}),
    )
