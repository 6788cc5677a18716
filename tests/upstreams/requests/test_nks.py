"""The requests to NKS, as the vendor documents them."""

import asyncio
import json

import httpx
import pytest

from resolvers.errors import NotFound, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

NKS = Upstream.NKS
READS = {
    "get": (lambda it: it.profile("3880"), "/orgs/3880"),
    "members": (lambda it: it.members("3880"), "/orgs/3880/members"),
    "member": (lambda it: it.member("3880", "6011"), "/orgs/3880/members/6011"),
    "member, with noughts before it": (lambda it: it.member("3880", "0006011"), "/orgs/3880/members/6011"),
    "list": (lambda it: anext(it.listing()), "/orgs"),
    "greeting": (lambda it: it.greet(), "/orgs"),
}


@pytest.mark.parametrize(("ask", "path"), READS.values(), ids=READS)
async def test_a_read_is_sent_as_documented(sends, ask, path: str) -> None:
    sent = await sends(NKS, ask)
    assert (sent.method, sent.path, sent.query) == ("GET", path, {})
    assert sent.headers["Authorization"] == "Bearer NKS_API_TOKEN"
    assert sent.headers["Accept"] == "application/json"
    assert not {"Content-Type", "Accept-Version"} & set(sent.headers)


async def test_two_organizations_are_one_list(bench) -> None:
    one = bench.adapter(NKS)
    profiles = await asyncio.gather(*map(one.profile, ("2", "3880")))
    assert [profile.native_id for profile in profiles] == ["2", "3880"]
    assert bench.calls(NKS) == ["GET /orgs"]


async def test_what_the_list_leaves_out_is_asked_for_alone(bench) -> None:
    body = json.dumps([{"pk": 2, "name": "Listed"}, {"pk": "broken"}, 7]).encode()
    bench.recorders[NKS].instead = lambda sent: (
        httpx.Response(200, stream=httpx.ByteStream(body)) if sent.path == "/orgs" else None
    )
    one = bench.adapter(NKS)
    outcomes = await asyncio.gather(*map(one.profile, ("2", "3880", "987654321")), return_exceptions=True)
    assert [getattr(each, "name", None) for each in outcomes] == ["Listed", "Payments Platform", None]
    assert isinstance(outcomes[2], NotFound)
    assert bench.calls(NKS)[0] == "GET /orgs"
    assert sorted(bench.calls(NKS)[1:]) == ["GET /orgs/3880", "GET /orgs/987654321"]


async def test_a_list_that_fails_fails_all_that_were_wanted_of_it(bench) -> None:
    bench.recorders[NKS].instead = lambda _: httpx.Response(503, stream=httpx.ByteStream(b""))
    one = bench.adapter(NKS)
    outcomes = await asyncio.gather(*map(one.profile, ("2", "3880")), return_exceptions=True)
    assert [type(each) for each in outcomes] == [UpstreamUnavailable] * 2
    assert bench.calls(NKS) == ["GET /orgs"] * 3


async def test_members_of_several_organizations_are_asked_for_at_the_same_time(bench) -> None:
    one = bench.adapter(NKS)
    await asyncio.gather(*map(one.members, ("2", "3880", "2")))
    assert sorted(bench.calls(NKS)) == ["GET /orgs/2/members", "GET /orgs/3880/members"]
