"""What is odd or slow, and a good answer all the same."""

import asyncio
import gzip
import uuid

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


async def nothing_wrong(exchange):
    await exchange.say(b"".join(await exchange.answer()))


async def slow(exchange):
    await asyncio.sleep(0.2)
    await exchange.say(b"".join(await exchange.answer()))


async def closed_behind_it(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, body)


async def byte_by_byte(exchange):
    whole = b"".join(await exchange.answer())
    for byte in whole[:500]:
        await exchange.say(bytes([byte]))
    await exchange.say(whole[500:])


async def small_chunks(exchange):
    _, body = await exchange.answer()
    await exchange.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(body), 16):
        chunk = body[start : start + 16]
        await exchange.say(b"%x;canary=1\r\n%b\r\n" % (len(chunk), chunk))
    await exchange.say(b"0\r\nX-Canary: canary\r\n\r\n")


async def packed(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, gzip.compress(body), "Content-Encoding: gzip")


async def up_to_the_end_of_the_connection(exchange):
    _, body = await exchange.answer()
    await exchange.say(b"HTTP/1.0 200 OK\r\n\r\n" + body)


async def hints_before_it(exchange):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </canary>\r\n\r\n" * 3
    await exchange.say(b"HTTP/1.1 100 Continue\r\n\r\n" + early + b"".join(await exchange.answer()))


async def no_json_by_its_type(exchange):
    head, body = await exchange.answer()
    await exchange.say(head.replace(b"application/json", b"text/html") + body)


async def another_answer_behind_it(exchange):
    whole = b"".join(await exchange.answer())
    await exchange.say(whole + b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"name":"canary"}')


async def cookies_and_the_like(exchange):
    _, body = await exchange.answer()
    await exchange.reply(
        200, body, "Set-Cookie: canary=1", "Location: http://127.0.0.1:1/", "Refresh: 0", "Upgrade: h2c"
    )


@pytest.mark.parametrize(
    "fault",
    [
        nothing_wrong,
        slow,
        closed_behind_it,
        byte_by_byte,
        small_chunks,
        packed,
        up_to_the_end_of_the_connection,
        hints_before_it,
        no_json_by_its_type,
        another_answer_behind_it,
        cookies_and_the_like,
    ],
    ids=lambda fault: fault.__name__,
)
async def test_it_is_asked_once_and_a_write_is_done_once(matrix, seen, fault):
    assert await matrix.reads(fault) == seen(None, 1)
    assert await matrix.writes(fault) == seen(None, 1, made=True)
    assert await matrix.reads(fault) == seen(None, 1)


async def each(site, ask):
    return dict(zip(Upstream, await asyncio.gather(*(ask(site, upstream) for upstream in Upstream)), strict=True))


async def renamed(site, upstream):
    """What a write answers, and whether it is done."""
    name = f"Heron {uuid.uuid4().hex}"
    told = (await site.rename(upstream, name)).answer["data"]["updateOrganization"]["userErrors"]
    return [error["code"] for error in told], site.name(upstream) == name


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(open_site):
    site = await open_site()
    assert not (await site.ask()).errors
    for hangs_up_before in ("the read", "the writes"):
        for proxy in site.proxies.values():
            proxy.hang_up()
            proxy.requests.clear()
        await asyncio.sleep(0.1)  # for the news to arrive
        if hangs_up_before == "the read":
            assert not (await site.ask()).errors
        else:
            assert await each(site, renamed) == dict.fromkeys(Upstream, ([], True))
        assert [proxy.count() for proxy in site.proxies.values()] == [1] * 4
    assert [proxy.connections for proxy in site.proxies.values()] == [3] * 4


async def hang_up(exchange):
    """The connection was kept, and is closed as the next request comes in on it."""


async def test_a_kept_connection_that_closes_as_a_read_arrives_costs_a_second_attempt(open_site):
    site = await open_site()
    assert not (await site.ask()).errors
    for proxy in site.proxies.values():
        proxy.repair()
        proxy.strike(hang_up, times=1)

    assert not (await site.ask()).errors
    assert [proxy.requests[0] == proxy.requests[1] for proxy in site.proxies.values()] == [True] * 4
    assert [proxy.count() for proxy in site.proxies.values()] == [2] * 4


async def test_a_write_that_arrives_as_its_connection_closes_is_not_sent_again(open_site):
    site = await open_site()
    assert not (await site.ask()).errors
    for proxy in site.proxies.values():
        proxy.repair()
        proxy.strike(hang_up, times=1)

    assert await each(site, renamed) == dict.fromkeys(Upstream, (["OUTCOME_UNKNOWN"], False))
    assert [proxy.count() for proxy in site.proxies.values()] == [1] * 4
    assert await each(site, renamed) == dict.fromkeys(Upstream, ([], True))
