"""The cache and the sharing of calls in flight, through a whole gateway."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.app import Gateway
from gateway.sandbox.faults import Fault
from gateway.settings import Settings
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

KEPT = "[cache]\nfresh_seconds = 60"
SOON_OLD = "[cache]\nfresh_seconds = 0.05"
BROAD = """{
  organization(id: "acme") {
    name slug plan { id } customizations { theme } privateEndpoints { id }
    members { nodes { email } }
    invitations { nodes { email } }
    usage { consumption { month } }
  }
}"""
NAMES = '{ organization(id: "acme") { links { upstream name } } }'
RENAME = """mutation($upstreams: [Upstream!]) {
  updateOrganization(input: {organizationId: "acme", name: "Heron", upstreams: $upstreams}) {
    organization { links { upstream name } } userErrors { code }
  }
}"""
DELETE = """mutation($name: String!) {
  deleteOrganization(input: {organizationId: "northwind", upstream: LOSANT, confirmName: $name}) {
    deletedOrganizationId userErrors { code field }
  }
}"""


def fault(graph, upstream: Upstream, **members: Any) -> None:
    graph.sandbox.applications[upstream.word].state.faults.add(Fault(**members))


def repair(graph) -> None:
    for application in graph.sandbox.applications.values():
        application.state.faults.clear()


async def test_two_operations_make_one_set_of_calls(graphs):
    graph = graphs(KEPT)
    first = await graph.data(BROAD)
    asked = graph.calls
    second = await graph(BROAD)

    assert len(asked) >= 8
    assert graph.calls == []
    assert second["data"] == first
    assert second["extensions"]["cost"]["upstreamCalls"] == 0


async def test_the_cache_is_on_unless_the_settings_turn_it_off(graphs):
    on, off = graphs("[cache]"), graphs("[cache]\nfresh_seconds = 0")
    for graph in (on, off):
        await graph.data(NAMES)
        await graph.data(NAMES)

    assert off.calls != []
    assert on.gateway.settings.cache.fresh_seconds == 2.0


async def test_one_operation_can_be_read_anew_every_time(graphs):
    graph = graphs(KEPT + '\n[cache.operations]\n"nks.members.list" = 0')
    await graph.data(BROAD)
    await graph.data(BROAD)

    assert graph.calls == ["nks GET /orgs/2/members"]


async def test_a_write_in_between_has_its_own_organization_read_anew_and_no_other_upstream(written_graphs):
    graph = written_graphs(KEPT)
    await graph.data(NAMES)
    answer = await graph.data(RENAME, upstreams=["NKS"])
    names = {link["upstream"]: link["name"] for link in answer["updateOrganization"]["organization"]["links"]}
    assert names["NKS"] == "Heron"
    later = await graph.data(NAMES)

    assert {link["upstream"]: link["name"] for link in later["organization"]["links"]} == names
    assert graph.calls == ["nks GET /orgs/2"]


async def test_a_write_reads_what_it_depends_on_past_what_is_kept(written_graphs):
    graph = written_graphs(KEPT)
    known = await graph.data('{ organization(id: "northwind") { links { upstream name } } }')
    old = next(each["name"] for each in known["organization"]["links"] if each["upstream"] == "LOSANT")
    (native_id,) = (ref.native_ids["losant"] for ref in [graph.gateway.settings.organizations["northwind"]])
    record = graph.sandbox.store.get("losant.org", native_id)
    graph.sandbox.store.put("losant.org", native_id, record | {"name": "Southwind"})
    refused = await graph.data(DELETE, name=old)

    assert refused["deleteOrganization"]["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["confirmName"]}]


@pytest.mark.parametrize("status", [503, 429])
async def test_while_an_upstream_fails_what_it_last_said_is_served_and_the_answer_says_where(graphs, status):
    graph = graphs(SOON_OLD)
    before = await graph.data(BROAD)
    await asyncio.sleep(0.06)
    fault(graph, Upstream.NKS, fault="status", status=status)
    answer = await graph(BROAD)
    repair(graph)

    assert answer["data"] == before
    assert "errors" not in answer
    told = answer["extensions"]["staleness"]
    assert {(*each["path"], each["upstream"]) for each in told} == {
        ("organization", "slug", "NKS"),
        ("organization", "members", "NKS"),
    }
    assert all(0 < each["ageSeconds"] < 60 for each in told)


async def test_without_a_fault_no_staleness_is_told(graphs):
    answer = await graphs(SOON_OLD)(BROAD)

    assert "staleness" not in answer["extensions"]


async def test_every_field_that_shares_a_stale_answer_is_named_in_lists_too(graphs):
    graph = graphs(SOON_OLD)
    query = """{
      one: organization(id: "acme") { slug logoUrl }
      many: organizationsByIds(ids: ["acme"]) { slug }
      node: organization(id: "nks:2") { key }
      organizations(first: 100) { totalCount }
    }"""
    await graph.data(query)
    await asyncio.sleep(0.06)
    fault(graph, Upstream.NKS, fault="status", status=503)
    answer = await graph(query)
    repair(graph)

    told = {tuple(each["path"]) for each in answer["extensions"]["staleness"]}
    assert told >= {("one", "slug"), ("one", "logoUrl"), ("many", 0, "slug"), ("organizations",)}
    assert ("node",) not in told, "a linked organization costs no call"


async def test_a_write_serves_nothing_stale(written_graphs):
    graph = written_graphs(SOON_OLD)
    await graph.data('{ organization(id: "northwind") { links { name } } }')
    await asyncio.sleep(0.06)
    fault(graph, Upstream.LOSANT, fault="status", status=503, method="GET")
    answer = await graph.data(DELETE, name="Northwind")
    repair(graph)

    assert answer["deleteOrganization"]["userErrors"] == [{"code": "UPSTREAM_UNAVAILABLE", "field": None}]
    assert graph.writes == []


async def test_a_check_of_an_upstream_asks_it_whatever_is_kept(graphs):
    graph = graphs(KEPT)
    await graph.gateway.check()
    graph.forget()
    await graph.gateway.check()

    assert {call.partition(" ")[0] for call in graph.calls} == {each.word for each in Upstream}


class Tenants:
    """An NKS that knows each token's own organizations, and gateways that ask it with their callers' tokens.

    Attributes:
        asked: How often each token asked for each path.
        go: Answers wait for it.
    """

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.go = asyncio.Event()
        settings = Settings.model_validate(
            {
                "upstreams": {"nks": {"url": "http://127.0.0.1:9", "credentials": "caller"}},
                "organizations": {"one": {"nks": 1}},
                "callers": {"anonymous": ["read", "organizations:write"]},
                "cache": {"fresh_seconds": 60.0},
            }
        )
        routes = [Route("/orgs/1", self.answer, methods=["GET", "PATCH"])]
        transport = httpx.ASGITransport(Starlette(routes=routes))
        self.gateway = Gateway(settings, {Upstream.NKS: transport}, on_sandbox=True)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.gateway), base_url="http://gateway")

    async def answer(self, request: Request) -> JSONResponse:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.asked[token, request.method] += 1
        await self.go.wait()
        return JSONResponse({"pk": 1, "name": f"as {token} sees it, {self.asked[token, 'GET']}"})

    async def name(self, token: str) -> str:
        """What a caller with the token is told."""
        response = await self.client.post(
            "/graphql",
            json={"query": '{ organization(id: "one") { name } }'},
            headers={"Nks-Authorization": f"Bearer {token}"},
        )
        return str(response.json()["data"]["organization"]["name"])


@pytest.fixture
async def tenants() -> AsyncIterator[Tenants]:
    tenants = Tenants()
    yield tenants
    tenants.go.set()
    await tenants.client.aclose()
    await tenants.gateway.close()


async def test_two_hundred_callers_with_twenty_credentials_make_twenty_calls(tenants):
    tokens = [f"token-{number % 20}" for number in range(200)]
    asked = [asyncio.create_task(tenants.name(token)) for token in tokens]
    for _ in range(1000):
        if len(tenants.asked) == 20:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    tenants.go.set()

    assert await asyncio.gather(*asked) == [f"as {token} sees it, 1" for token in tokens]
    assert tenants.asked == dict.fromkeys({(token, "GET") for token in tokens}, 1)
    assert await tenants.name("token-7") == "as token-7 sees it, 1"
    assert await tenants.name("token-20") == "as token-20 sees it, 1"
    assert tenants.asked["token-7", "GET"] == 1


async def test_a_caller_who_leaves_takes_no_one_elses_answer_along(tenants):
    first, second = (asyncio.create_task(tenants.name("token")) for _ in range(2))
    collapsing = tenants.gateway.reach.sharing.collapsing
    for _ in range(1000):
        if collapsing.waiting == 2 and tenants.asked:
            break
        await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.wait([first])
    tenants.go.set()

    assert await second == "as token sees it, 1"
    assert tenants.asked == {("token", "GET"): 1}


async def test_a_write_with_one_credential_drops_what_is_kept_for_another(tenants):
    tenants.go.set()
    assert await tenants.name("reader") == "as reader sees it, 1"
    assert await tenants.name("reader") == "as reader sees it, 1"
    query = 'mutation { updateOrganization(input: {organizationId: "one", name: "Heron"}) { userErrors { code } } }'
    response = await tenants.client.post(
        "/graphql", json={"query": query}, headers={"Nks-Authorization": "Bearer writer"}
    )
    assert response.json()["data"] == {"updateOrganization": {"userErrors": []}}

    assert await tenants.name("reader") == "as reader sees it, 2"
