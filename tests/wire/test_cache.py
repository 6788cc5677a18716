"""Kept answers: for how long, for whom, and what is never kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.wire.cache import Cache
from gateway.wire.call import Answer, Call
from gateway.wire.sharing import Sharing
from gateway.wire.trail import Source, Trail
from resolvers.errors import (
    NotConfigured,
    UpstreamForbidden,
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

Make = Callable[..., Cache]


class Bottom:
    """An upstream that counts: each body is the number of the call, unless it is told something else.

    Attributes:
        calls: Those that arrived.
        then: What it answers or raises, in the place of a 200.
        held: Where it is set, calls wait for it.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.then: Answer | Exception | None = None
        self.held: asyncio.Event | None = None

    async def send(self, call: Call) -> Answer:
        self.calls.append(call)
        number = len(self.calls)
        if self.held:
            await self.held.wait()
        if isinstance(self.then, Exception):
            raise self.then
        return self.then or Answer(200, {"content-type": "application/json", "set-cookie": "a=b"}, b"%d" % number)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bottom() -> Bottom:
    return Bottom()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(bottom, clock) -> Make:
    """Makes the cache of one upstream above the bottom."""

    def make(upstream: Upstream = Upstream.LOSANT, **figures: Any) -> Cache:
        given = {"fresh_seconds": 2.0, "stale_seconds": 600.0, "most": 100, "most_bytes": 10**6} | figures
        return Sharing(clock=clock, **given).over(bottom, upstream)

    return make


READ = Call(
    Upstream.LOSANT,
    "org.get",
    "GET",
    "/orgs/1",
    query=(("_links", "true"),),
    headers={"Accept-Version": "^1.31.0"},
    credential=("Authorization", "Bearer one"),
    organizations=("1",),
    fits=lambda answer: answer.body != b"junk",
)
LIST = replace(READ, operation="orgs.get", path="/orgs", organizations=())
WRITE = Call(
    Upstream.LOSANT,
    "org.patch",
    "PATCH",
    "/orgs/1",
    credential=("Authorization", "Bearer one"),
    body=b"{}",
    organizations=("1",),
)


async def ask(cache: Cache, call: Call = READ, **other: Any) -> tuple[bytes, Source, float]:
    """The body, where it came from, and how old it is."""
    asked = replace(call, trail=Trail(), **other)
    answer = await cache.send(asked)
    return answer.body, asked.trail.source, asked.trail.age


async def until(condition: Callable[[], object]) -> None:
    """Waits until something is so."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It never was so.")


async def test_an_answer_serves_for_two_seconds_and_tells_its_age(make, clock):
    cache = make()
    assert await ask(cache) == (b"1", Source.UPSTREAM, 0.0)
    clock.now += 1.75
    assert await ask(cache) == (b"1", Source.CACHE, 1.75)
    clock.now += 0.25
    assert await ask(cache) == (b"2", Source.UPSTREAM, 0.0)


@pytest.mark.parametrize(
    "other",
    [
        {"credential": ("Authorization", "Bearer two")},
        {"credential": ("X-Key", "Bearer one")},
        {"path": "/orgs/2"},
        {"query": (("_links", "false"),)},
        {"query": ()},
        {"headers": {}},
        {"headers": {"Accept-Version": "^1.30.0"}},
        {"upstream": Upstream.NKS},
    ],
)
async def test_another_question_or_another_credential_is_another_call(make, other):
    cache = make()
    await ask(cache)

    assert await ask(cache, **other) == (b"2", Source.UPSTREAM, 0.0)
    assert (await ask(cache))[0] == b"1"


async def test_marks_of_a_request_make_no_other_question(make):
    cache = make()
    await ask(cache, marks={"X-Request-Id": "one"})

    assert (await ask(cache, marks={"X-Request-Id": "two"}))[1] is Source.CACHE


async def test_without_a_credential_nothing_is_shared(make, bottom):
    cache = make()
    bottom.held = asyncio.Event()
    asked = [asyncio.create_task(ask(cache, credential=None)) for _ in range(2)]
    await until(lambda: len(bottom.calls) == 2)
    bottom.held.set()
    await asyncio.gather(*asked)

    assert await ask(cache, credential=None) == (b"3", Source.UPSTREAM, 0.0)


async def test_what_is_kept_holds_neither_the_credential_nor_the_vendors_cookies(bottom, clock):
    sharing = Sharing(fresh_seconds=2.0, stale_seconds=600.0, most=9, most_bytes=10**6, clock=clock)
    await ask(sharing.over(bottom, Upstream.LOSANT))
    shown = repr(vars(sharing.entries))

    assert "content-type" in shown
    assert "cookie" not in shown
    assert "Bearer one" not in shown


async def test_operations_have_a_freshness_of_their_own_and_nought_keeps_nothing(make, clock):
    cache = make(operations={"losant.org.get": 30.0, "losant.orgs.get": 0.0, "nks.org.members": 9.0})
    await ask(cache)
    await ask(cache, LIST)
    clock.now += 29

    assert await ask(cache) == (b"1", Source.CACHE, 29.0)
    assert await ask(cache, LIST) == (b"3", Source.UPSTREAM, 0.0)
    assert await ask(cache, LIST) == (b"4", Source.UPSTREAM, 0.0)


async def test_fresh_seconds_of_nought_turn_all_of_it_off_but_the_sharing_of_calls_in_flight(make, bottom):
    cache = make(fresh_seconds=0.0, operations={"losant.org.get": 30.0})
    bottom.held = asyncio.Event()
    asked = [asyncio.create_task(ask(cache)) for _ in range(3)]
    await until(lambda: bottom.calls)
    bottom.held.set()
    assert [body for body, _, _ in await asyncio.gather(*asked)] == [b"1"] * 3

    assert (await ask(cache))[0] == b"2"
    bottom.then = UpstreamTimeout("No answer.")
    with pytest.raises(UpstreamTimeout):
        await ask(cache)


async def test_a_404_is_believed_for_a_second(make, bottom, clock):
    cache = make()
    bottom.then = Answer(404, {}, b"{}")
    await ask(cache)
    clock.now += 0.9
    assert (await ask(cache))[1] is Source.CACHE
    clock.now += 0.1
    assert (await ask(cache))[1] is Source.UPSTREAM


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 409, 410, 422, 429, 500, 503])
async def test_no_other_status_is_kept(make, bottom, status):
    cache = make()
    bottom.then = Answer(status, {}, b"{}")
    await ask(cache)
    await ask(cache)

    assert len(bottom.calls) == 2


async def test_a_failure_is_not_kept(make, bottom):
    cache = make()
    bottom.then = UpstreamUnavailable("It is down.")
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable):
            await ask(cache)

    assert len(bottom.calls) == 2


async def test_a_body_that_does_not_fit_is_neither_kept_nor_in_the_place_of_a_good_one(make, bottom, clock):
    cache = make()
    await ask(cache)
    clock.now += 3
    bottom.then = Answer(200, {}, b"junk")
    assert await ask(cache) == (b"junk", Source.UPSTREAM, 0.0)
    assert await ask(cache) == (b"junk", Source.UPSTREAM, 0.0)
    bottom.then = UpstreamTimeout("No answer.")

    assert await ask(cache) == (b"1", Source.STALE, 3.0)


async def test_a_read_that_says_nothing_of_its_form_is_not_kept(make):
    cache = make()
    await ask(cache, fits=None)

    assert await ask(cache, fits=None) == (b"2", Source.UPSTREAM, 0.0)


@pytest.mark.parametrize(
    "fault",
    [
        UpstreamTimeout("No answer."),
        UpstreamUnavailable("It is down."),
        UpstreamInvalidResponse("Bad chunks."),
        UpstreamRateLimited("Too many."),
        Answer(500, {}, b""),
        Answer(503, {}, b""),
        Answer(429, {"retry-after": "3"}, b""),
    ],
)
async def test_while_the_upstream_fails_the_last_good_answer_serves_for_ten_minutes(make, bottom, clock, fault):
    cache = make()
    await ask(cache)
    bottom.then = fault
    clock.now += 600
    assert await ask(cache) == (b"1", Source.STALE, 600.0)
    assert len(bottom.calls) == 2, "it is asked all the same"
    clock.now += 0.5
    if isinstance(fault, Answer):
        assert (await cache.send(READ)).status == fault.status
    else:
        with pytest.raises(type(fault)):
            await ask(cache)


async def test_a_stale_answer_is_not_made_fresh_by_serving(make, bottom, clock):
    cache = make()
    await ask(cache)
    clock.now += 10
    bottom.then = UpstreamTimeout("No answer.")
    await ask(cache)
    bottom.then = None

    assert await ask(cache) == (b"3", Source.UPSTREAM, 0.0)


async def test_all_who_wait_for_a_call_that_fails_get_the_stale_answer(make, bottom, clock):
    cache = make()
    await ask(cache)
    clock.now += 10
    bottom.then, bottom.held = Answer(503, {}, b""), asyncio.Event()
    asked = [asyncio.create_task(ask(cache)) for _ in range(3)]
    await until(lambda: len(bottom.calls) == 2)
    bottom.held.set()

    assert await asyncio.gather(*asked) == [(b"1", Source.STALE, 10.0)] * 3
    assert len(bottom.calls) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_credential_is_never_served_stale_and_drops_what_was_kept(make, bottom, clock, status):
    cache = make()
    await ask(cache)
    clock.now += 10
    bottom.then = Answer(status, {}, b"{}")
    assert (await ask(cache))[:2] == (b"{}", Source.UPSTREAM)
    bottom.then = UpstreamTimeout("No answer.")
    with pytest.raises(UpstreamTimeout):
        await ask(cache)


@pytest.mark.parametrize("status", [404, 410, 400])
async def test_what_is_gone_is_not_served_stale(make, bottom, clock, status):
    cache = make()
    await ask(cache)
    clock.now += 10
    bottom.then = Answer(status, {}, b"{}")
    await ask(cache)
    clock.now += 10
    bottom.then = UpstreamTimeout("No answer.")
    with pytest.raises(UpstreamTimeout):
        await ask(cache)


@pytest.mark.parametrize("failure", [UpstreamForbidden("No."), NotConfigured("No.")])
async def test_failures_that_are_not_the_upstreams_disorder_serve_nothing_stale(make, bottom, clock, failure):
    cache = make()
    await ask(cache)
    clock.now += 10
    bottom.then = failure
    with pytest.raises(type(failure)):
        await ask(cache)


async def test_a_fresh_read_is_served_by_nothing_kept_and_what_it_gives_is_kept(make, bottom):
    cache = make()
    await ask(cache)
    assert await ask(cache, fresh=True) == (b"2", Source.UPSTREAM, 0.0)
    assert await ask(cache) == (b"2", Source.CACHE, 0.0)
    bottom.then = UpstreamTimeout("No answer.")
    with pytest.raises(UpstreamTimeout):
        await ask(cache, fresh=True)


async def test_a_fresh_read_joins_no_call_in_flight(make, bottom):
    cache = make()
    bottom.held = asyncio.Event()
    asked = [asyncio.create_task(ask(cache, fresh=fresh)) for fresh in (False, True)]
    await until(lambda: len(bottom.calls) == 2)
    bottom.held.set()

    assert sorted(body for body, _, _ in await asyncio.gather(*asked)) == [b"1", b"2"]


async def test_who_comes_while_an_answer_is_being_kept_makes_no_further_call(make, bottom):
    cache = make()
    asked = []
    for _ in range(20):
        asked.append(asyncio.create_task(ask(cache)))
        await asyncio.sleep(0)

    assert {body for body, _, _ in await asyncio.gather(*asked)} == {b"1"}
    assert len(bottom.calls) == 1
