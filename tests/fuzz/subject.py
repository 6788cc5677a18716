"""The gateway under fire: a process of its own, and what the kernel tells of it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

GATEWAY = (sys.executable, "-m", "gateway", "serve", "--sandbox", "--port", "0")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
_KEPT = re.compile(r"^gateway_(?:cache|document|response)_bytes(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_STARTS = 60
_IDS = """{ organizations(first: 20) { nodes { id
  members(first: 5) { nodes { id } pageInfo { endCursor } }
  invitations(first: 5) { nodes { id } }
  activities(first: 5) { nodes { id } pageInfo { endCursor } } } } }"""


class Subject:
    """A program that serves GraphQL and prints its address.

    Args:
        command: Starts it.
    """

    host = "127.0.0.1"

    def __init__(self, command: tuple[str, ...] = GATEWAY) -> None:
        self._command = command
        self._folder = tempfile.TemporaryDirectory(prefix="gateway-fuzz-")
        self._out = Path(self._folder.name) / "out"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                self._command, cwd=self._folder.name, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=inherited
            )
        end = time.monotonic() + _STARTS
        while not (found := _ADDRESS.search(self.said)):
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The gateway did not say where it listens:\n{self.said}")
            time.sleep(0.05)
        self.port = int(found[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if self.lives:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    @property
    def said(self) -> str:
        """All that it wrote to standard output and error."""
        return self._out.read_text(errors="replace")

    @property
    def lives(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.poll() is None

    def faults(self) -> list[str]:
        """What is wrong with the process, whatever it answered."""
        found = [] if self.lives else ["the process has ended"]
        at = self.said.find("Traceback (most recent call last)")
        if at >= 0:
            found.append(f"a traceback in its log: {self.said[at : at + 3_000]}")
        return found

    def memory(self) -> float:
        """Resident, in MB."""
        found = re.search(r"VmRSS:\s+(\d+) kB", self._proc("status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def kept(self) -> float:
        """MB that the process says its caches hold: answers, and documents with their plans. 0 where it says nothing.

        They fill up to bounds of their own as new things are asked for, for longer than a run lasts.
        """
        try:
            told = httpx.get(f"http://{self.host}:{self.port}/metrics", timeout=30).text
        except httpx.HTTPError:
            return 0.0
        return sum(map(float, _KEPT.findall(told))) / 1024**2

    def descriptors(self) -> int:
        """Open ones."""
        return len(list(self._proc("fd").iterdir()))

    def _proc(self, name: str) -> Path:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}")

    async def at_rest(self, most: int | None = None) -> int:
        """Open descriptors once clients' connections are closed.

        Args:
            most: Wait for some seconds that there are at most so many.
        """
        count = self.descriptors()
        for _ in range(12):
            await asyncio.sleep(0.5)
            count, before = self.descriptors(), count
            if count <= (before if most is None else most):
                break
        return count

    def ids(self) -> list[str]:
        """Global ids and cursors that are there now."""
        found: list[str] = []
        answer = httpx.post(f"http://{self.host}:{self.port}/graphql", json={"query": _IDS}, timeout=30)
        if answer.status_code == HTTPStatus.OK:
            _collect(answer.json().get("data"), found)
        return found


def _collect(data: Any, found: list[str]) -> None:
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if name in {"id", "endCursor"} and isinstance(value, str):
            found.append(value)
        _collect(value, found)
