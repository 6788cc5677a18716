"""The way of a call down a chain that has nothing to say to it: all steps in one go, without a task.

Most calls find the breaker closed, room in the bulkhead and a connection at hand. They are written to the socket at
once, and what the steps note is noted when the answer is there. Where anything is unusual beforehand, the call goes
through the steps one by one; where its first attempt ends so that it may be repeated, it goes on from there.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import msgspec

from gateway.wire.attempts import Attempts, may_be_repeated
from gateway.wire.breaker import Breaker, is_good
from gateway.wire.bulkhead import Bulkhead
from gateway.wire.call import Answer, Call, Landing
from gateway.wire.circuit import Circuit, State
from gateway.wire.deadline import Deadline
from gateway.wire.lean.connection import Asker
from gateway.wire.pulse import Pulse
from gateway.wire.sending import WORDS, Sending, note, too_slow
from gateway.wire.throttle import Throttle
from gateway.wire.trail import Attempt
from resolvers.errors import Failure

C = TypeVar("C")

_CLOSED: Final = State.CLOSED
_REMARKABLE: Final = 429
"""From this status on an answer is more than a sign of life to one of the steps, or one that may be repeated."""


class ByCallback(Protocol[C]):
    """A transport that can send a call without waiting for its answer."""

    def limit(self, *, reads: float, writes: float) -> None:
        """Calls that are begun may take so long in all."""

    def begin(self, call: Call, asker: Asker) -> C | None:
        """Sends it; None where that takes longer. The asker is told later."""

    def give_back(self, connection: C) -> None:
        """The asker has been told."""

    def meaning(self, call: Call, went_wrong: Exception) -> Failure:
        """What it was told in place of an answer."""

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
        clock: Seconds, as the loop's.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.transport = transport
        self.sending = sending
        self.breaker = breaker
        self.throttle = throttle
        self.bulkhead = bulkhead
        self.attempts = attempts
        self.deadline = deadline
        self.pulse = pulse
        self.clock = clock
        self._shared = breaker.shared
        self._requests = attempts.budget.window
        self.give_back = transport.give_back
        self._begin = transport.begin
        transport.limit(reads=sending.read_seconds, writes=sending.write_seconds)

    def send(self, call: Call) -> Coroutine[Any, Any, Answer]:
        """Through the steps one by one."""
        return self.pulse.send(call)

    def begin(self, call: Call, landing: Landing) -> "Passage[C] | None":
        """Sends a call at once, where nothing stands in its way.

        Args:
            call: A read or a write.
            landing: Is told of its outcome, once or more often; not before this has returned.

        Returns:
            None where it has to be sent by `send`.
        """
        circuit, bulkhead = self._shared or self.breaker.circuit(call), self.bulkhead
        if circuit.state is not _CLOSED or self.throttle.until or bulkhead.running >= bulkhead.concurrency:
            return None
        began, requests = self.clock(), self._requests
        passage = Passage(self, call, landing, circuit, circuit.era, began)
        connection = self._begin(call, passage)
        if connection is None:
            return None
        passage.connection = connection
        bulkhead.running += 1
        if began >= requests.until:
            requests.forget(began)
        requests.things += 1
        return passage


class Passage(msgspec.Struct, Generic[C], eq=False):
    """A call on its way.

    Attributes:
        direct: The chain.
        call: The read.
        landing: See `Direct.begin`.
        circuit: Of the breaker; closed when the call began.
        era: Of the circuit at that time.
        began: That time in seconds, by the chain's clock.
        connection: It waits there for the answer of its first attempt; None afterwards.
        first: The outcome of that, where it is repeated, until it is.
        again: Repeats it.
    """

    direct: Direct[C]
    call: Call
    landing: Landing
    circuit: Circuit
    era: int
    began: float
    connection: C | None = None
    first: Answer | Failure | None = None
    again: "asyncio.Task[None] | None" = None

    def cancel(self) -> None:
        """Ends it; by then it has landed, or does so when what goes on has ended."""
        if self.again is not None:
            self.again.add_done_callback(self._given_up)  # where it has not begun, nothing else says so
            self.again.cancel()
        elif self.connection is not None:
            connection, self.connection = self.connection, None
            self.direct.transport.forget(connection)
            self._ended(asyncio.CancelledError())

    def came(self, came: Answer | Exception) -> None:
        """The first attempt has ended. Each step notes its outcome, from the bottom up."""
        direct, connection = self.direct, self.connection
        if connection is None:
            return
        self.connection = None
        try:
            direct.give_back(connection)
            if not isinstance(came, Answer) or came.status >= _REMARKABLE:
                self._ended(came if isinstance(came, Answer) else self._meaning(came))
                return
            now, circuit, bulkhead, trail = direct.clock(), self.circuit, direct.bulkhead, self.call.trail
            trail.received = len(came.body)
            trail.attempts.append(Attempt(self.began, now - self.began, WORDS[came.status]))
            if self.era == circuit.era:  # and so it is closed
                window = circuit.window
                if now >= window.until:
                    window.forget(now)
                window.things += 1
            if bulkhead.turns.waiting:
                bulkhead.give_back()
            else:
                bulkhead.running -= 1
            direct.pulse.good.append(True)
            self.landing.land(came)
        except Exception as error:  # noqa: BLE001  whoever waits is told
            self.landing.land(error)

    def _meaning(self, went_wrong: Exception) -> Failure:
        direct, call = self.direct, self.call
        if isinstance(went_wrong, TimeoutError):
            sending = direct.sending
            return too_slow(call, sending.read_seconds if call.reads else sending.write_seconds)
        return direct.transport.meaning(call, went_wrong)

    def _ended(self, outcome: Answer | Failure | asyncio.CancelledError) -> None:
        """Has each step note an outcome that is more than a sign of life, or less."""
        direct, call = self.direct, self.call
        note(call, self.began, direct.clock(), outcome)
        self.circuit.leave(self.era, good=is_good(outcome))
        if isinstance(outcome, Answer):
            direct.throttle.note(call, outcome)
        direct.bulkhead.give_back()
        if not isinstance(outcome, asyncio.CancelledError) and may_be_repeated(outcome):
            self.first = outcome
            self.again = asyncio.get_running_loop().create_task(self._go_on(), context=Context())
            return
        direct.pulse.note(call, outcome)
        self.landing.land(outcome)

    async def _go_on(self) -> None:
        direct = self.direct
        rest = partial(direct.deadline.rest, began=self.began, goes_on=self._repeat)
        try:
            answer = await direct.pulse.watch(self.call, rest)
        except asyncio.CancelledError as error:
            self.landing.land(error)
            raise
        except Exception as error:  # noqa: BLE001  whoever waits is told
            self.landing.land(error)
        else:
            self.landing.land(answer)

    async def _repeat(self, call: Call) -> Answer:
        first, self.first = cast("Answer | Failure", self.first), None  # a failure that is raised holds what holds this
        try:
            return await self.direct.attempts.again(call, first)
        finally:
            del first

    def _given_up(self, _task: object) -> None:
        self.landing.land(asyncio.CancelledError())
