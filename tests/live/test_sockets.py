"""Subscriptions over WebSockets."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.anyio

ADDED = """
  subscription ($after: String) {
    activityAdded(organizationId: "acme", after: $after, upstreams: [CLICKHOUSE]) { id action organization { name } }
  }
"""


async def test_what_a_mutation_causes_is_told(serve, until):
    served = await serve()
    async with served.socket() as socket:
        await socket.subscribe("1", ADDED)
        await until(lambda: served.calls() > 0)
        for number in range(3):
            await served.invite()
            message = await socket.next()
            assert (message["type"], message["id"]) == ("next", "1"), number
            added = message["payload"]["data"]["activityAdded"]
            assert added["action"] == "organization_invite_create"
            assert added["organization"] == {"name": "Acme Corporation"}
        await socket.subscribe("2", "{ viewer { kind } }")
        assert (await socket.next())["payload"]["data"] == {"viewer": {"kind": "ANONYMOUS"}}
        assert await socket.next() == {"type": "complete", "id": "2"}


async def test_a_dropped_socket_loses_nothing_and_is_told_nothing_twice(serve, until):
    served = await serve()
    heard = []
    for _ in range(3):
        async with served.socket() as socket:
            await socket.subscribe("1", ADDED, **({"after": heard[-1]} if heard else {}))
            await until(lambda: served.calls() > 0)
            for _ in range(2):
                await served.invite()
            before = len(heard)
            while len(heard) < before + (2 if before == 0 else 4):
                heard.append((await socket.next())["payload"]["data"]["activityAdded"]["id"])
            socket.raw.transport.abort()
        await until(lambda: len(served.hub) == 0)
        for _ in range(2):
            await served.invite()
    assert len(heard) == 10
    assert len(set(heard)) == 10


async def test_complete_ends_one_and_not_the_others(serve, until):
    served = await serve()
    async with served.socket() as socket:
        await socket.subscribe("1", ADDED)
        await socket.subscribe("2", ADDED)
        await until(lambda: len(served.hub) == 2)
        await socket.send(type="complete", id="1")
        await until(lambda: len(served.hub) == 1)
        await until(lambda: served.calls() > 0)
        await served.invite()
        assert (await socket.next())["id"] == "2"
    await until(lambda: len(served.hub) == 0)


async def test_listeners_of_all_sockets_share_one_poll(serve, until):
    served = await serve()
    async with served.socket() as one, served.socket() as two:
        for socket in (one, two):
            for number in range(25):
                await socket.subscribe(str(number), ADDED)
        await until(lambda: len(served.hub) == 50)
        await until(lambda: served.calls() > 2)
        polls, calls = served.hub.polls["clickhouse", "ok"], served.calls()
        assert polls <= calls <= polls + 1
        await served.invite()
        for socket in (one, two):
            assert {(await socket.next())["id"] for _ in range(25)} == {str(number) for number in range(25)}


async def test_a_subscription_that_cannot_begin_is_an_error(serve):
    served = await serve()
    async with served.socket() as socket:
        await socket.subscribe("1", 'subscription { activityAdded(organizationId: "nobody") { id } }')
        message = await socket.next()
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    assert message["payload"][0]["extensions"]["requestId"]


async def test_the_end_of_the_gateway_closes_sockets_with_1001_at_once(serve, until):
    """A client that is told of no end subscribes again by itself."""
    served = await serve()
    async with served.socket() as socket:
        await socket.subscribe("1", ADDED)
        await until(lambda: len(served.hub) == 1)
        served.server.should_exit = True
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(20):
                await socket.raw.recv()
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1001
