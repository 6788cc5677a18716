"""A write on the direct way down a chain, for one who awaits it.

As ever it is sent once: nothing repeats it unless it provably never left, and what breaks once it may have left is of
unknown outcome.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from gateway.wire.call import Answer, Call
from gateway.wire.direct import Direct
from resolvers.gathering import Waiter


class _Awaited(msgspec.Struct, eq=False):
    """What becomes of a write.

    Attributes:
        waiter: Is woken when that is known.
        outcome: It; None until then.
    """

    waiter: Waiter
    outcome: Answer | BaseException | None = None

    def land(self, outcome: Answer | BaseException) -> None:
        """It is known; the first time counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.waiter.wake()


async def write(
    chain: Direct[Any], call: Call, loop: asyncio.AbstractEventLoop, count: Callable[[Call], object]
) -> Answer:
    """Carries a write out: at once where nothing stands in its way, else step by step, in a task of its own.

    Args:
        chain: The way down.
        call: The write; its end is noted.
        loop: The one that runs.
        count: Is told of it before it is sent and after it has ended.

    Raises:
        Failure: As the chain's steps.
    """
    count(call)
    awaited = _Awaited(Waiter(loop=loop))
    outcome: Answer | BaseException | None = None
    try:
        passage = chain.begin(call, awaited)
        if passage is None:
            outcome = await loop.create_task(chain.send(call))
        else:
            try:
                await awaited.waiter
            except asyncio.CancelledError:
                passage.cancel()
                raise
            outcome = awaited.outcome
        if isinstance(outcome, Answer):
            return outcome
        raise outcome or asyncio.CancelledError
    finally:
        call.trail.ended, call.trail.failed = loop.time(), not isinstance(outcome, Answer)
        count(call)
        del outcome, awaited  # a failure holds this frame, and the frame must not hold it
