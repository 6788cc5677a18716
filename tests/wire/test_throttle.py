"""Keeping quiet after a 429."""

import asyncio
from typing import Any

import pytest

from gateway.wire import throttle as module
from gateway.wire.call import Call
from gateway.wire.throttle import Throttle
from gateway.wire.trail import Source
from resolvers.errors import UpstreamRateLimited
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    def make(*script: Any):
        bottom = scripted(*script)
        return Throttle(bottom, now), bottom

    return make


def read(whose: str = "one") -> Call:
    return Call(Upstream.CLICKHOUSE, "orgs.get", "GET", "/v1/organizations", credential=("Authorization", whose))


async def seconds_closed(throttle: Throttle, whose: str = "one") -> float:
    """How long it takes until a call with the credential would pass."""
    try:
        throttle.check(read(whose))
    except UpstreamRateLimited as failure:
        return failure.retry_after_seconds or -1.0
    return 0.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"x-ratelimit-reset": "2.5"}, 2.5),
        ({"retry-after": "86400"}, 300.0),
        ({"retry-after": "soon"}, 1.0),
        ({"other": ""}, 1.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
    ],
)
async def test_the_door_is_closed_for_the_time_asked(made, headers, seconds) -> None:
    throttle, _ = made(headers, 200)
    assert (await throttle.send(read())).status == 429
    assert await seconds_closed(throttle) == pytest.approx(seconds)
    await asyncio.sleep(seconds)
    assert (await throttle.send(read())).status == 200


async def test_further_calls_fail_at_once_and_say_for_how_long(made) -> None:
    throttle, bottom = made({"retry-after": "7"}, 200)
    await throttle.send(read())
    await asyncio.sleep(2.0)
    call = read()
    with pytest.raises(UpstreamRateLimited) as caught:
        await throttle.send(call)
    assert caught.value.message == "ClickHouse Cloud has asked the gateway to wait."
    assert caught.value.retry_after_seconds == pytest.approx(5.0)
    assert call.trail.source is Source.REFUSED
    assert len(bottom.times) == 1


async def test_other_credentials_pass(made) -> None:
    throttle, _ = made({"retry-after": "7"}, 200)
    await throttle.send(read())
    assert (await throttle.send(read("other"))).status == 200
    none = Call(Upstream.CLICKHOUSE, "orgs.get", "GET", "/v1/organizations")
    assert (await throttle.send(none)).status == 200
    assert await seconds_closed(throttle) == 7.0


async def test_a_later_answer_shortens_no_wait(made) -> None:
    throttle, bottom = made(0.1)
    early, late = read(), read()
    first = asyncio.create_task(throttle.send(early))
    await asyncio.sleep(0)
    bottom.play({"retry-after": "30"}, {"retry-after": "1"})
    await throttle.send(late)
    await first
    assert await seconds_closed(throttle) == pytest.approx(29.9)


async def test_only_a_429_closes_it(made) -> None:
    throttle, _ = made({":status": "503", "retry-after": "30"})
    for _ in range(3):
        assert (await throttle.send(read())).status == 503
    assert len(throttle) == 0


async def test_what_is_over_is_forgotten(made) -> None:
    throttle, _ = made({"retry-after": "1"}, 200)
    await throttle.send(read())
    assert len(throttle) == 1
    await asyncio.sleep(1.0)
    await throttle.send(read())
    assert len(throttle) == 0


async def test_the_number_of_credentials_is_bounded(made) -> None:
    throttle, _ = made({"retry-after": "100"})
    for number in range(module.MOST_CREDENTIALS + 10):
        await throttle.send(read(str(number)))
    assert len(throttle) == module.MOST_CREDENTIALS
    assert await seconds_closed(throttle, str(module.MOST_CREDENTIALS + 9)) > 0
    await asyncio.sleep(100.0)
    await throttle.send(read("new"))
    assert len(throttle) == 1
