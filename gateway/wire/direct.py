"""The way of a read down a chain that has nothing to say to it: all steps in one go, without a task.

Most reads find the breaker closed, room in the bulkhead and a connection at hand. They are written to the socket at
once, and what the steps note is noted when the answer is there. Where anything is unusual beforehand, the read goes
through the steps one by one; where its first attempt ends so that it may be repeated, it goes on from there.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from gateway.wire.attempts import Attempts, may_be_repeated
from gateway.wire.breaker import Breaker, is_good
from gateway.wire.bulkhead import Bulkhead
from gateway.wire.call import Answer, Call, Landing
from gateway.wire.circuit import Circuit
from gateway.wire.deadline import Deadline
from gateway.wire.lean.connection import Asker
from gateway.wire.pulse import Pulse
from gateway.wire.sending import Sending
from gateway.wire.throttle import Throttle
from resolvers.errors import Failure

C = TypeVar("C")


class ByCallback(Protocol[C]):
    """A transport that can send a read without waiting for its answer."""

    def begin(self, call: Call, asker: Asker) -> C | None:
        """Sends it; None where that takes longer. The asker is told later."""

    def end(self, call: Call, connection: C, came: Answer | Exception) -> Answer | Failure:
        """What became of it."""

    def forget(self, connection: C) -> None:
        """Nobody is told any more."""


class Direct(Generic[C]):
    """The top of a chain.

    Args:
        transport: The bottom. The others are the steps above it, from the bottom up.
        sending: Each does and notes here what it does and notes by its own `send`.
        breaker: The same.
        throttle: The same.
        bulkhead: The same.
        attempts: The same.
        deadline: Above it; of a first attempt, which ends before it, it has nothing to keep.
        pulse: The step above all others.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the parts of a chain
        self,
        transport: ByCallback[C],
        sending: Sending,
        breaker: Breaker,
        throttle: Throttle,
        bulkhead: Bulkhead,
        attempts: Attempts,
        deadline: Deadline,
        pulse: Pulse,
    ) -> None:
        self.transport = transport
        self.sending = sending
        self.breaker = breaker
        self.throttle = throttle
        self.bulkhead = bulkhead
        self.attempts = attempts
        self.deadline = deadline
        self.pulse = pulse

    def send(self, call: Call) -> Coroutine[Any, Any, Answer]:
        """Through the steps one by one."""
        return self.pulse.send(call)

    def begin(self, call: Call, landing: Landing) -> "Passage[C] | None":
        """Sends a read at once, where nothing stands in its way.

        Args:
            call: Changes nothing.
            landing: Is told of its outcome, once or more often; not before this has returned.

        Returns:
            None where it has to be sent by `send`.
        """
        circuit = self.breaker.closed(call)
        if circuit is None or not self.throttle.is_quiet or not self.bulkhead.take():
            return None
        passage = Passage(self, call, landing, circuit)
        if passage.begin():
            return passage
        self.bulkhead.give_back()
        return None


class Passage(Generic[C]):
    """A read on its way.

    Args:
        direct: The chain.
        call: The read.
        landing: See `Direct.begin`.
        circuit: Of the breaker; closed.
    """

    __slots__ = ("_again", "_began", "_call", "_circuit", "_connection", "_direct", "_era", "_first", "_landing")

    def __init__(self, direct: Direct[C], call: Call, landing: Landing, circuit: Circuit) -> None:
        self._direct = direct
        self._call = call
        self._landing = landing
        self._circuit = circuit
        self._connection: C | None = None
        self._first: Answer | Failure
        self._again: asyncio.Task[None] | None = None
        self._era: int | None
        self._began: float

    def begin(self) -> bool:
        """Whether it has left."""
        direct = self._direct
        self._connection = direct.transport.begin(self._call, self)
        if self._connection is None:
            return False
        direct.attempts.budget.note()
        self._era = self._circuit.enter()
        self._began = direct.sending.begin(self)
        return True

    def cancel(self) -> None:
        """Ends it; by then it has landed, or does so when what goes on has ended."""
        if self._again is not None:
            self._again.add_done_callback(self._given_up)  # where it has not begun, nothing else says so
            self._again.cancel()
        elif self._connection is not None:
            connection, self._connection = self._connection, None
            self._direct.transport.forget(connection)
            self._ended(asyncio.CancelledError())

    def came(self, came: Answer | Exception) -> None:
        """The first attempt has ended."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                self._ended(self._direct.transport.end(self._call, connection, came))
        except Exception as error:  # noqa: BLE001  whoever waits is told
            self._landing.land(error)

    def _ended(self, outcome: Answer | BaseException) -> None:
        """Has each step note the outcome of the first attempt, from the bottom up."""
        direct, call = self._direct, self._call
        outcome = direct.sending.end(call, self, self._began, outcome)
        if self._era is not None:
            self._circuit.leave(self._era, good=is_good(outcome))
        if isinstance(outcome, Answer):
            direct.throttle.note(call, outcome)
        direct.bulkhead.give_back()
        if isinstance(outcome, Answer | Failure) and may_be_repeated(outcome):
            self._first = outcome
            self._again = asyncio.get_running_loop().create_task(self._go_on(), context=Context())
            return
        direct.pulse.note(call, outcome)
        self._landing.land(outcome)

    async def _go_on(self) -> None:
        direct = self._direct
        rest = partial(direct.deadline.rest, began=self._began, goes_on=self._repeat)
        try:
            answer = await direct.pulse.watch(self._call, rest)
        except asyncio.CancelledError as error:
            self._landing.land(error)
            raise
        except Exception as error:  # noqa: BLE001  whoever waits is told
            self._landing.land(error)
        else:
            self._landing.land(answer)

    async def _repeat(self, call: Call) -> Answer:
        first = self._first
        del self._first  # a failure that is raised holds the frames that hold this
        try:
            return await self._direct.attempts.again(call, first)
        finally:
            del first

    def _given_up(self, _task: object) -> None:
        self._landing.land(asyncio.CancelledError())
