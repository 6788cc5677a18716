"""The calls of one operation: counted, given the caller's time, ended when the caller is gone."""

import asyncio

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.errand import Errands
from gateway.wire.trail import Source
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

MARKS = {"X-Request-Id": "abc"}
READ = ("orgs.get", "GET", "/orgs/2")
WRITE = ("orgs.update", "PATCH", "/orgs/2")


def call(kind: tuple[str, str, str] = READ) -> Call:
    return Call(Upstream.NKS, *kind)


class Below:
    """The next step: answers, waits for ever, or breaks.

    Attributes:
        seen: The calls that reached it.
        ended: How many of them are over.
    """

    def __init__(self, behaviour: str = "answers") -> None:
        self.behaviour = behaviour
        self.seen: list[Call] = []
        self.ended = 0

    async def reached(self, number: int) -> None:
        """Waits until so many have come."""
        while len(self.seen) < number:  # noqa: ASYNC110  what is waited for is a figure
            await asyncio.sleep(0)

    async def send(self, call: Call) -> Answer:
        self.seen.append(call)
        try:
            if self.behaviour == "hangs":
                await asyncio.Event().wait()
            if self.behaviour == "breaks":
                raise UpstreamUnavailable("NKS broke the connection off.", upstream=call.upstream)
            if self.behaviour == "keeps":
                call.trail.source = Source.CACHE
            return Answer(200, {}, b"{}")
        finally:
            self.ended += 1


async def test_every_call_counts_whatever_comes_of_it():
    errands, below = Errands(), Below()
    for kind in (READ, READ, WRITE):
        await errands.over(below).send(call(kind))
    below.behaviour = "breaks"
    with pytest.raises(UpstreamUnavailable):
        await errands.over(below).send(call())

    assert errands.upstream_calls() == 4
    assert [each.failed for each in errands.all] == [False, False, False, True]
    assert all(each.began <= each.ended for each in errands.all)


async def test_what_was_at_hand_is_no_upstream_call():
    errands = Errands()
    await errands.over(Below("keeps")).send(call())

    assert len(errands.all) == 1
    assert errands.upstream_calls() == 0


@pytest.mark.parametrize(("kind", "expected"), [(READ, UpstreamTimeout), (WRITE, OutcomeUnknown)])
async def test_the_callers_time_ends_a_call(kind, expected):
    errands, below = Errands(until=asyncio.get_running_loop().time() + 1.0), Below("hangs")
    with pytest.raises(expected) as caught:
        await errands.over(below).send(call(kind))

    assert caught.value.upstream is Upstream.NKS
    assert below.ended == 1


@pytest.mark.parametrize("kind", [READ, WRITE])
async def test_nothing_is_sent_when_the_callers_time_is_over(kind):
    errands, below = Errands(until=asyncio.get_running_loop().time()), Below()
    with pytest.raises(UpstreamTimeout):
        await errands.over(below).send(call(kind))

    assert below.seen == []
    assert errands.upstream_calls() == 0


async def test_an_abandoned_operation_ends_its_reads_and_begins_no_other():
    errands, below = Errands(), Below("hangs")
    reads = [asyncio.ensure_future(errands.over(below).send(call())) for _ in range(3)]
    await asyncio.wait_for(below.reached(3), 10)
    errands.abandon()
    ended = await asyncio.gather(*reads, return_exceptions=True)
    with pytest.raises(UpstreamUnavailable):
        await errands.over(below).send(call())

    assert [type(each) for each in ended] == [asyncio.CancelledError] * 3
    assert below.ended == len(below.seen) == 3


async def test_an_abandoned_operation_lets_its_changes_end():
    errands, below = Errands(), Below("hangs")
    change = asyncio.ensure_future(errands.over(below).send(call(WRITE)))
    await asyncio.sleep(0)
    errands.abandon()
    await asyncio.sleep(0)

    assert not change.done()
    below.behaviour = "answers"
    assert (await errands.over(below).send(call(WRITE))).status == 200
    change.cancel()


@pytest.mark.parametrize("errands", [Errands(marks=MARKS), Errands(own_marks=lambda: {**MARKS})], ids=["same", "own"])
async def test_calls_carry_the_marks_of_their_request(errands):
    below = Below()
    await errands.over(below).send(call())

    assert below.seen[0].marks == MARKS
    assert below.seen[0] == call()
