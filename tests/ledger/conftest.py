"""A gateway in a process of its own, which can be killed."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox.serve import Sandbox


class Process:
    """A running `python -m gateway serve`; what it prints goes to files."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self.address = ""

    @property
    def out(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text()

    async def ready(self) -> None:
        """Waits until it serves."""
        async with asyncio.timeout(20):
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.out)):
                assert self._process.returncode is None, self.err
                await asyncio.sleep(0.02)
        self.address = found[0]

    async def send(self, query: str) -> Any:
        """The answer's data."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = (await client.post(f"{self.address}/graphql", json={"query": query})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def kill(self) -> None:
        """Ends it at once: nothing of it runs any more."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def ended(self) -> int:
        """Waits for the end; the exit code."""
        async with asyncio.timeout(20):
            return await self._process.wait()


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def stand_ins(untouched_sandbox: Sandbox) -> AsyncIterator[Sandbox]:
    """Stand-ins of the test's own, on sockets."""
    async with Sandbox(store=untouched_sandbox.store.copy()) as sandbox:
        yield sandbox


@pytest.fixture
async def start(stand_ins: Sandbox, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a gateway before the stand-ins, with its ledger in `state`; waits until it serves, unless told not to."""
    started: list[Process] = []

    async def start_(state: Path | None = None, *, serves: bool = True) -> Process:
        folder = tmp_path / f"process-{len(started)}"
        folder.mkdir()
        file = folder / "gateway.toml"
        settings = f'[server]\nport = 0\nstate_dir = "{state or tmp_path / "state"}"\n'
        file.write_text(settings + stand_ins.settings_toml())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "serve", "--config", str(file), stdout=out, stderr=err, env=inherited
            )
        started.append(Process(process, folder))
        if serves:
            await started[-1].ready()
        return started[-1]

    yield start_
    for each in started:
        await each.kill()
