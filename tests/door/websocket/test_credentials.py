"""Who may use a socket, and what it shows to prove it."""

import pytest

pytestmark = pytest.mark.anyio

INIT = {"type": "connection_init"}


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_a_credential_may_stand_in_the_first_message(open_door, dial, name) -> None:
    door = await open_door()
    door.known = "Bearer good"
    client = await dial(door, init=False)
    await client.send(INIT | {"payload": {name: "Bearer good", "other": 1, "losant-authorization": None}})
    assert await client.next() == {"type": "connection_ack"}
    await client.subscribe("a", "{ greeting }")
    assert (await client.next())["type"] == "next"


async def test_a_credential_may_stand_in_a_header_and_the_first_message_wins(open_door, dial, seen) -> None:
    door = await open_door()
    door.known = "Bearer good"
    await dial(door, additional_headers={"Authorization": "Bearer good"})
    client = await dial(door, init=False, additional_headers={"Authorization": "Bearer good"})
    await client.send(INIT | {"payload": {"authorization": "Bearer bad"}})
    assert await client.closed() == (4403, "Forbidden")
    assert seen == []


async def test_the_four_upstreams_credentials_become_headers_and_what_is_about_one_request_does_not(
    open_door, dial, seen
) -> None:
    names = [f"{name}-Authorization" for name in ("Losant", "Nks", "Locktera", "ClickHouse")]
    client = await dial(await open_door(), init=False, additional_headers={"Idempotency-Key": "k", "GraphQL-Cost": "1"})
    await client.send(INIT | {"payload": {name: f"Bearer {name}" for name in names} | {"Cookie": "c"}})
    await client.next()
    await client.subscribe("a", "{ greeting }")
    await client.next()
    [(_, exchange)] = seen
    assert {name: exchange.headers[name.lower()] for name in names} == {name: f"Bearer {name}" for name in names}
    assert exchange.headers["graphql-cost"] == "1"
    assert "idempotency-key" not in exchange.headers
    assert "cookie" not in exchange.headers
    assert exchange.method == "POST"


@pytest.mark.parametrize("value", [1, ["Bearer good"], "Bearer\r\nX: y", "Bearer g\u00f6\u00f6d", "\x00"])
async def test_a_credential_that_could_not_stand_in_a_header_is_4400(open_door, dial, value) -> None:
    client = await dial(await open_door(), init=False)
    await client.send(INIT | {"payload": {"Authorization": value}})
    assert await client.closed() == (4400, "Authorization must be text that can stand in a header.")


async def test_a_caller_who_is_not_let_in_is_4403_before_any_operation(open_door, dial, seen) -> None:
    door = await open_door()
    door.known = "Bearer good"
    client = await dial(door, init=False)
    await client.send(INIT)
    await client.subscribe("a", "{ greeting }")
    assert await client.closed() == (4403, "Forbidden")
    assert seen == []


async def test_a_credential_that_ends_while_the_socket_is_open_is_4403_at_the_next_operation(open_door, dial) -> None:
    door = await open_door()
    client = await dial(door)
    door.known = "Bearer new"
    await client.subscribe("a", "{ greeting }")
    assert await client.closed() == (4403, "Forbidden")
