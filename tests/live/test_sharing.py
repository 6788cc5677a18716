"""A thousand listeners of a whole gateway, in its own process."""

import asyncio

import pytest
from graphql import parse

from gateway.app import Gateway
from gateway.callers.principal import Principal
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange
from gateway.execution.streaming import Streaming
from resolvers.activities import ActivityFilter, ActorKind
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema
from resolvers.viewer import ViewerKind

pytestmark = pytest.mark.anyio

DOCUMENT = parse("""
  subscription { activityAdded(organizationId: "acme", upstreams: [CLICKHOUSE]) { action organization { name } } }
""")
INVITE = """
  mutation {
    inviteMember(input: {organizationId: "acme", upstream: CLICKHOUSE, email: "a@b.example", role: VIEWER}) {
      userErrors { message }
    }
  }
"""


def everyone(organizations=None):
    return Principal(ViewerKind.API_KEY, "test", organizations, frozenset({"read"}))


async def begun(surroundings):
    streaming = Streaming(graphql_schema, surroundings, Limits(), exploring=False)
    exchange = Exchange("id-1", {}, "POST", streams=True)
    outcome = await streaming.begin(DOCUMENT, None, {}, exchange, await surroundings(exchange))
    assert outcome.stream, outcome.errors
    return outcome.stream


async def test_a_thousand_listeners_with_filters_of_their_own_are_one_call_per_interval(serve, until):
    served = await serve()
    gateway: Gateway = served.gateway
    kinds = [[ActorKind.API], [ActorKind.USER], None]
    context = gateway.surroundings(everyone())
    ref = await context.find("acme")
    listeners = [
        await gateway.surroundings(everyone()).listen(
            ref, ActivityFilter(None, None, [Upstream.CLICKHOUSE], None, None, kinds[number % 3]), None
        )
        for number in range(1_000)
    ]
    began = asyncio.get_running_loop().time()
    await until(lambda: served.calls() >= 1)
    await served.ask(INVITE)
    told = [each for number, each in enumerate(listeners) if number % 3 != 1]
    async with asyncio.timeout(30):
        found = [await anext(each) for each in told]
    elapsed = asyncio.get_running_loop().time() - began
    polls = served.hub.polls["clickhouse", "ok"]
    assert {each.action for each in found} == {"organization_invite_create"}
    assert polls <= served.calls() <= polls + 1
    assert served.calls() <= elapsed / 0.1 + 1
    assert len(served.hub) == 1_000
    for each in listeners:
        await each.aclose()
    assert len(served.hub) == 0


async def test_each_event_is_told_with_what_is_so_then(serve, until):
    served = await serve()

    async def surroundings(_exchange):
        return served.gateway.surroundings(everyone())

    stream = await begun(surroundings)
    await until(lambda: served.calls() >= 1)
    await served.ask(INVITE)
    outcome = await anext(stream)
    name = outcome.data["activityAdded"]["organization"]["name"]
    await served.ask(
        """mutation { updateOrganization(input: {organizationId: "acme", name: "Acme Rockets"}) {
             userErrors { message } } }"""
    )
    outcome = await anext(stream)
    assert name != "Acme Rockets"
    assert outcome.data["activityAdded"]["organization"]["name"] == "Acme Rockets"
    await stream.aclose()


async def test_who_loses_the_grant_hears_that_and_nothing_more(serve, until):
    served = await serve()
    granted = [frozenset({"acme"})]

    async def surroundings(_exchange):
        return served.gateway.surroundings(everyone(granted[0]))

    stream = await begun(surroundings)
    ended = []
    stream.at_end(ended.append)
    await until(lambda: served.calls() >= 1)
    granted[0] = frozenset({"northwind"})
    await served.ask(INVITE)
    outcomes = [each async for each in stream]
    assert [each.errors[0]["extensions"]["code"] for each in outcomes] == ["NOT_FOUND"]
    assert outcomes[0].data is None
    assert ended == outcomes
    assert len(served.hub) == 0
