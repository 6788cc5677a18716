"""Usage: windows, and figures that agree with each other however they are asked for."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest

from gateway.sandbox.world.links import ACME_LOSANT, NORTHWIND_LOSANT
from gateway.sandbox.world.losant import ODD

pytestmark = pytest.mark.anyio

ORG = f"/orgs/{NORTHWIND_LOSANT}"


def ms(*at: int) -> str:
    return str(int(datetime(*at, tzinfo=UTC).timestamp() * 1000))  # type: ignore[misc,arg-type] # year to minute


async def ask(client: httpx.AsyncClient, call: str, org: str = ORG, **query: str) -> Any:
    response = await client.get(f"{org}/{call}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def total(counts: dict[str, dict[str, int]]) -> int:
    return sum(number for sources in counts.values() for number in sources.values())


async def test_the_default_window_is_the_last_thirty_days(losant: httpx.AsyncClient) -> None:
    body = await ask(losant, "deviceCounts")

    assert (body["start"], body["end"]) == ("2025-05-12T12:30:00.000Z", "2025-06-11T12:30:00.000Z")
    assert [row["date"][:10] for row in body["counts"]][:2] == ["2025-05-12", "2025-05-13"]
    assert len(body["counts"]) == 31


async def test_values_up_to_zero_are_relative_to_now(losant: httpx.AsyncClient) -> None:
    relative = await ask(losant, "deviceCounts", start="-172800000", end="0")
    absolute = await ask(losant, "deviceCounts", start=ms(2025, 6, 9, 12, 30), end=ms(2025, 6, 11, 12, 30))

    assert relative == absolute
    assert len(relative["counts"]) == 3


async def test_device_totals_follow_from_what_was_created_and_deleted(losant: httpx.AsyncClient) -> None:
    rows = (await ask(losant, "deviceCounts"))["counts"]

    for before, row in pairwise(rows):
        assert row["total"] == before["total"] + row["created"] - row["deleted"]
    assert (await losant.get(ORG)).json()["summary"]["deviceCount"] == rows[-1]["total"]


async def test_a_day_is_the_same_in_every_window(losant: httpx.AsyncClient) -> None:
    for call in ("deviceCounts", "notebookMinuteCounts", "payloadCountsBreakdown"):
        wide = (await ask(losant, call, start=ms(2025, 4, 1), end=ms(2025, 6, 30)))["counts"]
        narrow = (await ask(losant, call, start=ms(2025, 5, 3), end=ms(2025, 5, 4, 23, 59)))["counts"]
        assert [row for row in wide if row["date"][:10] in ("2025-05-03", "2025-05-04")] == narrow


async def test_the_breakdown_sums_to_the_totals_by_day_and_by_hour(losant: httpx.AsyncClient) -> None:
    for window in ({}, {"start": ms(2025, 6, 2, 7, 15), "end": ms(2025, 6, 4, 3, 5)}, {"start": "-3600000"}):
        for as_bytes in ("false", "true"):
            query = {**window, "asBytes": as_bytes}
            expected = total(await ask(losant, "payloadCounts", **query))
            days = await ask(losant, "payloadCountsBreakdown", **query)
            hours = await ask(losant, "payloadCountsBreakdown", **query, resolution="3600000")
            assert sum(row["value"] for row in days["counts"]) == expected
            assert sum(row["value"] for row in hours["counts"]) == expected
            assert expected > 0


async def test_an_hourly_breakdown_has_a_row_for_each_hour(losant: httpx.AsyncClient) -> None:
    window = {"start": ms(2025, 6, 2), "end": ms(2025, 6, 3, 1)}

    rows = (await ask(losant, "payloadCountsBreakdown", **window, resolution="3600000"))["counts"]

    assert [row["date"] for row in rows][:2] == ["2025-06-02T00:00:00.000Z", "2025-06-02T01:00:00.000Z"]
    assert len(rows) == 26


async def test_bytes_and_non_billable_payloads_are_more(losant: httpx.AsyncClient) -> None:
    async def value(**query: str) -> int:
        return sum(row["value"] for row in (await ask(losant, "payloadCountsBreakdown", **query))["counts"])

    assert await value(asBytes="true") > await value()
    assert await value(includeNonBillable="true") > await value(includeNonBillable="false")


async def test_the_summarys_payloads_are_those_of_the_period(losant: httpx.AsyncClient) -> None:
    summary = (await losant.get(ORG, params={"summaryInclude": "payloadCount,notebookStats"})).json()["summary"]
    minutes = (await ask(losant, "notebookMinuteCounts", start=ms(2025, 6, 1)))["counts"]

    assert summary["payloadCount"] == await ask(losant, "payloadCounts", start=ms(2025, 6, 1))
    assert summary["notebookStats"]["minutesThisPeriod"] == sum(row["minutes"] for row in minutes)


async def test_there_is_data_for_ninety_days_and_none_for_tomorrow(losant: httpx.AsyncClient) -> None:
    org = f"/orgs/{ACME_LOSANT}"
    rows = (await ask(losant, "payloadCountsBreakdown", org=org, start="-7776000000", end=ms(2025, 6, 30)))["counts"]

    assert len(rows) == 91
    assert rows[-1]["date"] == "2025-06-11T00:00:00.000Z"
    assert min(row["value"] for row in rows) > 0


async def test_nothing_was_used_before_the_organization_was_there(losant: httpx.AsyncClient) -> None:
    made = (await losant.post("/orgs", json={"name": "New"})).json()

    rows = (await ask(losant, "deviceCounts", org=f"/orgs/{made['id']}"))["counts"]

    assert rows == [{"date": "2025-06-11T00:00:00.000Z", "created": 0, "deleted": 0, "total": 0}]
    assert await ask(losant, "payloadCounts", org=f"/orgs/{made['id']}") == {}
    assert await ask(losant, "payloadCounts", start="1", end="2") == {}


async def test_counts_can_be_larger_than_a_float_can_hold(losant: httpx.AsyncClient) -> None:
    odd = f"/orgs/{ODD}"
    counts = await ask(losant, "payloadCounts", org=odd)
    rows = (await ask(losant, "payloadCountsBreakdown", org=odd))["counts"]

    assert counts["deviceState"]["device.mqtt"] > 2**53
    assert "quantumState" in counts
    assert sum(row["value"] for row in rows) == total(counts)


@pytest.mark.parametrize(
    ("call", "query"),
    [
        ("deviceCounts", {"start": "yesterday"}),
        ("deviceCounts", {"start": "2025-06-01"}),
        ("notebookMinuteCounts", {"start": "0", "end": "-1000"}),
        ("deviceCounts", {"end": "999999999999999"}),
        ("payloadCounts", {"asBytes": "True"}),
        ("payloadCountsBreakdown", {"resolution": "60000"}),
        ("payloadCountsBreakdown", {"includeNonBillable": "1"}),
    ],
)
async def test_a_query_out_of_shape_is_refused(losant: httpx.AsyncClient, call: str, query: dict[str, str]) -> None:
    response = await losant.get(f"{ORG}/{call}", params=query)

    assert response.status_code == 400
    assert response.json()["type"] == "Validation"
