"""Gateways with documents of their own, and ways to ask them."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.documents.manifests import Registered, read_manifest

MANIFESTS = Path(__file__).parent / "manifests"
MODERN = "application/graphql-response+json"


class Client:
    """A client of one gateway.

    Attributes:
        status: Of the last answer.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.status = 0

    async def post(self, accept: str = MODERN, headers: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
        answer = await self._http.post("/graphql", json=members, headers={"accept": accept, **(headers or {})})
        self.status = answer.status_code
        return dict(answer.json())

    async def get(self, accept: str = MODERN, **members: Any) -> dict[str, Any]:
        given = {name: each if isinstance(each, str) else json.dumps(each) for name, each in members.items()}
        answer = await self._http.get("/graphql", params=given, headers={"accept": accept})
        self.status = answer.status_code
        return dict(answer.json())

    async def error(self, **members: Any) -> tuple[str, dict[str, Any]]:
        """The one error of a refused operation: its message, and its extensions but for the request's id."""
        answer = await self.post(**members)
        assert "data" not in answer
        assert self.status == 400
        [error] = answer["errors"]
        del error["extensions"]["requestId"]
        return error["message"], error["extensions"]


@pytest.fixture
async def ask(graphs: Any) -> AsyncIterator[Callable[..., Any]]:
    """Makes a gateway with a table [documents], and a client of it."""
    async with AsyncExitStack() as stack:

        async def ask(above: str = "", **documents: object) -> Client:
            table = "".join(f"{name} = {json.dumps(value, default=str)}\n" for name, value in documents.items())
            transport = httpx.ASGITransport(graphs(f"{above}\n[documents]\n{table}").gateway)
            return Client(await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://g")))

        yield ask


@pytest.fixture
def manifest() -> Callable[[str], Path]:
    """The path of a manifest, as the tool of that name writes it."""
    return lambda tool: MANIFESTS / f"{tool}.json"


@pytest.fixture
def registered() -> Callable[[str], dict[str, Registered]]:
    """The documents of a manifest by their names, but for those of Relay, which end on `Query`."""
    return lambda tool: {
        str(each.name).removesuffix("Query"): each for each in read_manifest(MANIFESTS / f"{tool}.json")
    }


@pytest.fixture
def persisted() -> Callable[..., dict[str, Any]]:
    """The extensions that name a document by a hash, or by any id."""

    def persisted(text: str = "", *, id: str = "") -> dict[str, Any]:
        found = id or hashlib.sha256(text.encode()).hexdigest()
        return {"persistedQuery": {"version": 1, "sha256Hash": found}}

    return persisted


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A manifest of the test's own."""

    def written(content: Any) -> Path:
        path = tmp_path / "manifest.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return written
