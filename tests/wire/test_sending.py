"""One attempt: its time, and what the trail tells of it."""

import asyncio
from typing import Any

import pytest

from gateway.wire.call import Call
from gateway.wire.sending import Sending
from gateway.wire.trail import Attempt, Trail
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    def make(*script: Any):
        return Sending(scripted(*script), read_seconds=2.5, write_seconds=9.9, clock=now)

    return make


def call(method: str = "GET") -> Call:
    return Call(Upstream.NKS, "orgs.list", method, "/orgs")


@pytest.mark.parametrize("status", [200, 204, 404, 429, 503])
async def test_an_answer_is_noted_with_its_status_and_length(made, now, status) -> None:
    read, began = call(), now()
    await made(0.5, status).send(read)
    assert read.trail.attempts == [Attempt(began, pytest.approx(0.5), str(status))]
    assert read.trail.received == 2


async def test_a_failure_is_noted_with_its_code(made) -> None:
    read = call()
    with pytest.raises(UpstreamUnavailable):
        await made(0.5, UpstreamUnavailable("NKS cannot be reached.")).send(read)
    assert [attempt.outcome for attempt in read.trail.attempts] == ["UPSTREAM_UNAVAILABLE"]
    assert read.trail.received == 0


async def test_a_read_ends_with_its_attempt(made) -> None:
    read = call()
    with pytest.raises(UpstreamTimeout) as caught:
        await made(60.0).send(read)
    assert caught.value.message == "NKS gave no whole answer within 2.5 s."
    assert [(attempt.seconds, attempt.outcome) for attempt in read.trail.attempts] == [
        (pytest.approx(2.5), "UPSTREAM_TIMEOUT")
    ]


async def test_a_write_that_takes_too_long_is_of_unknown_outcome(made) -> None:
    write = call("POST")
    with pytest.raises(OutcomeUnknown) as caught:
        await made(60.0).send(write)
    assert caught.value.message == "NKS gave no whole answer within 9.9 s; the change may have been made."
    assert [(attempt.seconds, attempt.outcome) for attempt in write.trail.attempts] == [
        (pytest.approx(9.9), "OUTCOME_UNKNOWN")
    ]


async def test_a_write_may_take_longer_than_a_read(made) -> None:
    assert (await made(5.0, 200).send(call("PATCH"))).status == 200


async def test_who_goes_away_is_noted_and_is_no_timeout(made) -> None:
    read = call()
    task = asyncio.create_task(made(60.0).send(read))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(attempt.seconds, attempt.outcome) for attempt in read.trail.attempts] == [
        (pytest.approx(1.0), "CANCELLED")
    ]


async def test_attempts_are_noted_in_order(made) -> None:
    read = Call(Upstream.NKS, "orgs.list", "GET", "/orgs", trail=Trail())
    sending = made(503, 200)
    for _ in range(2):
        await sending.send(read)
    assert [attempt.outcome for attempt in read.trail.attempts] == ["503", "200"]
