"""What adapters tell the cache: whom a call concerns, and what its answer should look like."""

import json

import httpx
import pytest

from resolvers.errors import UpstreamInvalidResponse
from resolvers.identity import Upstream
from resolvers.profiles import ListsOrganizations

pytestmark = pytest.mark.anyio


@pytest.fixture(params=list(Upstream), ids=lambda each: each.word)
def upstream(request: pytest.FixtureRequest) -> Upstream:
    found: Upstream = request.param
    return found


async def test_what_any_read_was_answered_is_kept_whole(benches, reads, acme, upstream):
    bench = benches(cache={"fresh_seconds": 600.0})
    kinds = [kind for kind in reads if isinstance(bench.adapter(upstream), kind)]
    assert len(kinds) > 2
    for kind in kinds:
        await reads[kind](bench.adapter(upstream), acme[upstream])
    asked = bench.sent
    for kind in kinds:
        await reads[kind](bench.adapter(upstream), acme[upstream])

    assert asked > 2
    assert bench.sent == asked


async def test_every_read_names_its_organization_and_a_list_names_none(bench, reads, acme, upstream):
    for kind, read in reads.items():
        surroundings = bench.surroundings()
        adapter = surroundings.adapters[upstream]
        if isinstance(adapter, kind):
            await read(adapter, acme[upstream])
            named = {errand.organizations for errand in surroundings._errands.all}  # noqa: SLF001  no one else tells
            assert named == {() if kind is ListsOrganizations else (acme[upstream],)}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"error": "NOT_FOUND"},
        {"result": {"id": "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10", "name": 7}},
        {"result": None},
        [],
        "ok",
        None,
    ],
)
async def test_an_answer_with_a_part_that_does_not_fit_is_not_kept(benches, acme, body):
    bench = benches(cache={"fresh_seconds": 600.0})
    recorder = bench.recorders[Upstream.CLICKHOUSE]
    recorder.instead = lambda _: httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))
    try:
        told = (await bench.adapter(Upstream.CLICKHOUSE).profile(acme[Upstream.CLICKHOUSE])).name
    except UpstreamInvalidResponse as failure:
        told = failure
    assert isinstance(told, UpstreamInvalidResponse)
    recorder.instead = lambda _: None

    profile = await bench.adapter(Upstream.CLICKHOUSE).profile(acme[Upstream.CLICKHOUSE])
    assert profile.name == "Acme Analytics"
