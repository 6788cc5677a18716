"""Losant's usage reports against its stand-in: what the gateway reads is what the REST API says."""

import datetime as dt
from itertools import pairwise

import pytest

from gateway.sandbox.world.links import ACME_LOSANT, NORTHWIND_LOSANT
from gateway.sandbox.world.losant import ODD
from resolvers.device_usage import Resolution, Window
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOSANT = Upstream.LOSANT


def span(window: Window) -> dict[str, str]:
    moments = {"start": window.since, "end": window.until}
    return {name: str(int(moment.timestamp() * 1000)) for name, moment in moments.items()}


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def losant(bench):
    return bench.adapter(LOSANT)


class TestReportsDeviceCounts:
    async def test_a_day_has_a_row(self, losant, bench, window) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}/deviceCounts", **span(window))
        rows = await losant.device_counts(ACME_LOSANT, window)
        assert [(row.date, row.created, row.deleted, row.total) for row in rows] == [
            (instant(each["date"]), each["created"], each["deleted"], each["total"]) for each in raw["counts"]
        ]
        assert len(rows) >= 30
        assert {row.date.utcoffset() for row in rows} == {dt.timedelta(0)}

    async def test_a_total_beyond_two_to_the_53_is_exact(self, losant, bench, window) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ODD}/deviceCounts", **span(window))
        rows = await losant.device_counts(ODD, window)
        assert [row.total for row in rows] == [each["total"] for each in raw["counts"]]
        assert max(row.total for row in rows) > 2**53


class TestReportsPayloadCounts:
    async def test_the_totals_are_sums(self, losant, bench, window) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{NORTHWIND_LOSANT}/payloadCounts", **span(window))
        counts = await losant.payload_counts(NORTHWIND_LOSANT, window, as_bytes=False)
        given = {
            category.category: {each.source: each.value for each in category.sources} for category in counts.categories
        }
        assert given == raw
        assert {each.category: each.total for each in counts.categories} == {
            name: sum(sources.values()) for name, sources in raw.items()
        }
        assert counts.total == sum(sum(sources.values()) for sources in raw.values()) > 0

    async def test_bytes_are_not_payloads(self, losant, window) -> None:
        payloads = await losant.payload_counts(NORTHWIND_LOSANT, window, as_bytes=False)
        in_bytes = await losant.payload_counts(NORTHWIND_LOSANT, window, as_bytes=True)
        assert in_bytes.total > payloads.total

    async def test_unknown_words_and_great_numbers_pass_through(self, losant, window) -> None:
        counts = await losant.payload_counts(ODD, window, as_bytes=False)
        assert "quantumState" in {category.category for category in counts.categories}
        assert counts.total > 2**53
        assert counts.total == sum(each.value for category in counts.categories for each in category.sources)

    async def test_a_breakdown_is_by_hour_or_by_day(self, losant, window) -> None:
        by = {
            resolution: await losant.payload_counts_breakdown(
                NORTHWIND_LOSANT, window, resolution, as_bytes=False, include_non_billable=False
            )
            for resolution in Resolution
        }
        for resolution, rows in by.items():
            steps = {later.date - sooner.date for sooner, later in pairwise(rows)}
            assert steps == {dt.timedelta(milliseconds=resolution.value)}

    async def test_what_is_not_billed_can_be_counted_too(self, losant, window) -> None:
        totals = [
            sum(
                row.value
                for row in await losant.payload_counts_breakdown(
                    NORTHWIND_LOSANT, window, Resolution.DAY, as_bytes=False, include_non_billable=included
                )
            )
            for included in (False, True)
        ]
        assert totals[0] < totals[1]


class TestReportsNotebookMinutes:
    async def test_a_day_has_a_row(self, losant, bench, window) -> None:
        raw = await bench.rest(LOSANT, f"/orgs/{ACME_LOSANT}/notebookMinuteCounts", **span(window))
        rows = await losant.notebook_minutes(ACME_LOSANT, window)
        given = [(r.date, r.minutes, r.completed, r.canceled, r.errored, r.timed_out) for r in rows]
        names = ("minutes", "completed", "canceled", "errored", "timeout")
        assert given == [(instant(each["date"]), *(each[name] for name in names)) for each in raw["counts"]]
        assert sum(row.minutes for row in rows) > 0
