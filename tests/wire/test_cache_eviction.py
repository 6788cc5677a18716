"""A write by the gateway drops what it touches: whatever comes of it, and whatever is being read meanwhile."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import pytest
from msgspec.structs import replace

from gateway.wire.cache import Cache
from gateway.wire.call import Answer, Call
from gateway.wire.sharing import Sharing
from gateway.wire.trail import Source, Trail
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


class Bottom:
    """Keeps one number per organization, which a write raises when it is let go.

    Attributes:
        reads: How many arrived.
        values: The numbers.
        outcome: What a write answers or raises.
        write_held: Where it is set, writes wait for it before they are carried out.
        read_held: Where it is set, reads wait for it after they are carried out.
        broken: Reads fail.
    """

    def __init__(self) -> None:
        self.reads = 0
        self.writes = 0
        self.values: dict[str, int] = {}
        self.outcome: Answer | Exception = Answer(200, {}, b"{}")
        self.write_held: asyncio.Event | None = None
        self.read_held: asyncio.Event | None = None
        self.broken = False

    async def send(self, call: Call) -> Answer:
        if call.reads:
            self.reads += 1
            said = sum(self.values.get(each, 0) for each in call.organizations or self.values)
            if self.read_held:
                await self.read_held.wait()
            if self.broken:
                raise UpstreamUnavailable("It is down.", upstream=call.upstream)
            return Answer(200, {}, b"%d" % said)
        self.writes += 1
        if self.write_held:
            await self.write_held.wait()
        for each in call.organizations:
            self.values[each] = self.values.get(each, 0) + 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def bottom() -> Bottom:
    return Bottom()


@pytest.fixture
def caches(bottom) -> Callable[[Upstream], Cache]:
    """The caches of a gateway, which keep for a minute."""
    sharing = Sharing(fresh_seconds=60.0, stale_seconds=600.0, most=100, most_bytes=10**6)
    return lambda upstream: sharing.over(bottom, upstream)


@pytest.fixture
def cache(caches) -> Cache:
    return caches(Upstream.LOSANT)


def read(*organizations: str, upstream: Upstream = Upstream.LOSANT) -> Call:
    return Call(
        upstream,
        "org.get",
        "GET",
        "/orgs/" + "-".join(organizations),
        credential=("Authorization", "Bearer one"),
        organizations=organizations,
        fits=lambda _: True,
    )


def write(*organizations: str, upstream: Upstream = Upstream.LOSANT) -> Call:
    return replace(read(*organizations, upstream=upstream), operation="org.patch", method="PATCH")


async def said(cache: Cache, call: Call) -> int:
    return int((await cache.send(replace(call, trail=Trail()))).body)


async def until(condition: Callable[[], object]) -> None:
    """Waits until something is so."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It never was so.")


async def test_a_write_drops_its_organization_and_the_lists_and_nothing_else(cache, caches, bottom):
    reads = [read("1"), read("2"), read()]
    for call in reads:
        await cache.send(call)
    await caches(Upstream.NKS).send(read("1000", upstream=Upstream.NKS))
    before = bottom.reads
    await cache.send(write("1"))

    assert [await said(cache, call) for call in reads] == [1, 0, 1]
    assert bottom.reads == before + 2
    await caches(Upstream.NKS).send(read("1000", upstream=Upstream.NKS))
    assert bottom.reads == before + 2


async def test_a_write_of_two_organizations_drops_both(cache):
    for number in ("1", "2"):
        await cache.send(read(number))
    await cache.send(write("1", "2"))

    assert [await said(cache, read(number)) for number in ("1", "2")] == [1, 1]


async def test_a_write_that_makes_an_organization_drops_the_lists(cache, bottom):
    await cache.send(read())
    await cache.send(read("1"))
    await cache.send(write())
    await cache.send(read())
    await cache.send(read("1"))

    assert bottom.reads == 3


@pytest.mark.parametrize("failed", [UpstreamTimeout("Late."), OutcomeUnknown("Who knows."), Answer(503, {}, b"")])
async def test_a_write_that_fails_drops_as_well(cache, bottom, failed):
    await cache.send(read("1"))
    bottom.outcome = failed
    with suppress(UpstreamTimeout, OutcomeUnknown):
        await cache.send(write("1"))

    assert await said(cache, read("1")) == 1


async def test_a_write_that_is_cancelled_drops_as_well(cache, bottom):
    await cache.send(read("1"))
    bottom.write_held = asyncio.Event()
    task = asyncio.create_task(cache.send(write("1")))
    await until(lambda: bottom.writes == 1)
    await cache.send(read("1"))
    task.cancel()
    await asyncio.wait([task])
    bottom.values["1"] = 7

    assert await said(cache, read("1")) == 7


async def test_what_is_kept_is_gone_as_soon_as_the_write_is_sent(cache, bottom):
    await cache.send(read("1"))
    bottom.write_held = asyncio.Event()
    task = asyncio.create_task(cache.send(write("1")))
    await until(lambda: bottom.writes == 1)
    await cache.send(read("1"))
    assert bottom.reads == 2
    bottom.write_held.set()
    await task


async def test_what_is_read_during_the_write_is_gone_when_it_has_ended(cache, bottom):
    bottom.write_held = asyncio.Event()
    task = asyncio.create_task(cache.send(write("1")))
    await until(lambda: bottom.writes == 1)
    assert await said(cache, read("1")) == 0
    bottom.write_held.set()
    await task

    assert await said(cache, read("1")) == 1


async def test_a_read_that_began_before_the_end_of_a_write_is_not_kept_and_not_joined_afterwards(cache, bottom):
    bottom.read_held = asyncio.Event()
    old = asyncio.create_task(said(cache, read("1")))
    await until(lambda: bottom.reads == 1)
    await cache.send(write("1"))
    new = asyncio.create_task(said(cache, read("1")))
    await until(lambda: bottom.reads == 2)
    bottom.read_held.set()

    assert (await old, await new) == (0, 1)
    assert await said(cache, read("1")) == 1
    assert bottom.reads == 2


async def test_a_fresh_read_that_began_before_the_end_of_a_write_is_not_kept_either(cache, bottom):
    bottom.read_held = asyncio.Event()
    old = asyncio.create_task(said(cache, replace(read("1"), fresh=True)))
    await until(lambda: bottom.reads == 1)
    await cache.send(write("1"))
    bottom.read_held.set()
    assert await old == 0

    assert await said(cache, read("1")) == 1


async def test_what_was_kept_before_a_write_is_not_served_stale_after_it(cache, bottom):
    await cache.send(read("1"))
    await cache.send(write("1"))
    bottom.broken = True
    with pytest.raises(UpstreamUnavailable):
        await cache.send(read("1"))


async def test_a_read_that_fails_after_a_write_came_between_serves_nothing_from_before_it(cache, bottom):
    sharing = Sharing(fresh_seconds=0.001, stale_seconds=600.0, most=100, most_bytes=10**6)
    cache = sharing.over(bottom, Upstream.LOSANT)
    await cache.send(read("1"))
    await asyncio.sleep(0.01)
    bottom.read_held, bottom.broken = asyncio.Event(), True
    call = read("1")
    task = asyncio.create_task(cache.send(call))
    await until(lambda: bottom.reads == 2)
    await cache.send(write("1"))
    bottom.read_held.set()

    with pytest.raises(UpstreamUnavailable):
        await task
    assert call.trail.source is Source.UPSTREAM


async def test_every_credentials_answers_are_dropped(cache):
    other = replace(read("1"), credential=("Authorization", "Bearer two"))
    await cache.send(other)
    await cache.send(write("1"))

    assert await said(cache, other) == 1


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_asks_after_a_write_has_ended_never_sees_what_was_before_it(bottom, seed):
    chance = random.Random(seed)  # noqa: S311  a test
    ended = {"1": 0, "2": 0}

    async def linger() -> None:
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)

    class Slow:
        async def send(self, call: Call) -> Answer:
            await linger()
            answer = await bottom.send(call)
            await linger()
            return answer

    sharing = Sharing(fresh_seconds=60.0, stale_seconds=600.0, most=100, most_bytes=10**6)
    cache = sharing.over(Slow(), Upstream.LOSANT)

    async def someone() -> None:
        for _ in range(25):
            await linger()
            number = chance.choice("12")
            if chance.random() < 0.2:
                await cache.send(write(number))
                ended[number] = bottom.values[number]
            else:
                least, least_of_all = ended[number], sum(ended.values())
                assert await said(cache, replace(read(number), fresh=chance.random() < 0.1)) >= least
                assert await said(cache, read()) >= least_of_all

    await asyncio.gather(*(someone() for _ in range(8)))
    assert bottom.reads < 8 * 25
