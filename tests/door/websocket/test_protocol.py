"""`graphql-transport-ws` with a real client on a real socket."""

import asyncio
import json

import pytest
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.anyio

INIT = {"type": "connection_init"}
APP = "https://app.example.com"


async def test_a_query_is_answered_with_next_and_complete(open_door, dial) -> None:
    client = await dial(await open_door())
    assert client.socket.subprotocol == "graphql-transport-ws"

    await client.subscribe("a", "query Q($n: String) { greeting(name: $n) }", variables={"n": "Ada"}, operationName="Q")

    assert await client.next() == {"id": "a", "type": "next", "payload": {"data": {"greeting": "Hello, Ada!"}}}
    assert await client.next() == {"id": "a", "type": "complete"}


async def test_a_mutation_runs_and_its_id_is_free_again(open_door, dial) -> None:
    client = await dial(await open_door())
    for _ in range(2):
        await client.subscribe("a", "mutation { greet }")
        assert (await client.next())["payload"] == {"data": {"greet": "Done."}}
        assert (await client.next())["type"] == "complete"


async def test_a_field_that_fails_comes_with_the_data_and_a_request_id(open_door, dial) -> None:
    client = await dial(await open_door())
    await client.subscribe("a", "{ broken greeting }")
    answer = await client.next()
    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"broken": None, "greeting": "Hello, you!"}
    assert len(answer["payload"]["errors"][0]["extensions"]["requestId"]) == 16


@pytest.mark.parametrize(
    ("query", "message"),
    [("{ nothing }", "Cannot query"), ("{", "Syntax Error"), ("subscription { x }", "subscription")],
)
async def test_an_operation_that_is_refused_is_one_error_and_the_socket_goes_on(
    open_door, dial, query, message
) -> None:
    client = await dial(await open_door())
    await client.subscribe("a", query)
    answer = await client.next()
    assert (answer["id"], answer["type"]) == ("a", "error")
    assert message in answer["payload"][0]["message"]
    assert answer["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    await client.send({"type": "ping"})
    assert await client.next() == {"type": "pong"}


async def test_a_ping_is_answered_even_before_the_connection_is_acknowledged(open_door, dial) -> None:
    client = await dial(await open_door(), init=False)
    await client.send({"type": "ping", "payload": {"at": 1}}, {"type": "pong"}, INIT)
    assert await client.next() == {"type": "pong"}
    assert await client.next() == {"type": "connection_ack"}


async def test_complete_cancels_an_operation_and_no_word_of_it_follows(open_door, dial, started, cancelled) -> None:
    client = await dial(await open_door())
    await client.subscribe("a", "{ slow }")
    await started.wait()
    await client.send({"type": "complete", "id": "a"}, {"type": "complete", "id": "never"})
    async with asyncio.timeout(20):
        await cancelled.wait()
    await client.subscribe("a", "{ greeting }")
    assert (await client.next())["payload"] == {"data": {"greeting": "Hello, you!"}}


async def test_a_client_that_leaves_cancels_its_operations(open_door, dial, started, cancelled) -> None:
    client = await dial(await open_door())
    await client.subscribe("a", "{ slow }")
    await started.wait()
    client.socket.transport.abort()
    async with asyncio.timeout(20):
        await cancelled.wait()


async def test_operations_run_at_the_same_time(open_door, dial, started) -> None:
    client = await dial(await open_door())
    await client.subscribe("slow", "{ slow }")
    await started.wait()
    await client.subscribe("quick", "{ greeting }")
    assert (await client.next())["id"] == "quick"


@pytest.mark.parametrize("offered", [(), ("graphql-ws",)])
async def test_another_subprotocol_is_4406(open_door, dial, offered) -> None:
    door = await open_door()
    if offered:  # this client fails a handshake that answers its offer with none, as browsers do
        client = await dial(
            door, init=False, subprotocols=(), additional_headers={"Sec-WebSocket-Protocol": "graphql-ws"}
        )
    else:
        client = await dial(door, init=False, subprotocols=())
    assert (await client.closed())[0] == 4406


async def test_no_init_in_time_is_4408_although_pings_come(open_door, dial) -> None:
    client = await dial(await open_door(socket_init_seconds=0.3), init=False)
    await client.send({"type": "ping"})
    assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_a_second_init_is_4429(open_door, dial) -> None:
    client = await dial(await open_door())
    await client.send(INIT)
    assert await client.closed() == (4429, "Too many initialisation requests")


async def test_an_operation_before_the_acknowledgement_is_4401(open_door, dial, seen) -> None:
    client = await dial(await open_door(), init=False)
    await client.subscribe("a", "{ greeting }")
    assert await client.closed() == (4401, "Unauthorized")
    assert seen == []


async def test_an_id_that_is_in_use_is_4409(open_door, dial, started, cancelled) -> None:
    client = await dial(await open_door())
    await client.subscribe("ä" * 200, "{ slow }")
    await started.wait()
    await client.subscribe("ä" * 200, "{ greeting }")
    code, reason = await client.closed()
    assert code == 4409
    assert reason.startswith("Subscriber for ää")
    async with asyncio.timeout(20):
        await cancelled.wait()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 100_00,
        b'{"type": "ping"}',
        {},
        {"type": "start"},
        {"type": ["ping"]},
        {"type": "next", "id": "a"},
        {"type": "ping", "payload": 1},
        {"type": "complete"},
        {"type": "complete", "id": ""},
        {"type": "subscribe", "payload": {"query": "{ greeting }"}},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ greeting }"}},
        {"type": "subscribe", "id": "a"},
        {"type": "subscribe", "id": "a", "payload": "{ greeting }"},
        {"type": "subscribe", "id": "a", "payload": {"query": 1}},
        {"type": "subscribe", "id": "a", "payload": {"query": "{ greeting }", "variables": []}},
        {"type": "subscribe", "id": "a", "payload": {"query": "{ greeting }", "operationName": 1}},
        '{"type": "subscribe", "id": "\\ud800", "payload": {"query": "{ greeting }"}}',
    ],
)
async def test_a_message_that_is_none_is_4400(open_door, dial, seen, message) -> None:
    client = await dial(await open_door())
    await client.send(message)
    code, reason = await client.closed()
    assert (code, bool(reason)) == (4400, True)
    assert seen == []


async def test_a_frame_that_is_too_large_is_1009_however_it_is_cut(open_door, dial) -> None:
    door = await open_door(socket_message_bytes=2_000)
    whole = await dial(door)
    await whole.subscribe("a", "{ greeting }" + " " * 2_000)
    assert (await whole.closed())[0] == 1009
    cut = await dial(door)
    await cut.socket.send([" " * 500] * 5)
    assert (await cut.closed())[0] == 1009


async def test_text_that_is_no_utf_8_is_1007(open_door, dial, caplog) -> None:
    client = await dial(await open_door())
    await client.socket.send(b"\xff\xfe", text=True)
    assert (await client.closed())[0] == 1007
    assert caplog.text == ""


async def test_one_operation_too_many_on_a_socket_is_refused_and_costs_the_others_nothing(
    open_door, dial, started
) -> None:
    client = await dial(await open_door(socket_operations=2))
    await client.subscribe("1", "{ slow }")
    await client.subscribe("2", "{ slow }")
    await started.wait()
    await client.subscribe("3", "{ greeting }")
    answer = await client.next()
    assert (answer["id"], answer["type"]) == ("3", "error")
    assert answer["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert answer["payload"][0]["extensions"]["retryable"] is True
    await client.send({"type": "complete", "id": "1"})
    await client.subscribe("3", "{ greeting }")
    assert (await client.next())["type"] == "next"


async def test_operations_on_sockets_count_among_those_of_the_process(open_door, dial, started) -> None:
    door = await open_door(operations=1)
    first, second = await dial(door), await dial(door)
    await first.subscribe("1", "{ slow }")
    await started.wait()
    await second.subscribe("2", "{ greeting }")
    answer = await second.next()
    assert answer["type"] == "error"
    assert answer["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert answer["payload"][0]["extensions"]["retryAfterSeconds"] == 1


@pytest.mark.parametrize("origin", ["https://evil.example", f"{APP}.evil.example", "null", "http://127.0.0.1"])
async def test_an_app_on_another_origin_cannot_open_a_socket(open_door, dial, origin) -> None:
    door = await open_door(origins=[APP])
    with pytest.raises(InvalidStatus) as refused:
        await dial(door, origin=origin)
    answer = refused.value.response
    assert answer.status_code == 403
    assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "server" not in answer.headers


async def test_apps_on_listed_origins_and_the_gateways_own_can(open_door, dial) -> None:
    door = await open_door(origins=[APP])
    for origin in (APP, f"http://127.0.0.1:{door.port}"):
        await dial(door, origin=origin)
