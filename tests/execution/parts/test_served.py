"""Answers in parts over real sockets, while an upstream takes its time."""

import asyncio
import hashlib
import json
import tomllib
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.app import Gateway
from gateway.cli.serving import Server
from gateway.cli.sockets import listening_socket
from gateway.settings import Settings
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

PATIENCE = 30.0
TEXT = '{ organization(id: "acme") { name ... @defer(label: "cost") { usage { cost { unit } } } } }'
NAME = {"data": {"organization": {"name": "Acme Corporation"}}}
COST = {"usage": {"cost": {"unit": "CHC"}}}
PENDING = [{"id": "0", "path": ["organization"], "label": "cost"}]


class Gate(httpx.AsyncBaseTransport):
    """The way to an upstream whose answers wait until it is open.

    Attributes:
        waiting: How many wait.
        left: How many were not waited for to the end.
    """

    def __init__(self, below):
        self._below = below
        self.open = asyncio.Event()
        self.waiting = self.left = 0

    async def handle_async_request(self, request):
        self.waiting += 1
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.waiting -= 1
        return await self._below.handle_async_request(request)


class Served:
    """A gateway on a port, whose ClickHouse has a gate."""

    def __init__(self, sandbox, gate, settings):
        self.gate = gate
        values = tomllib.loads(sandbox.settings_toml()) | {"cache": {"fresh_seconds": 0}} | settings
        ways = {Upstream(name): httpx.ASGITransport(each) for name, each in sandbox.applications.items()}
        self.gateway = Gateway(Settings.model_validate(values), ways | {Upstream.CLICKHOUSE: gate}, on_sandbox=True)
        self.server = Server(self.gateway)
        self.url = ""

    @asynccontextmanager
    async def asked(self, accept="multipart/mixed, application/json", method="POST", text=TEXT, **body):
        """The answer's head, and its body bit by bit."""
        what = {"json": {"query": text, **body}} if method == "POST" else {"params": {"query": text, **body}}
        async with (
            httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
            client.stream(method, self.url, headers={"accept": accept}, **what) as response,
        ):
            yield response, parts(response)


async def parts(response):
    """Each as soon as a client can know that it is whole: at the boundary that follows."""
    text = ""
    async for piece in response.aiter_text():
        text += piece
        while (end := text.find("\r\n---", 1 if text.startswith("\r\n---") else 0)) > 0:
            part, text = text[:end], text[end:]
            yield json.loads(part.partition("\r\n\r\n")[2])
    assert text == "\r\n-----\r\n"


async def until(holds):
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.01)


@pytest.fixture
async def serve(untouched_sandbox):
    running = []

    async def serve(**settings):
        gate = Gate(httpx.ASGITransport(untouched_sandbox.applications["clickhouse"]))
        served = Served(untouched_sandbox, gate, settings)
        bound = listening_socket("127.0.0.1", 0)
        served.url = f"http://127.0.0.1:{bound.getsockname()[1]}/graphql"
        running.append((served, asyncio.create_task(served.server.serve([bound]))))
        await served.server.listening.wait()
        return served

    yield serve
    for served, task in running:
        served.gate.open.set()
        served.server.should_exit = True
        await task


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_name_is_there_while_a_slow_upstream_is_still_asked(serve, method):
    served = await serve()
    async with served.asked(method=method) as (response, parts):
        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
        assert response.headers["cache-control"] == "no-store"
        async with asyncio.timeout(PATIENCE):
            first = await anext(parts)
        assert first == NAME | {"pending": PENDING, "hasNext": True}
        await until(lambda: served.gate.waiting == 1)
        served.gate.open.set()
        last = await anext(parts)
        assert last["incremental"] == [{"id": "0", "data": COST}]
        assert (last["completed"], last["hasNext"]) == ([{"id": "0"}], False)
        assert [each async for each in parts] == []


async def test_who_asks_for_the_former_format_gets_it(serve):
    served = await serve()
    async with served.asked("multipart/mixed;deferSpec=20220824, application/json") as (response, parts):
        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
        assert await anext(parts) == NAME | {"hasNext": True}
        served.gate.open.set()
        last = await anext(parts)
        assert last["incremental"] == [{"label": "cost", "path": ["organization"], "data": COST}]


async def test_events_bring_parts_too(serve):
    served = await serve()
    async with served.asked("text/event-stream") as (response, _):
        lines = response.aiter_lines()
        found = []
        async for line in lines:
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
                served.gate.open.set()
            if line == "event: complete":
                break
    assert [each["hasNext"] for each in found] == [True, False]
    assert found[0]["data"] == NAME["data"]
    assert found[1]["incremental"][0]["data"] == COST


async def test_a_socket_brings_parts_as_several_messages(serve):
    served = await serve()
    url = served.url.replace("http", "ws", 1)
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:

        async def next_():
            async with asyncio.timeout(PATIENCE):
                return json.loads(await socket.recv())

        await socket.send('{"type": "connection_init"}')
        assert (await next_())["type"] == "connection_ack"
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": TEXT}}))
        assert (await next_())["payload"] == NAME | {"pending": PENDING, "hasNext": True}
        served.gate.open.set()
        last = await next_()
        assert (last["type"], last["payload"]["incremental"][0]["data"]) == ("next", COST)
        assert await next_() == {"type": "complete", "id": "1"}

        served.gate.open.clear()
        await socket.send(json.dumps({"type": "subscribe", "id": "2", "payload": {"query": TEXT}}))
        await next_()
        await until(lambda: served.gate.waiting == 1)
        await socket.send('{"type": "complete", "id": "2"}')
        await until(lambda: served.gate.left == 1)


async def test_a_client_that_hangs_up_ends_what_is_read_for_it_and_gives_its_place_back(serve):
    served = await serve(server={"operations": 1})
    async with served.asked() as (_, parts):
        await anext(parts)
        await until(lambda: served.gate.waiting == 1)
        async with served.asked() as (busy, _):
            assert busy.status_code == 503, "its place is taken as long as parts are to come"
    await until(lambda: served.gate.left == 1)
    served.gate.open.set()

    async def free():
        async with served.asked() as (response, parts):
            return response.status_code == 200 and [each async for each in parts][-1]["hasNext"] is False

    async with asyncio.timeout(PATIENCE):
        while not await free():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.02)


async def test_who_takes_json_alone_gets_the_whole_answer(serve):
    served = await serve()
    served.gate.open.set()
    for accept in ("application/json", "*/*", "multipart/mixed;deferSpec=20991231, application/json"):
        async with served.asked(accept) as (response, _):
            assert response.headers["content-type"] == "application/json; charset=utf-8"
            whole = json.loads(await response.aread())
        assert whole["data"] == {"organization": NAME["data"]["organization"] | COST}


async def test_who_takes_parts_alone_gets_a_whole_answer_as_the_only_one(serve):
    served = await serve()
    async with served.asked("multipart/mixed", text="{ viewer { kind } }") as (response, parts):
        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"'
        (alone,) = [each async for each in parts]
    assert (alone["data"], alone["hasNext"]) == ({"viewer": {"kind": "ANONYMOUS"}}, False)


async def test_documents_by_their_hashes_come_in_parts_too(serve):
    served = await serve()
    served.gate.open.set()
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    known = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    for text in (TEXT, None):
        async with served.asked(text=text, extensions=known) as (_, parts):
            assert [each["hasNext"] async for each in parts] == [True, False]


async def test_the_time_that_a_caller_gives_holds_for_all_parts(serve):
    served = await serve()
    async with (
        httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
        client.stream(
            "POST",
            served.url,
            headers={"accept": "multipart/mixed", "request-timeout": "0.5"},
            json={"query": TEXT},
        ) as response,
    ):
        _, last = [each async for each in parts(response)]
    (entry,) = last["incremental"]
    assert entry["data"] == {"usage": {"cost": None}}
    assert [each["extensions"]["code"] for each in entry["errors"]] == ["UPSTREAM_TIMEOUT"]


async def test_a_server_that_ends_waits_for_the_parts_that_are_to_come(serve):
    served = await serve()
    async with served.asked() as (_, parts):
        await anext(parts)
        await until(lambda: served.gate.waiting == 1)
        served.server.should_exit = True
        await asyncio.sleep(0.3)
        served.gate.open.set()
        last = await anext(parts)
        assert last["incremental"][0]["data"] == COST
        assert [each async for each in parts] == []
