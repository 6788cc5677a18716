"""Writes that find nothing in their way: whether they go step by step or all at once, the same comes of them.

As with reads, the transport of the gateway's own sends them at once; by httpx they go step by step.
"""

import asyncio

import pytest

from gateway.wire.call import Call
from gateway.wire.chain import Chain, Figures
from gateway.wire.circuit import State
from gateway.wire.errand import Errands
from gateway.wire.refusal import Refused
from gateway.wire.sharing import Sharing
from resolvers.errors import Failure, OutcomeUnknown, UpstreamUnavailable
from resolvers.gathering import Begun
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"
UNPACKABLE = OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
CUT = OK + b"Content-Length: 9\r\n\r\n{"
NEVER = b""


def status(code, *headers: bytes):
    return f"HTTP/1.1 {code} Status\r\n".encode() + b"".join(headers) + b"Content-Length: 2\r\n\r\n{}"


def call(method="POST"):
    return Call(
        Upstream.NKS,
        "org.patch",
        method,
        "/orgs/1",
        credential=("Authorization", "Bearer NKS_API_TOKEN"),
        organizations=("1",),
        body=None if method == "GET" else b'{"name":"n"}',
        fits=lambda _: True,
    )


class Road:
    """From the calls of an operation to a server."""

    def __init__(self, server, transport, figures):
        self.server = server
        self.chain = Chain(transport, figures)
        self.sharing = Sharing(fresh_seconds=60.0, stale_seconds=60.0, most=100, most_bytes=1_000_000)
        self.errands = Errands()
        self.step = self.errands.over(self.sharing.over(self.chain.top, Upstream.NKS))

    async def ask(self, sent):
        return await self.step.send(sent)

    async def ended(self, sent):
        try:
            return (await self.ask(sent)).status
        except Failure as failure:
            return type(failure)

    @property
    def outcomes(self):
        return [attempt.outcome for attempt in self.errands.all[-1].trail.attempts]


@pytest.fixture
def road(listen, reach):
    async def build(*answers: bytes, warm=True, **figures):
        """The server's answers, of which the last is that of all others; where it is warm, a whole one comes first."""
        script = [WHOLE, *answers] if warm else [*answers]

        async def behave(_, writer):
            sent = script.pop(0) if len(script) > 1 else script[0]
            writer.write(sent)
            await writer.drain()
            if sent == CUT:
                writer.close()
            if sent == NEVER:
                await asyncio.Event().wait()

        server = await listen(behave)
        made = Road(server, reach(server.port), Figures(**figures))
        if warm:
            await made.ask(call("GET"))
        return made

    return build


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what is waited for is a figure
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("answer", "expected", "outcome"),
    [
        (WHOLE, 200, "200"),
        (status(404), 404, "404"),
        (status(503), 503, "503"),
        (status(429, b"Retry-After: 0\r\n"), 429, "429"),
        (CUT, OutcomeUnknown, "OUTCOME_UNKNOWN"),
        (UNPACKABLE, OutcomeUnknown, "OUTCOME_UNKNOWN"),
    ],
    ids=["200", "404", "503", "429", "cut", "no gzip"],
)
async def test_a_write_is_sent_once_whatever_comes_of_it(road, method, answer, expected, outcome):
    it = await road(answer)
    assert await it.ended(call(method)) == expected
    assert it.outcomes == [outcome]
    assert len(it.server.heads) == 2
    assert it.chain.bulkhead.running == 0
    errand = it.errands.all[-1]
    assert errand.failed is isinstance(expected, type)
    assert errand.began <= errand.ended


async def test_each_step_notes_what_became_of_it(road):
    it = await road(status(404), status(500), status(429, b"Retry-After: 600\r\n"), WHOLE)
    assert [await it.ended(call()) for _ in range(3)] == [404, 500, 429]
    assert it.chain.breaker.counts == (3, 1), "a 429 says nothing"
    assert it.chain.pulse.state is UpstreamState.DEGRADED
    assert it.chain.throttle.held == 1
    assert issubclass(await it.ended(call()), Failure)
    assert len(it.server.heads) == 4


async def test_a_write_without_an_answer_is_of_unknown_outcome_when_its_time_is_over(road):
    it = await road(NEVER, write_deadline_seconds=2.0)
    assert await it.ended(call()) is OutcomeUnknown
    assert it.outcomes == ["OUTCOME_UNKNOWN"]
    assert it.chain.bulkhead.running == 0
    assert it.chain.breaker.counts == (2, 1)


async def test_a_write_has_more_time_than_a_read(road):
    it = await road(NEVER, attempt_seconds=0.1, read_deadline_seconds=0.2, write_deadline_seconds=0.9)
    began = asyncio.get_running_loop().time()
    assert await it.ended(call()) is OutcomeUnknown
    assert asyncio.get_running_loop().time() - began >= 0.8


async def test_an_open_breaker_lets_no_write_out(road):
    it = await road(CUT, breaker_minimum_calls=2)
    assert [await it.ended(call()) for _ in range(3)] == [OutcomeUnknown, Refused, Refused]
    assert it.chain.breaker.state is State.OPEN
    assert len(it.server.heads) == 2


async def test_what_was_read_before_a_write_is_read_anew_after_it(road):
    it = await road(WHOLE)
    await it.ask(call("GET"))
    assert len(it.server.heads) == 1
    await it.ask(call())
    await it.ask(call("GET"))
    assert len(it.server.heads) == 3


async def test_what_is_read_during_a_write_is_read_anew_after_it(road):
    it = await road(NEVER, WHOLE, write_deadline_seconds=0.6)
    writing = asyncio.create_task(it.ended(call()))
    await until(lambda: len(it.server.heads) == 2)
    await it.ask(call("GET"))
    await writing
    await it.ask(call("GET"))
    assert len(it.server.heads) == 4


async def test_who_ends_a_write_from_above_ends_its_connection(road):
    it = await road(NEVER)
    task = asyncio.create_task(it.ask(call()))
    await until(lambda: len(it.server.heads) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert it.outcomes == ["CANCELLED"]
    assert it.chain.bulkhead.running == 0
    assert it.chain.breaker.counts == (1, 0), "that says nothing of the upstream"


@pytest.mark.parametrize("warm", [True, False])
async def test_no_time_limit_is_set_to_the_task_of_whoever_begins_a_write(road, warm):
    it = await road(NEVER, warm=warm, write_deadline_seconds=0.6)
    begun = Begun(it.ended(call()))
    await until(lambda: begun.done)
    assert begun.value is OutcomeUnknown


async def test_a_write_that_never_left_is_tried_again(road):
    it = await road(WHOLE)
    await it.server.stop()
    assert await it.ended(call()) in {UpstreamUnavailable, OutcomeUnknown}
    assert await it.ended(call()) is UpstreamUnavailable
    assert it.outcomes == ["UPSTREAM_UNAVAILABLE"] * 3
