"""Requests that the server hands to the GraphQL endpoint without ASGI."""

import asyncio
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.cli.cycle import LARGE
from gateway.settings import Settings

pytestmark = pytest.mark.anyio


async def test_an_answer_is_the_same_with_and_without_asgi(house: Any) -> None:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        told = []
        for target in (b"/graphql", b"/graphql?a=1", b"http://gateway/graphql", b"/graph%71l"):
            for query in ("hello", "later"):
                writer.write(house.request(query, target=target, headers=b"X-Request-Id: own\r\n"))
                line, headers, body = await house.answer(reader)
                headers.pop(b"date")
                told.append((line, headers, body.replace(b"later", b"hello")))
        writer.close()
    assert house.by_asgi == 4
    assert told[0][0] == b"HTTP/1.1 200 OK"
    assert told[0][2] == b'{"data":{"said":"hello"}}'
    assert told[0][1][b"x-request-id"] == b"own"
    assert [each for each in told if each != told[0]] == []


@pytest.mark.parametrize("checks", [{"origins": ["https://app.example"]}, {"hosts": ["gateway.example"]}])
def test_nothing_goes_around_the_checks_of_hosts_and_origins(checks: dict[str, list[str]]) -> None:
    assert Gateway(Settings()).direct is not None
    assert Gateway(Settings.model_validate({"server": checks})).direct is None


async def test_requests_that_come_at_once_are_answered_one_after_the_other(house: Any) -> None:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"".join(house.request(f"later {number}") for number in range(20)))
        bodies = [(await house.answer(reader))[2] for _ in range(20)]
        writer.close()
    assert bodies == [b'{"data":{"said":"later %d"}}' % number for number in range(20)]


async def test_a_client_that_leaves_ends_what_is_done_for_it(house: Any) -> None:
    async with asyncio.timeout(30):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(house.request("slow"))
        await house.started.wait()
        writer.close()
        await house.cancelled.wait()


async def test_a_client_that_leaves_ends_what_is_done_for_it_though_it_has_asked_for_more(house: Any) -> None:
    async with asyncio.timeout(30):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(house.request("slow") + house.request("hello"))
        await house.started.wait()
        writer.close()
        await house.cancelled.wait()


async def test_a_client_that_leaves_is_seen_behind_a_body_that_nobody_reads(house: Any) -> None:
    async with asyncio.timeout(30):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        head = b"GET /graphql?query=slow HTTP/1.1\r\nHost: gateway\r\nContent-Length: 10000000\r\n"
        writer.write(head + b"GraphQL-Preflight: 1\r\n\r\n" + bytes(200_000))
        await house.started.wait()
        writer.transport.abort()
        await house.cancelled.wait()


async def test_a_connection_is_used_again_after_a_client_left_another_one(house: Any) -> None:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        for _ in range(2):
            _, leaving = await asyncio.open_connection("127.0.0.1", house.port)
            house.started.clear()
            leaving.write(house.request("slow"))
            await house.started.wait()
            leaving.close()
            writer.write(house.request("hello"))
            assert (await house.answer(reader))[2] == b'{"data":{"said":"hello"}}'
        writer.close()


@pytest.mark.parametrize("size", [LARGE // 10, LARGE // 6 + 1, LARGE])
async def test_a_long_answer_to_a_reader_who_is_slow_comes_whole(house: Any, size: int) -> None:
    query = f"long {size}"
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1024)
        writer.write(house.request(query) * 3)
        for _ in range(3):
            body = (await house.answer(reader))[2]
            assert len(body) == len(b'{"data":{"said":""}}') + size * len(query)
        writer.close()


async def test_the_last_answer_of_a_connection_says_so(house: Any) -> None:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(house.request("hello", headers=b"Connection: close\r\n"))
        _, headers, _ = await house.answer(reader)
        assert headers[b"connection"] == b"close"
        assert await reader.read() == b""
        writer.close()


async def test_a_body_that_comes_in_pieces_is_put_together(house: Any) -> None:
    whole = house.request("hello")
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        for at in (len(whole) - 20, len(whole) - 5):
            writer.write(whole[:at])
            await asyncio.sleep(0.02)
            writer.write(whole[at:])
            assert (await house.answer(reader))[2] == b'{"data":{"said":"hello"}}'
        writer.close()


async def test_a_body_that_is_too_large_is_refused(house: Any) -> None:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(house.request("x" * 1000))
        line, headers, _ = await house.answer(reader)
        writer.close()
    assert line == b"HTTP/1.1 413 Request Entity Too Large"
    assert headers[b"connection"] == b"close"
