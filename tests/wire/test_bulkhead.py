"""So many at once, so many waiting."""

import asyncio
from typing import Any

import pytest

from gateway.wire.bulkhead import Bulkhead
from gateway.wire.call import Call
from gateway.wire.trail import Source, Trail
from resolvers.errors import UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    def make(*script: Any, concurrency=2, queue=3):
        bottom = scripted(*script)
        return Bulkhead(bottom, concurrency=concurrency, queue=queue, clock=now), bottom

    return make


def read(**trail) -> Call:
    return Call(Upstream.NKS, "orgs.list", "GET", "/orgs", trail=Trail(**trail))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_run_at_once_than_there_is_room_for(made) -> None:
    bulkhead, bottom = made((1.0, 200), concurrency=2, queue=100)
    answers = await asyncio.gather(*(bulkhead.send(read()) for _ in range(100)))
    assert {answer.status for answer in answers} == {200}
    assert bottom.most == 2
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_beyond_the_queue_calls_are_refused_at_once(made) -> None:
    bulkhead, bottom = made(60.0)
    tasks = [asyncio.create_task(bulkhead.send(read())) for _ in range(5)]
    await settle()
    assert (bulkhead.running, bulkhead.waiting) == (2, 3)
    call = read()
    with pytest.raises(UpstreamUnavailable) as caught:
        await bulkhead.send(call)
    assert caught.value.message == "NKS has more requests waiting than the gateway holds."
    assert caught.value.retryable
    assert call.trail.source is Source.REFUSED
    assert len(bottom.times) == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_first_come_first_served(made) -> None:
    bulkhead, bottom = made((1.0, 200), concurrency=1, queue=10)
    ended = []

    async def send(number: int) -> None:
        await bulkhead.send(read())
        ended.append(number)

    await asyncio.gather(*(send(number) for number in range(6)))
    assert ended == list(range(6))
    assert [round(time - bottom.times[0], 6) for time in bottom.times] == [0, 1, 2, 3, 4, 5]


async def test_who_is_cancelled_leaves_the_queue(made) -> None:
    bulkhead, bottom = made(1.0, 200, concurrency=1, queue=2)
    running, impatient, patient = (asyncio.create_task(bulkhead.send(read())) for _ in range(3))
    await settle()
    impatient.cancel()
    await settle()
    assert bulkhead.waiting == 1
    late = asyncio.create_task(bulkhead.send(read()))
    answers = await asyncio.gather(running, patient, late)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(bottom.times) == 3
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_who_is_cancelled_in_the_moment_of_its_turn_passes_it_on(made) -> None:
    bulkhead, bottom = made(200, concurrency=1, queue=2)
    bulkhead.running = 1
    first, second = (asyncio.create_task(bulkhead.send(read())) for _ in range(2))
    await settle()
    bulkhead.give_back()  # the call that holds the room ends
    first.cancel()
    assert (await second).status == 200
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(bottom.times) == 1
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_a_failure_makes_room_as_an_answer_does(made) -> None:
    bulkhead, _ = made(UpstreamUnavailable("NKS cannot be reached."), concurrency=1, queue=0)
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable, match="reached"):
            await bulkhead.send(read())


async def test_who_waits_gives_up_before_its_deadline_and_has_not_left(made, now) -> None:
    bulkhead, bottom = made(60.0, concurrency=1)
    running = asyncio.create_task(bulkhead.send(read()))
    await settle()
    call = read(until=now() + 2.0)
    async with asyncio.timeout(2.0):
        with pytest.raises(UpstreamUnavailable, match="more requests waiting"):
            await bulkhead.send(call)
    assert call.trail.waited == pytest.approx(1.98)
    assert bulkhead.waiting == 0
    assert len(bottom.times) == 1
    running.cancel()


async def test_the_trail_tells_how_long_a_call_waited(made) -> None:
    bulkhead, _ = made(1.5, 200, concurrency=1)
    calls = [read(), read()]
    await asyncio.gather(*(bulkhead.send(call) for call in calls))
    assert [call.trail.waited for call in calls] == [0.0, 1.5]


async def test_without_a_queue_nobody_waits(made) -> None:
    bulkhead, _ = made(1.0, 200, concurrency=1, queue=0)
    ends = await asyncio.gather(*(bulkhead.send(read()) for _ in range(3)), return_exceptions=True)
    assert [type(end).__name__ for end in ends] == ["Answer", "Refused", "Refused"]


async def test_a_hanging_upstream_leaves_the_others_alone(made) -> None:
    hanging, _ = made(3600.0, concurrency=32, queue=64)
    well, bottom = made((0.001, 200), concurrency=32, queue=64)
    stuck = [asyncio.create_task(hanging.send(read())) for _ in range(500)]
    await settle()
    answers = await asyncio.gather(*(well.send(read()) for _ in range(90)))
    assert {answer.status for answer in answers} == {200}
    assert len(bottom.times) == 90
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert (hanging.running, hanging.waiting) == (0, 0)
