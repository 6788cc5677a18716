"""Two `gateway serve` on the same machine, in the same folder, with the same server."""

import asyncio
import os
import re
import signal
import sys

import httpx
import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.serve import Sandbox

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
NAME = '{ organization(id: "acme") { name } }'
RENAME = """mutation { updateOrganization(input: {organizationId: "acme", name: "Heron", upstreams: [LOSANT]}) {
  userErrors { code } } }"""
INVITE = """mutation { inviteMember(input: {organizationId: "acme", upstream: LOSANT, email: "new@acme.example",
  role: VIEWER, clientMutationId: "key"}) { invitation { email } userErrors { code message retryable } } }"""


class Process:
    """A running `gateway serve`; what it prints goes to files."""

    def __init__(self, process, folder):
        self.process = process
        self._folder = folder
        self.address = ""

    @property
    def said(self):
        return (self._folder / "out").read_text() + (self._folder / "err").read_text()

    async def ready(self):
        async with asyncio.timeout(60):
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.said)):
                assert self.process.returncode is None, self.said
                await asyncio.sleep(0.05)
        self.address = found[0]

    async def data(self, query):
        async with httpx.AsyncClient(timeout=60) as client:
            answer = (await client.post(f"{self.address}/graphql", json={"query": query})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def end(self, number):
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()


@pytest.fixture
async def stand_ins(untouched_sandbox):
    async with Sandbox(store=untouched_sandbox.store.copy()) as sandbox:
        yield sandbox


@pytest.fixture
async def serve(stand_ins, tmp_path):
    """Starts a gateway with a shared cache, and answers that stay fresh for long."""
    started = []

    async def serve(url):
        folder = tmp_path / f"process-{len(started)}"
        folder.mkdir()
        own = f'[server]\nport = 0\nstate_dir = "{tmp_path / "state"}"\n[cache]\nurl = "{url}"\nfresh_seconds = 600\n'
        (folder / "gateway.toml").write_text(own + stand_ins.settings_toml())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        command = (sys.executable, "-m", "gateway", "serve", "--config", str(folder / "gateway.toml"))
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=err, env=inherited)
        started.append(Process(process, folder))
        await started[-1].ready()
        return started[-1]

    yield serve
    for each in started:
        await each.end(signal.SIGKILL)


def posts(stand_ins):
    return [each["path"] for each in stand_ins.applications["losant"].state.faults.requests if each["method"] == "POST"]


async def test_processes_see_each_others_writes_and_keys(server, serve):
    one, other = await serve(server.url), await serve(server.url)
    for each in (one, other):
        assert (await each.data(NAME))["organization"]["name"] == "Acme Corporation"
    await one.data(RENAME)
    assert (await other.data(NAME))["organization"]["name"] == "Heron"
    assert await other.data(INVITE) == await one.data(INVITE)
    assert [await each.end(signal.SIGTERM) for each in (one, other)] == [0, 0]


async def test_a_write_of_a_process_that_was_killed_is_of_unknown_outcome_at_the_others(
    server, serve, stand_ins, eventually
):
    one, other = await serve(server.url), await serve(server.url)
    stand_ins.applications["losant"].state.faults.add(Fault("hang", method="POST"))
    sending = asyncio.ensure_future(one.data(INVITE))
    await eventually(lambda: bool(posts(stand_ins)))
    [error] = (await other.data(INVITE))["inviteMember"]["userErrors"]
    assert (error["code"], error["retryable"]) == ("CONFLICT", True)
    await one.end(signal.SIGKILL)
    with pytest.raises(httpx.TransportError):
        await sending

    for name in re.findall(rb"organization-gateway:1:replica:\w+", server.command("KEYS", "*replica*")):
        server.command("DEL", name.decode())  # as time would do; the living one tells again that it lives
    [error] = (await other.data(INVITE))["inviteMember"]["userErrors"]
    assert error["code"] == "OUTCOME_UNKNOWN"
    assert f"Check Losant: POST /orgs/{LOSANT}/invites." in error["message"]
    assert len(posts(stand_ins)) == 1


async def test_a_wrong_password_is_told_and_the_gateway_serves(make_server, serve):
    server = make_server("--requirepass", "correct-horse")
    server.start()
    one = await serve(server.url.replace("//", "//:battery-staple@"))
    assert (await one.data(NAME))["organization"]["name"] == "Acme Corporation"
    assert (await one.data(INVITE))["inviteMember"]["userErrors"] == []
    assert "the shared cache is away; going on without it" in one.said
    assert "battery-staple" not in one.said
    assert await one.end(signal.SIGTERM) == 0
