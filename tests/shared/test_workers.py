"""Several processes that serve one port, begun by one program."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.anyio

VIEWER = {"query": "{ viewer { kind } }"}


class Program:
    """A running `gateway serve`; what it prints goes to a file."""

    def __init__(self, process, out):
        self.process = process
        self._out = out

    @property
    def said(self):
        return self._out.read_text()

    @property
    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(each) for each in children]

    def have_ended(self, workers):
        return not any(Path(f"/proc/{each}").exists() for each in workers)

    async def until(self, held):
        async with asyncio.timeout(60):
            while not held():  # noqa: ASYNC110  another process sets no event here
                await asyncio.sleep(0.05)

    async def address(self):
        await self.until(lambda: "Ctrl+C" in self.said or self.process.returncode is not None)
        return re.search(r"http://127\.0\.0\.1:\d+", self.said)[0]

    async def ended(self):
        async with asyncio.timeout(30):
            return await self.process.wait()


@pytest.fixture
async def serve(server, tmp_path):
    """Starts a gateway of two processes."""
    started = []

    async def serve(settings=""):
        file = tmp_path / "gateway.toml"
        upstream = '[upstreams.losant]\ntoken = "none"\nurl = "http://127.0.0.1:9"\n'
        state = settings or f'state_dir = "{tmp_path / "state"}"'
        file.write_text(f'[server]\nworkers = 2\nport = 0\n{state}\n[cache]\nurl = "{server.url}"\n{upstream}')
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        command = (sys.executable, "-m", "gateway", "serve", "--config", str(file))
        with (tmp_path / "out").open("wb") as out:
            process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, env=inherited)
        started.append(Program(process, tmp_path / "out"))
        return started[-1]

    yield serve
    for each in started:
        if each.process.returncode is None:
            each.process.kill()
            await each.process.wait()


async def asked(address, times=40):
    """Asks on a connection of its own each time; how often it was answered."""
    good = 0
    for _ in range(times):
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.post(f"{address}/graphql", json=VIEWER)
            assert answer.status_code == 200, answer.text
            good += 1
    return good


async def counted(address):
    """The good queries, by the number of the process."""
    async with httpx.AsyncClient(timeout=60) as client:
        text = (await client.get(f"{address}/metrics")).text
    found = re.findall(r'gateway_operations_total\{kind="query",outcome="ok",worker="(\d)"\} (\d+)', text)
    return {number: int(count) for number, count in found}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_serve_one_port_and_any_tells_the_figures_of_all_until_a_signal_ends_them(serve, number):
    program = await serve()
    address = await program.address()

    assert await asked(address) == 40
    counts = await counted(address)
    assert set(counts) == {"1", "2"}
    assert sum(counts.values()) == 40
    assert program.said.count("Ctrl+C ends it.") == 1

    workers = program.workers
    program.process.send_signal(number)
    assert await program.ended() == 0
    assert program.have_ended(workers)
    assert "Traceback" not in program.said


async def test_one_that_dies_is_replaced_and_no_connection_is_lost(serve):
    program = await serve()
    address = await program.address()
    dead, other = program.workers
    os.kill(dead, signal.SIGKILL)

    assert await asked(address) == 40
    await program.until(lambda: len(program.workers) == 2)
    assert dead not in program.workers
    assert other in program.workers
    assert "a process ended, and is replaced" in program.said


async def test_none_outlives_the_one_that_began_them(serve):
    program = await serve()
    await program.address()
    workers = program.workers
    program.process.kill()

    await program.ended()
    await program.until(lambda: program.have_ended(workers))


async def test_what_keeps_all_from_beginning_is_said_and_ends_them(serve, tmp_path):
    (tmp_path / "file").write_text("")
    program = await serve(f'state_dir = "{tmp_path / "file" / "state"}"')

    assert await program.ended() == 1
    assert "The ledger of writes cannot be kept in" in program.said
    assert "Traceback" not in program.said
