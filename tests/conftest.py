"""A gateway on the sandbox, in this process: queries go in, answers and the exact list of upstream calls come out."""

import json
import os
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
from resolvers.uploads import UploadedFile


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of asyncio itself; with `TESTS_LOOP=uvloop` the one that gateways are served on."""
    return "asyncio", {"use_uvloop": os.environ.get("TESTS_LOOP") == "uvloop"}


@pytest.fixture(scope="session")
def untouched_sandbox() -> Iterator[Sandbox]:
    """Shared by the tests that only read."""
    sandbox = Sandbox()
    yield sandbox
    sandbox.store.close()


class Recording(httpx.AsyncBaseTransport):
    """The transport to a stand-in, which keeps what was sent to change something."""

    def __init__(self, name: str, below: httpx.AsyncBaseTransport, writes: list[tuple[str, Any]]) -> None:
        self._name = name
        self._below = below
        self._writes = writes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        if request.method != "GET":
            line = f"{self._name} {request.method} {request.url.path}{_query(request.url.query.decode())}"
            is_json = request.headers.get("content-type") == "application/json"
            self._writes.append((line, json.loads(body) if is_json else body))
        return await self._below.handle_async_request(request)


class Graph:
    """A gateway on stand-ins, and what it asked of them.

    Attributes:
        writes: Calls that change something, as `upstream METHOD path?query`, each with its body; in order.
        calls: Per upstream call `upstream METHOD path?query`, sorted; without Losant's three constant parameters.
    """

    def __init__(self, sandbox: Sandbox, settings: Settings, stopped: frozenset[Upstream]) -> None:
        self.sandbox = sandbox
        self.writes: list[tuple[str, Any]] = []
        self.gateway = Gateway(
            settings,
            {
                Upstream(name): Recording(name, httpx.ASGITransport(application), self.writes)
                for name, application in sandbox.applications.items()
                if Upstream(name) not in stopped
            },
            on_sandbox=True,
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

    async def post(self, query: str, variables: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        """The answer to a request with headers of its own; what was asked before is not forgotten."""
        response = await self._client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def upload(self, query: str, input: dict[str, Any], file: UploadedFile) -> dict[str, Any]:
        """The answer to a mutation whose `input.logo` is a file (graphql-multipart-request-spec)."""
        self.forget()
        operations = {"query": query, "variables": {"input": {**input, "logo": None}}}
        response = await self._client.post(
            "/graphql",
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.logo"]})},
            files={"0": (file.name, file.content)},
            headers={"GraphQL-Preflight": "1"},
        )
        answer: dict[str, Any] = response.json()
        return answer

    def forget(self) -> None:
        self.writes.clear()
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
        """A gateway that asks anew every time, unless the settings say otherwise.

        Args:
            toml: Settings in the place of the sandbox's own tables of the same name.
            stopped: The upstream whose port is closed.
        """
        uncached = {"cache": {"fresh_seconds": 0}}
        values = tomllib.loads(self._sandbox.settings_toml()) | uncached | tomllib.loads(toml)
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


@pytest.fixture
async def written_graphs(untouched_sandbox: Sandbox) -> AsyncIterator[Graphs]:
    """Gateways on stand-ins of the test's own, which it may change."""
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    factory = Graphs(sandbox)
    yield factory
    for graph in factory.made:
        await graph.close()
    sandbox.store.close()


@pytest.fixture
async def written(written_graphs: Graphs) -> Graph:
    return written_graphs()
