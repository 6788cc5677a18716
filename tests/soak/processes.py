"""The two processes of a soak: the gateway, and the stand-ins beside it, so that their memory is not the gateway's."""

import asyncio
import re
import signal
import sys
import time
import tomllib
from pathlib import Path

import httpx

from tests.fuzz.subject import Subject

_STAND_INS = ("sandbox", "--losant-port=0", "--nks-port=0", "--locktera-port=0", "--clickhouse-port=0")
_IDLE = 6.0
"""Seconds after which connections to upstreams that nobody used may be closed."""
_ORGANIZATIONS = "{ organizations(first: 100) { nodes { id } } }"
_EVERY_UPSTREAM = (
    '{ organization(id: "acme") { members { totalCount } usage { cost { total } } customizations { theme } } }'
)


class Watched(Subject):
    """A program whose process is watched from outside."""

    @property
    def process(self) -> int:
        """Its id."""
        assert self._process is not None
        return self._process.pid


class StandIns(Watched):
    """The four stand-ins."""

    def __init__(self) -> None:
        super().__init__((sys.executable, "-m", "gateway", *_STAND_INS))

    def settings(self) -> str:
        """The gateway.toml that points at them."""
        end = time.monotonic() + 30
        while "\nanonymous = " not in self.said and time.monotonic() < end:
            time.sleep(0.05)
        return self.said

    def urls(self) -> list[str]:
        """Theirs, without paths."""
        found = [table["url"] for table in tomllib.loads(self.settings())["upstreams"].values()]
        return [re.sub(r"(:\d+)/.*", r"\1", url) for url in found]


class Served(Watched):
    """The gateway.

    Args:
        folder: For its settings, its ledger and the count of its tasks.
        settings: Its gateway.toml.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        file, self._tasks = folder / "gateway.toml", folder / "tasks"
        file.write_text(f'[server]\nport = 0\nstate_dir = "{folder}"\n\n{settings}')
        served = Path(__file__).with_name("served.py")
        super().__init__((sys.executable, str(served), str(self._tasks), "serve", "--config", str(file)))

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"

    def organizations(self) -> list[str]:
        """Ids of those that are there."""
        answer = httpx.post(f"{self.url}/graphql", json={"query": _ORGANIZATIONS}, timeout=30).json()
        return [each["id"] for each in answer["data"]["organizations"]["nodes"]]

    async def tasks(self) -> int:
        """How many asyncio tasks there are."""
        assert self._process is not None
        self._tasks.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(20):
            while not self._tasks.exists():  # noqa: ASYNC110  another process writes it
                await asyncio.sleep(0.02)
        return int(self._tasks.read_text())

    async def settle(self) -> None:
        """Wait until nobody's connection is open any more, the upstreams' idle ones neither."""
        await asyncio.sleep(_IDLE)
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            await client.post("/graphql", json={"query": _EVERY_UPSTREAM})
        await asyncio.sleep(0.5)
