"""Who asks, as far as a request's headers tell."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.callers.api_keys import hashed, new_key
from gateway.callers.asker import NO_CREDENTIALS, Asker, asker_of
from gateway.callers.principal import Principal
from gateway.cli.server import Server
from gateway.cli.sockets import listening_socket
from resolvers.identity import Upstream
from resolvers.viewer import ViewerKind

ONE = Principal(ViewerKind.API_KEY, "one", None, frozenset({"read"}))


def asker(headers: Mapping[str, str], *upstreams: Upstream) -> Asker:
    return asker_of(ONE, headers, upstreams)


def test_callers_with_other_credentials_for_upstreams_are_told_apart() -> None:
    ids = {asker({"nks-authorization": token}, Upstream.NKS).id for token in ("one", "other", "one")}
    assert len(ids) == 2
    assert ONE.id not in ids
    assert all(id_.endswith(f"|{ONE.id}") for id_ in ids)


def test_credentials_that_are_not_read_tell_nobody_apart() -> None:
    assert asker({"nks-authorization": "one"}, Upstream.LOSANT).id == ONE.id
    assert asker({"nks-authorization": "one"}).credentials is NO_CREDENTIALS


def test_the_idempotency_key_is_the_header() -> None:
    assert asker({"idempotency-key": "k-1"}).key == "k-1"
    assert asker({}).key is None


async def names(port: int, *keys: str) -> list[str]:
    """Whom the gateway takes callers for who ask one after the other on one connection, with these API keys."""
    body = b'{"query": "{ viewer { name } }"}'
    told = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for key in keys:
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b" % (key.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        told.append(json.loads(await reader.readexactly(length))["data"]["viewer"]["name"])
    writer.close()
    return told


@pytest.mark.anyio
async def test_whoever_asks_again_on_a_connection_is_told_by_each_request(graphs: Any) -> None:
    keys = {name: new_key() for name in ("one", "other")}
    granted = "".join(
        f'[[callers.api_keys]]\nname = "{name}"\nhash = "{hashed(key)}"\nscopes = ["read"]\n'
        for name, key in keys.items()
    )
    gateway = graphs(f"[callers]\nanonymous = []\n{granted}").gateway
    listening = listening_socket("127.0.0.1", 0)
    server = Server(gateway, gateway.cut_off)
    serving = asyncio.create_task(server.serve([listening]))
    try:
        order = ["one", "one", "one", "other", "other", "one", "other"]
        async with asyncio.timeout(60):
            assert await names(listening.getsockname()[1], *(keys[name] for name in order)) == order
    finally:
        server.should_exit = True
        await serving
