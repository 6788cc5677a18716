"""What the steps below are told of the time that is left."""

import asyncio

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.deadline import Deadline
from gateway.wire.trail import Trail
from resolvers.errors import OutcomeUnknown, UpstreamTimeout
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


class Asking:
    """A step that takes a while, and notes how much time it was given."""

    def __init__(self, now, seconds: float = 0.0) -> None:
        self._now = now
        self._seconds = seconds
        self.left: list[float] = []

    async def send(self, call: Call) -> Answer:
        self.left.append(call.trail.until - self._now())
        await asyncio.sleep(self._seconds)
        return Answer(200, {}, b"{}")


def call(method: str = "GET", until: float = float("inf")) -> Call:
    return Call(Upstream.NKS, "orgs.list", method, "/orgs", trail=Trail(until=until))


async def test_the_steps_below_know_when_it_ends(now) -> None:
    below = Asking(now)
    deadline = Deadline(below, read_seconds=5.0, write_seconds=10.0)
    await deadline.send(call())
    await deadline.send(call("POST"))
    assert below.left == [5.0, 10.0]


async def test_who_has_less_time_keeps_it(now) -> None:
    below = Asking(now)
    await Deadline(below, read_seconds=5.0, write_seconds=10.0).send(call(until=now() + 2.0))
    assert below.left == [2.0]


async def test_a_call_that_is_sent_later_has_the_whole_time_again(now) -> None:
    below = Asking(now, 3.0)
    deadline, read = Deadline(below, read_seconds=5.0, write_seconds=10.0), call()
    for _ in range(3):
        await deadline.send(read)
    assert below.left == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("method", "seconds", "expected", "words"),
    [
        ("GET", 5.0, UpstreamTimeout, "NKS gave no answer within 5 s."),
        ("PATCH", 10.0, OutcomeUnknown, "NKS gave no answer within 10 s; the change may have been made."),
    ],
)
async def test_it_ends_when_its_time_is_over(now, method, seconds, expected, words) -> None:
    began, sent = now(), call(method)
    with pytest.raises(expected) as caught:
        await Deadline(Asking(now, 60.0), read_seconds=5.0, write_seconds=10.0).send(sent)
    assert now() - began == seconds
    assert caught.value.message == words
    assert sent.trail.until == float("inf")
