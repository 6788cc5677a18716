"""How a gateway ends while it is asked: real processes, real signals."""

import asyncio
import json
import signal
import socket
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

pytestmark = pytest.mark.anyio

READ = "query Q($id: ID!) { organization(id: $id) { name } }"
INVITE = """mutation M($key: String) {
  inviteMember(input: {organizationId: "acme", upstream: LOSANT, email: "new@acme.example", role: VIEWER,
    clientMutationId: $key}) { userErrors { code message } invitation { email } }
}"""
INVITES = "/orgs/575ed6e87ae143cd83dc4aa8/invites"
AT_ONCE = 40


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  it is another process that changes it
            await asyncio.sleep(0.02)


class Upstream:
    """Losant's stand-in, in another process: its faults, and what it was asked."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/__sandbox")

    def fault(self, **fault: Any) -> None:
        self._client.post("/faults", json=fault).raise_for_status()

    def asked(self, method: str, path: str = "") -> int:
        """How many requests came, by method and beginning of the path."""
        found = self._client.get("/requests").json()
        return sum(each["method"] == method and each["path"].startswith(path) for each in found)

    async def until_asked(self, count: int, method: str, path: str = "") -> None:
        await until(lambda: self.asked(method, path) >= count)

    def forget(self) -> None:
        self._client.delete("/faults").raise_for_status()
        self._client.delete("/requests").raise_for_status()

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def settings(stand_ins: Any) -> str:
    """Of a gateway on the stand-ins, in the production profile."""
    return 'profile = "production"\n' + "\n".join(
        line for line in stand_ins.out.splitlines() if not line.startswith("#")
    )


@pytest.fixture
def losant(settings: str) -> Iterator[Upstream]:
    upstream = Upstream(tomllib.loads(settings)["upstreams"]["losant"]["url"])
    upstream.forget()
    yield upstream
    upstream.forget()
    upstream.close()


@pytest.fixture
def gateway(start: Callable[..., Any], settings: str, tmp_path: Path) -> Callable[..., Any]:
    """Starts one, with a ledger that the next one finds."""

    def gateway_(grace_seconds: float = 0.0, **environ: str) -> Any:
        file = tmp_path / "gateway.toml"
        server = f'[server]\nport = 0\nstate_dir = "{tmp_path}"\ngrace_seconds = {grace_seconds}\n'
        file.write_text(f"{settings}\n{server}[cache]\nfresh_seconds = 0\n")
        return start("serve", "--config", str(file), **environ).until("Ctrl+C")

    return gateway_


def request(query: str, **variables: Any) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Client:
    """One connection that is kept."""

    def __init__(self, program: Any) -> None:
        self._port = int(program.address.rpartition(":")[2])

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.transport.abort()

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers, body. Raises IncompleteReadError where the connection was closed before."""
        async with asyncio.timeout(30):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            body = await self._reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, json.loads(body)

    async def ended(self) -> bytes:
        """What came before the gateway closed the connection."""
        async with asyncio.timeout(30):
            return await self._reader.read()


async def ended(program: Any, number: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
    """Sends a signal again and again, and waits; the exit code."""
    code: int = await asyncio.to_thread(program.signalled, number, seconds)
    return code


async def organizations(program: Any) -> list[str]:
    async with Client(program) as client:
        client.send(request("{ organizations(first: 60, upstreams: [LOSANT]) { nodes { id } } }"))
        _, _, answer = await client.answer()
    return [each["id"] for each in answer["data"]["organizations"]["nodes"]]


async def test_of_forty_requests_in_flight_none_is_lost(gateway: Any, losant: Upstream) -> None:
    """They have been sent, not more, when the signal comes: some are not even read."""
    program = gateway()
    ids = (await organizations(program))[:AT_ONCE]
    assert len(ids) == AT_ONCE
    losant.fault(fault="latency", seconds=0.3)
    clients = [Client(program) for _ in ids]
    for client in clients:
        await client.open()
    for client, id_ in zip(clients, ids, strict=True):
        client.send(request(READ, id=id_))
    ending = asyncio.create_task(ended(program))
    answers = await asyncio.gather(*(client.answer() for client in clients))
    for status, headers, body in answers:
        assert status == 200
        assert body["data"]["organization"]["name"]
        assert "errors" not in body
        assert headers["connection"] == "close"
    assert [await client.ended() for client in clients] == [b""] * AT_ONCE
    assert await ending == 0
    assert "Traceback" not in program.err
    assert "not all could be answered" not in program.err
    for client in clients:
        await client.__aexit__()


async def test_it_is_not_ready_at_once_and_takes_connections_for_a_while(gateway: Any) -> None:
    program = gateway(grace_seconds=2.5)
    async with Client(program) as kept, httpx.AsyncClient(base_url=program.address) as client:
        assert (await client.get("/readyz")).status_code == 200
        kept.send(request("{ __typename }"))
        assert "connection" not in (await kept.answer())[1]
        program.interrupt(signal.SIGTERM)
        await until(lambda: httpx.get(f"{program.address}/readyz").status_code == 503)
        assert (await client.get("/livez")).status_code == 200  # each a new connection, by now
        async with Client(program) as new:
            new.send(request("{ __typename }"))
            status, headers, body = await new.answer()
        assert (status, headers["connection"], body["data"]) == (200, "close", {"__typename": "Query"})
        kept.send(request("{ __typename }"))
        assert (await kept.answer())[1]["connection"] == "close"
    assert program.ended() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(program.address.rpartition(":")[2])))


async def test_clients_that_go_on_asking_are_answered_or_see_a_closed_connection(gateway: Any) -> None:
    """Whoever is not answered was not heard: the connection ends without a byte, and the request may be sent again."""
    program = gateway(grace_seconds=0.5)
    answered = refused = 0
    partial: list[bytes] = []

    async def ask() -> None:
        nonlocal refused
        while True:
            client = Client(program)
            try:
                await client.open()
            except ConnectionRefusedError:
                refused += 1
                return
            except ConnectionResetError:
                continue
            with suppress(ConnectionResetError):
                await ask_on(client)
            await client.__aexit__()

    async def ask_on(client: Client) -> None:
        nonlocal answered
        for _ in range(10):
            client.send(request("{ viewer { kind } }"))
            try:
                status, headers, body = await client.answer()
            except asyncio.IncompleteReadError as cut:
                partial.append(cut.partial)
                return
            assert (status, body["data"]) == (200, {"viewer": {"kind": "ANONYMOUS"}})
            answered += 1
            if headers.get("connection") == "close":
                return

    asking = [asyncio.create_task(ask()) for _ in range(8)]
    await until(lambda: answered >= 80)
    program.interrupt(signal.SIGTERM)
    await asyncio.gather(*asking)
    assert refused == len(asking)
    assert not any(partial)
    assert program.ended() == 0
    assert "Traceback" not in program.err


async def test_an_idle_connection_is_closed_and_a_head_that_has_begun_is_answered(gateway: Any) -> None:
    program = gateway()
    whole = request("{ __typename }")
    async with Client(program) as idle, Client(program) as begun:
        for client in (idle, begun):
            client.send(whole)
            await client.answer()
        begun.send(whole[:40])
        await asyncio.sleep(0.1)
        program.interrupt(signal.SIGTERM)
        assert await idle.ended() == b""
        begun.send(whole[40:])
        assert (await begun.answer())[2]["data"] == {"__typename": "Query"}
    assert program.ended() == 0


async def test_mutations_in_flight_are_done_once_and_remembered_also_when_their_callers_have_left(
    gateway: Any, losant: Upstream
) -> None:
    program = gateway()
    losant.fault(fault="latency", seconds=1.0, method="POST")
    async with Client(program) as staying:
        async with Client(program) as leaving:
            leaving.send(request(INVITE, key="left"))
            staying.send(request(INVITE, key="stayed"))
            await losant.until_asked(2, "POST", INVITES)
        ending = asyncio.create_task(ended(program))
        _, _, body = await staying.answer()
    assert body["data"]["inviteMember"] == {"userErrors": [], "invitation": {"email": "new@acme.example"}}
    assert await ending == 0
    again = gateway()
    for key in ("left", "stayed"):
        async with Client(again) as client:
            client.send(request(INVITE, key=key))
            assert (await client.answer())[2] == body
    assert losant.asked("POST", INVITES) == 2


async def test_an_upstream_that_hangs_does_not_keep_it(gateway: Any, losant: Upstream) -> None:
    """What hangs is answered before the end: a write may take longer by itself."""
    program = gateway(grace_seconds=0.2)
    losant.fault(fault="hang")
    async with Client(program) as writing, Client(program) as reading:
        writing.send(request(INVITE, key="hung"))
        reading.send(request("{ organizations(upstreams: [LOSANT]) { nodes { id } } }"))
        await losant.until_asked(1, "POST", INVITES)
        began = time.monotonic()
        program.interrupt(signal.SIGTERM)
        (_, _, read), (_, _, written) = await asyncio.gather(reading.answer(), writing.answer())
    assert [each["extensions"]["code"] for each in read["errors"]] == ["UPSTREAM_TIMEOUT"]
    assert [each["code"] for each in written["data"]["inviteMember"]["userErrors"]] == ["OUTCOME_UNKNOWN"]
    assert program.ended() == 0
    assert time.monotonic() - began < 11
    assert losant.asked("POST", INVITES) == 1
    assert "Traceback" not in program.err


async def test_a_second_interrupt_ends_it_at_once_and_the_ledger_knows(gateway: Any, losant: Upstream) -> None:
    program = gateway(grace_seconds=60)
    losant.fault(fault="hang", method="POST")
    async with Client(program) as client:
        client.send(request(INVITE, key="hurried"))
        await losant.until_asked(1, "POST", INVITES)
        program.interrupt(signal.SIGINT)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await asyncio.sleep(0.7)
            began = time.monotonic()
            program.interrupt(signal.SIGINT)
            errors = (await client.answer())[2]["data"]["inviteMember"]["userErrors"]
            assert [each["code"] for each in errors] == ["OUTCOME_UNKNOWN"]
    assert program.ended() == 0
    assert time.monotonic() - began < 5
    losant.forget()
    again = gateway()
    async with Client(again) as client:
        client.send(request(INVITE, key="hurried"))
        errors = (await client.answer())[2]["data"]["inviteMember"]["userErrors"]
    assert [each["code"] for each in errors] == ["OUTCOME_UNKNOWN"]
    assert losant.asked("POST", INVITES) == 0
