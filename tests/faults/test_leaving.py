"""Callers who go away before they are answered, over real sockets on both sides."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvicorn

from gateway.cli.connections import Bounds, Connection
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

SOON = 2.0
"""Seconds; on a machine that does nothing else it is a twentieth of that."""


@asynccontextmanager
async def served(gateway) -> AsyncIterator[int]:
    """The gateway on the server that `gateway serve` runs; its port."""
    bounds = Bounds(header_seconds=10, header_bytes=16_384, connections=100, write_seconds=30)
    config = uvicorn.Config(
        gateway,
        port=0,
        http=partial(Connection, bounds=bounds),  # type: ignore[arg-type]  # it is called as the class is
        ws="none",
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def asked(port, query):
    """The connection of a caller who has asked."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"query": query}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return reader, writer


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is a figure
            await asyncio.sleep(0.01)


READ = "{ " + " ".join(f'{each.word}: organization(id: "{each.word}") {{ name }}' for each in Upstream) + " }"


async def hang(exchange):
    await exchange.gone()


async def test_a_caller_who_goes_away_ends_the_reads_that_nobody_else_waits_for(open_site):
    site = await open_site()
    for proxy in site.proxies.values():
        proxy.strike(hang)
    async with served(site.gateway) as port:
        _, writer = await asked(port, READ)
        await until(lambda: all(proxy.count() == 1 for proxy in site.proxies.values()))
        assert [proxy.left for proxy in site.proxies.values()] == [0] * 4
        writer.close()
        await until(lambda: all(proxy.left == 1 for proxy in site.proxies.values()), SOON)

    assert [proxy.count() for proxy in site.proxies.values()] == [1] * 4, "none is tried again"


async def test_a_read_goes_on_as_long_as_somebody_waits_for_it(open_site):
    site = await open_site()
    go = asyncio.Event()

    async def wait(exchange):
        await go.wait()
        await exchange.say(b"".join(await exchange.answer()))

    for proxy in site.proxies.values():
        proxy.strike(wait)
    more = READ[:-1] + 'more: organization(id: "nks") { members { totalCount } } }'
    async with served(site.gateway) as port:
        _, first = await asked(port, READ)
        await until(lambda: all(proxy.count() == 1 for proxy in site.proxies.values()))
        reader, second = await asked(port, more)
        await until(lambda: site.proxies[Upstream.NKS].count() == 2)
        first.close()
        await asyncio.sleep(0.3)
        assert [proxy.left for proxy in site.proxies.values()] == [0] * 4
        go.set()
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        second.close()

    assert "errors" not in answer
    assert all(answer["data"][each.word]["name"] for each in Upstream)
    assert {upstream.word: proxy.count() for upstream, proxy in site.proxies.items()} == {
        "losant": 1,
        "nks": 2,
        "locktera": 1,
        "clickhouse": 1,
    }


async def test_a_change_runs_to_its_end_though_its_caller_is_gone(open_site):
    site = await open_site()
    go = asyncio.Event()

    async def wait(exchange):
        await go.wait()
        await exchange.say(b"".join(await exchange.answer()))

    for proxy in site.proxies.values():
        proxy.strike(wait)
    rename = (
        'mutation {{ updateOrganization(input: {{ organizationId: "{0}", name: "Heron gone" }}) {{ __typename }} }}'
    )
    async with served(site.gateway) as port:
        writers = [(await asked(port, rename.format(upstream.word)))[1] for upstream in Upstream]
        await until(lambda: all(proxy.count("PATCH") == 1 for proxy in site.proxies.values()))
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.3)
        assert [proxy.left for proxy in site.proxies.values()] == [0] * 4
        go.set()
        await until(lambda: all(site.name(upstream) == "Heron gone" for upstream in Upstream))

    assert [proxy.count() for proxy in site.proxies.values()] == [1] * 4
