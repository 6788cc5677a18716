"""Counting the calls of one operation."""

from dataclasses import dataclass

from gateway.wire.call import Answer, Call, Step


@dataclass(slots=True)
class Tally:
    """How many calls an operation has made.

    Attributes:
        calls: To all upstreams together.
    """

    calls: int = 0


@dataclass(frozen=True, slots=True)
class Tallied:
    """A step that counts what goes through it."""

    below: Step
    tally: Tally

    async def send(self, call: Call) -> Answer:
        """Counts, and hands on."""
        self.tally.calls += 1
        return await self.below.send(call)
