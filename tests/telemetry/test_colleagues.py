"""Processes that tell each other's figures."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.colleagues import Colleagues

pytestmark = pytest.mark.anyio


def registry(count: float) -> CollectorRegistry:
    made = CollectorRegistry()
    Counter("done", "What was done.", ("kind",), registry=made).labels("query").inc(count)
    Gauge("running", "What runs.", registry=made).set(count)
    return made


async def told(colleagues: Colleagues, own: CollectorRegistry) -> dict[tuple[str, str], float]:
    text = generate_latest(await colleagues.together(own)).decode()
    assert text.count("# TYPE done_total counter") == 1
    families = text_string_to_metric_families(text)
    return {(each.name, each.labels["worker"]): each.value for family in families for each in family.samples}


async def test_any_of_them_tells_the_figures_of_all(tmp_path):
    one, two = (Colleagues(tmp_path, number, 2) for number in (1, 2))
    first, second = registry(3), registry(4)
    everything = {
        ("done_total", "1"): 3, ("done_total", "2"): 4, ("running", "1"): 3, ("running", "2"): 4
    }  # fmt: skip

    async with one.telling(first), two.telling(second):
        assert {k: v for k, v in (await told(one, first)).items() if "created" not in k[0]} == everything
        assert {k: v for k, v in (await told(two, second)).items() if "created" not in k[0]} == everything
    async with one.telling(first), two.telling(first):  # they were replaced
        assert (await told(one, first))["done_total", "2"] == 3


async def test_one_that_is_away_hangs_or_talks_nonsense_is_left_out(tmp_path):
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"nonsense")
        writer.close()

    async def silence(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            writer.close()

    one, own = Colleagues(tmp_path, 1, 4), registry(3)
    async with (
        await asyncio.start_unix_server(nonsense, tmp_path / "2.sock"),
        await asyncio.start_unix_server(silence, tmp_path / "3.sock"),
    ):
        assert {worker for _, worker in await told(one, own)} == {"1"}
