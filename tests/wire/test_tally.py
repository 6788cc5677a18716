"""Counting an operation's calls."""

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.tally import Tallied, Tally
from resolvers.errors import UpstreamTimeout
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


class Slow:
    """A step that answers reads, and no write in time."""

    async def send(self, call):
        if not call.reads:
            raise UpstreamTimeout("No answer came in time.", upstream=call.upstream)
        return Answer(200, {}, b"")


async def test_every_call_counts_whatever_comes_of_it():
    tally = Tally()
    steps = [Tallied(Slow(), tally), Tallied(Slow(), tally)]

    for step in steps:
        await step.send(Call(Upstream.NKS, "orgs.get", "GET", "/orgs/2"))
    with pytest.raises(UpstreamTimeout):
        await steps[0].send(Call(Upstream.NKS, "orgs.update", "PATCH", "/orgs/2"))

    assert tally.calls == 3
