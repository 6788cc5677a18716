"""A write on the direct way down a chain, for one who awaits it.

As ever it is sent once: nothing repeats it unless it provably never left, and what breaks once it may have left is of
unknown outcome.
"""

import asyncio
from typing import Any

from gateway.wire.call import Answer, Call
from gateway.wire.direct import Direct
from resolvers.gathering import Waiter


class _Awaited:
    """What becomes of a write.

    Attributes:
        waiter: Is woken when that is known.
        outcome: It; None until then.
    """

    __slots__ = ("outcome", "waiter")

    def __init__(self) -> None:
        self.waiter = Waiter()
        self.outcome: Answer | BaseException | None = None

    def land(self, outcome: Answer | BaseException) -> None:
        """It is known; the first time counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.waiter.wake()


async def write(chain: Direct[Any], call: Call) -> Answer:
    """Carries a write out: at once where nothing stands in its way, else step by step, in a task of its own.

    Raises:
        Failure: As the chain's steps.
    """
    awaited = _Awaited()
    passage = chain.begin(call, awaited)
    if passage is None:
        return await asyncio.get_running_loop().create_task(chain.send(call))
    try:
        await awaited.waiter
    except asyncio.CancelledError:
        passage.cancel()
        raise
    outcome = awaited.outcome
    try:
        if isinstance(outcome, Answer):
            return outcome
        raise outcome or asyncio.CancelledError
    finally:
        del outcome, awaited  # a failure holds this frame, and the frame must not hold it
