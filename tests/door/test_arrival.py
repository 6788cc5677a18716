import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import orjson
import pytest
from starlette.types import Message

from gateway.execution.operation import Exchange, Operation

pytestmark = pytest.mark.anyio

Knock = Callable[..., Awaitable[list[Message]]]
QUERY = b'{"query": "{ greeting }"}'
JSON = (b"content-type", b"application/json")


def status_and_message(out: list[Message]) -> tuple[int, str]:
    """What the raw messages of one refusal say; the headers must fit the body."""
    start, *parts = out
    body = b"".join(part["body"] for part in parts)
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(body)
    assert not parts[-1].get("more_body", False)
    return start["status"], orjson.loads(body)["errors"][0]["message"]


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"100001", 413),
        (b"9" * 5_000, 413),
        (b"-1", 400),
        (b"1e3", 400),
        (b"", 400),
        (b"\xb2", 400),
        (b"25, 25", 400),
    ],
)
async def test_a_content_length_that_cannot_be_read_is_refused_before_the_body(
    knock: Knock, seen: list[tuple[Operation, Exchange]], length: bytes, status: int
) -> None:
    out = await knock(part(QUERY), headers=[JSON, (b"content-length", length)])
    assert status_and_message(out)[0] == status
    assert (b"connection", b"close") in out[0]["headers"]
    assert seen == []


async def test_a_repeated_content_length_is_refused(knock: Knock) -> None:
    length = (b"content-length", b"25")
    assert status_and_message(await knock(part(QUERY), headers=[JSON, length, length]))[0] == 400


async def test_a_length_beside_a_transfer_encoding_is_refused(knock: Knock) -> None:
    headers = [JSON, (b"content-length", b"25"), (b"transfer-encoding", b"chunked")]
    assert status_and_message(await knock(part(QUERY), headers=headers))[0] == 400


async def test_a_body_without_length_is_refused_as_soon_as_it_is_too_large(knock: Knock) -> None:
    pulled = 0

    async def endless() -> AsyncIterator[Message]:
        nonlocal pulled
        while True:
            pulled += 1
            yield part(b" " * 50_000, more=True)

    out = await knock(endless(), headers=[JSON, (b"transfer-encoding", b"chunked")])
    assert status_and_message(out) == (413, "The request body is too large: at most 100000 bytes are read.")
    assert pulled < 100, "it reads on for a moment only"


async def test_a_body_of_exactly_the_limit_is_read_in_one_part_or_many(knock: Knock) -> None:
    full = QUERY.ljust(100_000)
    assert (await knock(part(full), headers=[JSON, (b"content-length", b"100000")]))[0]["status"] == 200
    parts = [part(full[i : i + 999], more=i + 999 < len(full)) for i in range(0, len(full), 999)]
    out = await knock(*parts, headers=[JSON])
    assert out[0]["status"] == 200
    assert orjson.loads(out[1]["body"]) == {"data": {"greeting": "Hello, you!"}}
    assert status_and_message(await knock(part(full + b" "), headers=[JSON]))[0] == 413


@pytest.mark.parametrize(("more", "asked"), [(False, False), (True, True)])
async def test_what_is_left_of_a_body_that_is_too_large_is_read_for_a_moment(
    knock: Knock, more: bool, asked: bool
) -> None:
    left: list[str] = []

    async def rest() -> AsyncIterator[Message]:
        left.append("asked for")
        yield part(b"")

    out = await knock(part(b" " * 100_001, more=more), rest(), headers=[JSON])
    assert status_and_message(out)[0] == 413
    assert (b"connection", b"close") in out[0]["headers"]
    assert bool(left) is asked


async def test_a_body_that_drips_is_given_up(knock: Knock) -> None:
    async def drip() -> AsyncIterator[Message]:
        while True:
            await asyncio.sleep(0.05)
            yield part(b" ", more=True)

    started = time.monotonic()
    status, message = status_and_message(await knock(drip(), headers=[JSON]))
    assert status == 408
    assert message == "The request body did not arrive in time: send it again."
    assert time.monotonic() - started < 3


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_not_answered(
    knock: Knock, seen: list[tuple[Operation, Exchange]]
) -> None:
    assert await knock(part(QUERY, more=True), {"type": "http.disconnect"}, headers=[JSON]) == []
    assert seen == []


async def test_a_query_string_longer_than_a_body_may_be_is_refused(knock: Knock) -> None:
    out = await knock(headers=[], method="GET", query_string=b"query={greeting}".ljust(100_001, b"+"))
    assert status_and_message(out)[0] == 414


async def test_headers_reach_execution_by_lower_case_name_and_joined(
    knock: Knock, seen: list[tuple[Operation, Exchange]]
) -> None:
    await knock(
        part(QUERY), headers=[JSON, (b"x-tag", b"a"), (b"x-tag", b"b"), (b"losant-authorization", b"Bearer \xe9")]
    )
    exchange = seen[0][1]
    assert exchange.method == "POST"
    assert exchange.headers["x-tag"] == "a, b"
    assert exchange.headers["losant-authorization"] == "Bearer é"


@pytest.mark.parametrize("sane", ["a", "0af7651916cd43dd8448eb211c80319c", "A.b_c-9", "x" * 64])
async def test_a_sane_request_id_is_taken_over(
    client: httpx.AsyncClient, seen: list[tuple[Operation, Exchange]], sane: str
) -> None:
    answer = await client.post("/graphql", json={"query": "{ broken }"}, headers={"x-request-id": sane})
    assert answer.headers["x-request-id"] == sane
    assert answer.json()["errors"][0]["extensions"]["requestId"] == sane
    assert seen[0][1].request_id == sane


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 65, "a\tb", "<script>", "a,b", "é"])
async def test_a_request_id_that_is_missing_or_strange_is_made_anew(
    client: httpx.AsyncClient, given: str | None
) -> None:
    headers = {} if given is None else {"x-request-id": given.encode()}
    made = set()
    for _ in range(2):
        answer = await client.post("/graphql", json={"query": "{ greeting }"}, headers=headers)
        made.add(answer.headers["x-request-id"])
    assert len(made) == 2
    assert all(len(one) == 16 and one.isalnum() for one in made)
