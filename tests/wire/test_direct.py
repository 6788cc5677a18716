"""Reads that find nothing in their way: whether they go step by step or all at once, the same comes of them.

The transport of the gateway's own sends them at once when a connection is at hand; by httpx they go step by step.
"""

import asyncio

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.chain import Chain, Figures
from gateway.wire.circuit import State
from gateway.wire.direct import Direct, Passage
from gateway.wire.errand import Errands
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.refusal import Refused
from gateway.wire.sharing import Sharing
from gateway.wire.trail import Source
from resolvers.errors import Failure, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"
UNPACKABLE = OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
CUT = OK + b"Content-Length: 9\r\n\r\n{"
NEVER = b""


def status(code: int, *headers: bytes) -> bytes:
    return f"HTTP/1.1 {code} Status\r\n".encode() + b"".join(headers) + b"Content-Length: 2\r\n\r\n{}"


def call(number: int = 1, *, fits: bool = True) -> Call:
    return Call(
        Upstream.NKS,
        "orgs.get",
        "GET",
        f"/orgs/{number}",
        credential=("Authorization", "Bearer NKS_API_TOKEN"),
        organizations=(str(number),),
        fits=lambda _: fits,
    )


class Road:
    """From the calls of an operation to a server, on which a connection is kept.

    Attributes:
        passed: Seconds, for what keeps answers.
    """

    def __init__(self, server, transport, figures: Figures, fresh_seconds: float) -> None:
        self.server = server
        self.chain = Chain(transport, figures)
        self.passed = 0.0
        self.sharing = Sharing(
            fresh_seconds=fresh_seconds, stale_seconds=60.0, most=100, most_bytes=1_000_000, clock=lambda: self.passed
        )
        self.cache = self.sharing.over(self.chain.top, Upstream.NKS)
        self.errands = Errands()

    async def ask(self, sent: Call) -> Answer:
        return await self.errands.over(self.cache).send(sent)

    async def ended(self, sent: Call) -> int | type[Failure]:
        try:
            return (await self.ask(sent)).status
        except Failure as failure:
            return type(failure)

    @property
    def outcomes(self) -> list[str]:
        """Of the attempts of the last call."""
        return [attempt.outcome for attempt in self.errands.all[-1].trail.attempts]

    @property
    def is_quiet(self) -> bool:
        return self.chain.bulkhead.running == len(self.sharing.collapsing) == 0


@pytest.fixture
def road(listen, reach):
    async def build(*answers: bytes, fresh_seconds: float = 0.0, **figures) -> Road:
        """The server's first answer is whole, these are the next, and all others are as the last."""
        script = [WHOLE, *answers]

        async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sent = script.pop(0) if len(script) > 1 else script[0]
            writer.write(sent)
            await writer.drain()
            if sent == CUT:
                writer.close()
            if sent == NEVER:
                await asyncio.Event().wait()

        server = await listen(behave)
        made = Road(server, reach(server.port), Figures(**figures), fresh_seconds)
        await made.ask(call(0))
        return made

    return build


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what is waited for is a figure
            await asyncio.sleep(0.005)


async def test_a_read_leaves_at_once_where_a_connection_is_at_hand(listen):
    server = await listen(lambda _, writer: _write(writer))
    transport = LeanTransport(
        f"http://127.0.0.1:{server.port}",
        connect_seconds=1.0,
        attempt_seconds=2.0,
        connections=4,
        maximum_bytes=1000,
    )
    top = Chain(transport, Figures()).top
    assert isinstance(top, Direct)
    landing = asyncio.get_running_loop().create_future()
    landing.land = landing.set_result
    assert top.begin(call(), landing) is None
    await top.send(call())
    assert isinstance(top.begin(call(), landing), Passage)
    assert (await landing).body == b"{}"
    await transport.close()


async def _write(writer: asyncio.StreamWriter) -> None:
    writer.write(WHOLE)
    await writer.drain()


@pytest.mark.parametrize(
    ("answers", "expected", "outcomes"),
    [
        ([status(200)], 200, ["200"]),
        ([status(404)], 404, ["404"]),
        ([status(501)], 501, ["501"]),
        ([status(503), WHOLE], 200, ["503", "200"]),
        ([CUT, WHOLE], 200, ["UPSTREAM_UNAVAILABLE", "200"]),
        ([CUT], UpstreamUnavailable, ["UPSTREAM_UNAVAILABLE"] * 3),
        ([status(429, b"Retry-After: 0\r\n"), WHOLE], 200, ["429", "200"]),
        ([status(429, b"Retry-After: 600\r\n")], 429, ["429"]),
        ([UNPACKABLE], UpstreamInvalidResponse, ["UPSTREAM_INVALID_RESPONSE"]),
    ],
    ids=["200", "404", "501", "503 once", "cut once", "cut always", "429 once", "429 for long", "no gzip"],
)
async def test_an_outcome_is_noted_and_repeated_as_ever(road, answers, expected, outcomes):
    it = await road(*answers)
    assert await it.ended(call()) == expected
    assert it.outcomes == outcomes
    assert len(it.server.heads) == 1 + len(outcomes)
    assert it.is_quiet
    errand = it.errands.all[-1]
    assert errand.failed is isinstance(expected, type)
    assert errand.began <= errand.ended
    assert errand.trail.source is Source.UPSTREAM


async def test_each_step_notes_what_became_of_it(road):
    it = await road(status(404), status(500, b"Retry-After: 600\r\n"), status(429, b"Retry-After: 600\r\n"), WHOLE)
    assert [await it.ended(call(number)) for number in (1, 2, 3)] == [404, 500, 429]
    assert it.chain.breaker.counts == (3, 1), "a 429 says nothing"
    assert it.chain.pulse.state is UpstreamState.DEGRADED
    assert it.chain.pulse.reason == "NKS is out of order (status 500)."
    assert it.chain.throttle.held == 1
    sent = call(4)
    assert issubclass(await it.ended(sent), Failure)
    assert sent.trail.source is Source.REFUSED
    assert len(it.server.heads) == 4


async def test_a_breaker_opens_by_what_it_is_told_and_lets_nothing_more_out(road):
    it = await road(CUT, breaker_minimum_calls=3, attempts=1)
    assert [await it.ended(call(number)) for number in range(1, 4)] == [UpstreamUnavailable] * 2 + [Refused]
    assert it.chain.breaker.state is State.OPEN
    assert len(it.server.heads) == 3


async def test_a_read_ends_with_its_attempt_and_the_next_with_the_calls_whole_time(road):
    it = await road(NEVER, attempt_seconds=0.5, read_deadline_seconds=0.8, attempts=3)
    began = asyncio.get_running_loop().time()
    assert await it.ended(call()) is UpstreamTimeout
    assert asyncio.get_running_loop().time() - began >= 0.75
    assert it.outcomes == ["UPSTREAM_TIMEOUT", "CANCELLED"]
    assert it.is_quiet
    assert it.errands.all[-1].trail.until == float("inf")


async def test_a_read_that_drips_in_ends_with_its_attempt_though_its_transport_would_wait_for_longer(listen):
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(WHOLE if len(server.heads) == 1 else OK + b"Content-Length: 1000000\r\n\r\n")
        while len(server.heads) > 1 and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)

    server = await listen(drip)
    transport = LeanTransport(
        f"http://127.0.0.1:{server.port}",
        connect_seconds=20.0,
        attempt_seconds=600.0,
        connections=1,
        maximum_bytes=1_000_000,
    )
    chain = Chain(transport, Figures(attempt_seconds=0.4, read_deadline_seconds=20.0, attempts=1))
    assert isinstance(chain.top, Direct)
    await chain.top.send(call())
    landing, dripping = asyncio.get_running_loop().create_future(), call()
    landing.land = landing.set_result
    began = asyncio.get_running_loop().time()
    assert isinstance(chain.top.begin(dripping, landing), Passage)
    outcome = await asyncio.wait_for(landing, 20.0)
    assert isinstance(outcome, UpstreamTimeout)
    assert outcome.message == "NKS gave no whole answer within 0.4 s."
    assert asyncio.get_running_loop().time() - began >= 0.35
    assert [attempt.outcome for attempt in dripping.trail.attempts] == ["UPSTREAM_TIMEOUT"]
    assert chain.breaker.counts == (2, 1)
    assert chain.bulkhead.running == 0
    await transport.close()


async def test_who_leaves_alone_ends_the_call_and_its_connection(road):
    it = await road(NEVER)
    task = asyncio.create_task(it.ask(call()))
    await until(lambda: len(it.server.heads) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: it.is_quiet)
    assert it.outcomes == ["CANCELLED"]
    assert it.errands.all[-1].failed
    assert it.chain.breaker.counts == (1, 0), "who goes away says nothing of the upstream"


async def test_who_leaves_while_it_is_tried_again_ends_it_as_well(road):
    it = await road(CUT, NEVER)
    task = asyncio.create_task(it.ask(call()))
    await until(lambda: len(it.server.heads) == 3)
    it.errands.abandon()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: it.is_quiet)
    assert it.outcomes == ["UPSTREAM_UNAVAILABLE", "CANCELLED"]


async def test_closing_ends_a_read_and_its_repetition_and_tells_who_waits(road):
    for answers in ([NEVER], [CUT, NEVER]):
        it = await road(*answers)
        task = asyncio.create_task(it.ended(call()))
        sent = 1 + len(answers)
        await until(lambda it=it, sent=sent: len(it.server.heads) == sent)
        await it.sharing.close()
        assert await task is UpstreamUnavailable
        assert it.is_quiet


async def test_all_who_ask_the_same_share_one_read_and_one_has_its_attempts(road):
    it = await road(WHOLE)
    answers = await asyncio.gather(*(it.ask(call()) for _ in range(5)))
    assert len({id(answer) for answer in answers}) == 1
    assert len(it.server.heads) == 2
    trails = [errand.trail for errand in it.errands.all[-5:]]
    assert [trail.source for trail in trails] == [Source.UPSTREAM] + [Source.COLLAPSED] * 4
    assert [len(trail.attempts) for trail in trails] == [1, 0, 0, 0, 0]
    assert {trail.received for trail in trails} == {2}


async def test_more_reads_than_there_is_room_for_are_all_answered(road):
    it = await road(WHOLE, concurrency=2, queue=64)
    assert await asyncio.gather(*(it.ended(call(number)) for number in range(1, 41))) == [200] * 40
    assert it.is_quiet


async def test_what_came_is_kept_and_serves_while_the_upstream_fails(road):
    it = await road(WHOLE, status(500), fresh_seconds=2.0)
    assert [(await it.ask(call())).status for _ in range(2)] == [200, 200]
    assert it.errands.all[-1].trail.source is Source.CACHE
    assert it.errands.all[-1].ended is not None
    it.passed = 2.5
    assert (await it.ask(call())).status == 200
    assert it.errands.all[-1].trail.source is Source.STALE


async def test_what_does_not_fit_is_not_kept(road):
    it = await road(WHOLE, fresh_seconds=60.0)
    for _ in range(2):
        await it.ask(call(fits=False))
    assert len(it.server.heads) == 3


async def test_a_mistake_of_the_gateways_own_is_raised_and_leaves_nothing_behind(road):
    it = await road(WHOLE, fresh_seconds=60.0)
    sent = call()
    sent.fits = lambda _: 1 / 0
    with pytest.raises(ZeroDivisionError):
        await it.ask(sent)
    assert it.is_quiet
