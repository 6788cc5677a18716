"""A gateway on the sandbox, in this process: queries go in, answers and the exact list of upstream calls come out."""

import socket
import tomllib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from gateway.app import Gateway
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from resolvers.identity import Upstream


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def untouched_sandbox() -> Iterator[Sandbox]:
    """Shared by the tests that only read."""
    sandbox = Sandbox()
    yield sandbox
    sandbox.store.close()


class Graph:
    """A gateway on stand-ins, and what it asked of them.

    Attributes:
        calls: Per upstream call `upstream METHOD path?query`, sorted; without Losant's three constant parameters.
    """

    def __init__(self, sandbox: Sandbox, settings: Settings, stopped: frozenset[Upstream]) -> None:
        self.sandbox = sandbox
        self.gateway = Gateway(
            settings,
            {
                Upstream(name): httpx.ASGITransport(application)
                for name, application in sandbox.applications.items()
                if Upstream(name) not in stopped
            },
        )
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(self.gateway), base_url="http://gateway")
        self.forget()

    async def __call__(self, query: str, **variables: Any) -> dict[str, Any]:
        self.forget()
        response = await self._client.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer's data, which must come without an error."""
        answer = await self(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def forget(self) -> None:
        for application in self.sandbox.applications.values():
            application.state.faults.requests.clear()

    @property
    def calls(self) -> list[str]:
        return sorted(
            f"{name} {request['method']} {request['path']}{_query(request['query'])}"
            for name, application in self.sandbox.applications.items()
            for request in application.state.faults.requests
        )

    async def close(self) -> None:
        await self._client.aclose()
        await self.gateway.close()
        for application in self.sandbox.applications.values():
            application.state.faults.clear()


def _query(text: str) -> str:
    constant = {"_actions=false", "_links=true", "_embedded=true"}
    kept = [part for part in text.split("&") if part and part not in constant]
    return "?" + "&".join(map(unquote, kept)) if kept else ""


class Graphs:
    """Makes gateways on the shared sandbox, with settings of their own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.made: list[Graph] = []

    def __call__(self, toml: str = "", *, stopped: Upstream | None = None) -> Graph:
        """A gateway.

        Args:
            toml: Settings in the place of the sandbox's own tables of the same name.
            stopped: The upstream whose port is closed.
        """
        values = tomllib.loads(self._sandbox.settings_toml()) | tomllib.loads(toml)
        if stopped:
            values["upstreams"][stopped.word]["url"] = f"http://127.0.0.1:{closed_port()}"
        made = Graph(self._sandbox, Settings.model_validate(values), frozenset([stopped] if stopped else []))
        self.made.append(made)
        return made


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def graphs(untouched_sandbox: Sandbox) -> AsyncIterator[Graphs]:
    factory = Graphs(untouched_sandbox)
    yield factory
    for graph in factory.made:
        await graph.close()


@pytest.fixture
async def graph(graphs: Graphs) -> Graph:
    return graphs()
