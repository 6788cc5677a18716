"""The yardstick: the same graph, served the ordinary way. `python -P ordinary.py SETTINGS`.

Strawberry's own ASGI application parses, validates and executes each request anew, and an httpx.AsyncClient for each
upstream carries the calls. The resolvers and adapters are the gateway's; its door, plans, limits and wire are left out.
"""

import asyncio
import socket
import sys
import tomllib
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from gateway.app import Gateway
from gateway.callers.principal import Principal
from gateway.settings import Settings
from gateway.wire.call import Answer
from resolvers.schema import schema
from resolvers.viewer import ViewerKind

ANYONE = Principal(ViewerKind.ANONYMOUS, "", None, frozenset({"read", "members:write"}))


class Calls:
    """Carries calls with one httpx client.

    Args:
        address: The upstream's.
    """

    def __init__(self, address):
        self._address = address
        limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
        self._client = httpx.AsyncClient(limits=limits, timeout=60)

    async def send(self, call):
        """One request, one answer."""
        headers = {**call.marks, **call.headers, "Accept": "application/json"}
        if call.credential:
            headers[call.credential[0]] = call.credential[1]
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        address = self._address + call.path
        query = call.query or None
        answer = await self._client.request(call.method, address, params=query, headers=headers, content=call.body)
        return Answer(answer.status_code, answer.headers, answer.content)

    async def close(self):
        """Closes its connections."""
        await self._client.aclose()


class Served(GraphQL):
    """Strawberry's, with the gateway's surroundings."""

    def __init__(self, gateway):
        super().__init__(schema)
        schema.config.enable_experimental_incremental_execution = True  # it refuses a schema with @defer otherwise
        self._gateway = gateway

    async def get_context(self, request, response=None):  # noqa: ARG002  Strawberry's own signature
        """Of one operation."""
        return self._gateway.surroundings(ANYONE)


def application(settings):
    """The ASGI application."""
    gateway = Gateway(settings, on_sandbox=True)
    ways = {upstream: Calls(line.settings.url) for upstream, line in gateway.reach.lines.items()}
    for upstream, calls in ways.items():
        gateway.reach.lines[upstream] = replace(gateway.reach.lines[upstream], step=calls)

    @asynccontextmanager
    async def lifespan(_):
        yield
        for calls in ways.values():
            await calls.close()
        await gateway.close()

    return Starlette(routes=[Route("/graphql", Served(gateway))], lifespan=lifespan)


def main():
    """Say where it listens, and serve."""
    settings = Settings.model_validate(tomllib.loads(Path(sys.argv[1]).read_text()))
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(application(settings), http="httptools", log_level="warning", access_log=False)
    asyncio.run(uvicorn.Server(config).serve([listening]))


if __name__ == "__main__":
    main()
