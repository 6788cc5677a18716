"""Carrying writes out at most once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import structlog

from gateway.ledger.entries import Entry, Sent
from gateway.ledger.first_free import first_free
from gateway.ledger.pages import OwnPages, Pages
from gateway.ledger.payloads import restored, written
from gateway.ledger.store import LedgerStore
from gateway.wire.call import Call
from resolvers.errors import BadUserInput, Conflict, Failure, OutcomeUnknown
from resolvers.gathering import Begun, Waiter
from resolvers.identity import Upstream
from resolvers.writing import Input, Payload, UserError

P = TypeVar("P", bound=Payload)

LONGEST_KEY: Final = 255
_NOTHING_CHANGED: Final = frozenset({429})
"""The statuses that say so: that there were too many requests."""

_log = structlog.get_logger("gateway.ledger")


class StillRunning(Conflict):
    """The first call with this key has not ended."""

    retryable = True


class Ledger:
    """The ledger of a gateway: what is running, beside what is on paper.

    Args:
        path: Of the paper; None keeps it in memory.
        shared: Makes pages that other gateways write on, too, beside the paper. Several of these may live in one
            folder, each with a file of its own.
    """

    def __init__(self, path: Path | None, shared: Callable[[LedgerStore], Pages] | None = None) -> None:
        self._path = path
        self._shared = shared
        self._running: set[Carried[Any]] = set()

    @cached_property
    def store(self) -> LedgerStore:
        """The paper, opened when it is first needed.

        Raises:
            LedgerUnusableError: It cannot be kept there.
        """
        store = first_free(self._path) if self._path and self._shared else LedgerStore(self._path)
        for entry in store.cut_off():
            targets = [sent.target for sent in store.sent(entry)]
            _log.warning("a write was cut off and may have been made", mutation=entry.mutation, sent=targets)
        return store

    @cached_property
    def pages(self) -> Pages:
        """What journals write on.

        Raises:
            LedgerUnusableError: As `store`.
        """
        return (self._shared or OwnPages)(self.store)

    def carried_out(self, work: Coroutine[Any, Any, P]) -> "Carried[P]":
        """Runs `work` to its end, even where its caller goes away before."""
        return Carried(self._in_a_task(work) if self._shared else work, self._running)

    @staticmethod
    async def _in_a_task(work: Coroutine[Any, Any, P]) -> P:
        """For what sets itself a time limit: the way to other gateways."""
        return await asyncio.get_running_loop().create_task(work)

    async def close(self) -> None:
        """Waits for what is running, and closes the paper."""
        while self._running:
            await asyncio.wait([each.end() for each in self._running])
        if "store" in vars(self):
            self.store.close()


class Carried(Begun[P]):
    """A write on its way. Who awaits it may be cancelled; it runs to its end.

    Args:
        work: The write.
        among: Where it is found as long as it runs.
    """

    __slots__ = ("_among", "_ended", "_waiter")

    def __init__(self, work: Coroutine[Any, Any, P], among: "set[Carried[Any]]") -> None:
        self._among = among
        self._waiter = Waiter()
        self._ended: asyncio.Future[None] | None = None
        among.add(self)
        Begun.__init__(self, work)

    def end(self) -> asyncio.Future[None]:
        """Is done when it has ended, for whoever waits for that alone."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def _end(self) -> None:
        self._among.discard(self)
        if self._ended is not None:
            self._ended.set_result(None)
        if self.error is not None and self._waiter.cancelled():
            _log.error("a write failed after its caller had gone away", exc_info=self.error)
        self._waiter.wake()

    def __await__(self) -> Generator[Any, None, P]:
        if not self.done:
            yield from self._waiter
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None  # which holds this frame
        return self.value


class Journal:
    """One operation's pages of the ledger. Mutations of an operation run one after the other.

    Args:
        ledger: The gateway's.
        caller: Who asks.
        header: The request's `Idempotency-Key`, for mutations whose input gives no key of its own.

    Attributes:
        caller: As given.
        header: As given.
        writes: The operation has begun to change something.
    """

    writes = False
    _entry: Entry | None = None
    _sent: dict[int, int | None]

    def __init__(self, ledger: Ledger, caller: str, header: str | None) -> None:
        self._ledger = ledger
        self.caller = caller
        self.header = header

    def once(
        self, mutation: str, path: str, given: Input, payload: type[P], act: Callable[[], Awaitable[P]]
    ) -> Awaitable[P]:
        """Carries `act` out, or answers as the first call with the same key did.

        Args:
            mutation: The mutation's field.
            path: Where it stands in the operation; tells mutations apart that share the header.
            given: Its input.
            payload: The type of its payload.
            act: The write; its expected failures become user errors.
        """
        self.writes = True
        own, header = given.client_mutation_id, self.header
        if not own and not header:  # there is no other input to tell it from
            entry = Entry(self.caller, self._ledger.store.fresh_key(), mutation, b"", unique=True)
        elif len(own or header or "") > LONGEST_KEY:
            return _refused(own, payload)
        else:
            key = f"id:{own}" if own else f"header:{path}:{header}"
            entry = Entry(self.caller, key, mutation, _fingerprint(mutation, given))
        return self._ledger.carried_out(self._carry_out(entry, given, payload, act))

    async def _carry_out(self, entry: Entry, given: Input, payload: type[P], act: Callable[[], Awaitable[P]]) -> P:
        pages = self._ledger.pages
        if not entry.unique:  # nobody has begun with its key before: it is noted with the first call that it sends
            earlier = await pages.begin(entry)
            if earlier is not None:
                return await self._answer_again(earlier, entry, given, payload)
        self._entry, self._sent = entry, {}
        try:
            try:
                answer = await act()
            except Failure as failure:
                answer = payload(user_errors=[UserError.of(failure)])
            answer.client_mutation_id = given.client_mutation_id
            if _NOTHING_CHANGED.issuperset(self._sent.values()):
                await pages.forget(entry)
            else:
                await pages.finish(entry, b"" if entry.unique else written(answer))
        except BaseException:
            if self._sent:
                await pages.lose(entry)
            else:
                await pages.forget(entry)
            raise
        finally:
            self._entry = None
        return answer

    async def _answer_again(self, earlier: Entry, entry: Entry, given: Input, payload: type[P]) -> P:
        failure: Failure
        if earlier.fingerprint != entry.fingerprint:
            failure = Conflict("This idempotency key was used before, with another input. Use a new one.")
        elif earlier.state == "done" and earlier.payload is not None:
            return restored(earlier.payload, payload)
        elif earlier.state == "running":
            failure = StillRunning("The first call with this idempotency key is still running. Try again shortly.")
        else:
            failure = _unknown(await self._ledger.pages.sent(earlier))
        return payload(user_errors=[UserError.of(failure)], client_mutation_id=given.client_mutation_id)

    async def sending(self, call: Call) -> int:
        """Notes, before it leaves, that a call is sent; the note's number."""
        if self._entry is None:
            raise RuntimeError("A write left outside of a mutation.")
        number = await self._ledger.pages.sending(self._entry, call.upstream.word, f"{call.method} {call.path}")
        self._sent[number] = None
        return number

    def answered(self, number: int, status: int) -> None:
        """Notes that it was answered; other gateways are told with what comes next."""
        self._sent[number] = status
        self._ledger.store.answered(number, status)

    async def unsent(self, number: int) -> None:
        """Takes the note back: it provably never left."""
        if self._entry is not None:
            await self._ledger.pages.unsent(self._entry, number)
        self._sent.pop(number, None)


async def _refused(own: str | None, payload: type[P]) -> P:
    failure = BadUserInput(
        f"An idempotency key may have at most {LONGEST_KEY} characters.", field=("clientMutationId",) if own else None
    )
    return payload(user_errors=[UserError.of(failure)], client_mutation_id=own)


def _unknown(sent: list[Sent]) -> OutcomeUnknown:
    upstreams = {Upstream(each.upstream) for each in sent}
    where = "; ".join(f"{Upstream(each.upstream).title}: {each.target}" for each in sent) or "the upstreams"
    return OutcomeUnknown(
        f"The gateway stopped while this was being carried out; the change may have been made. Check {where}.",
        upstream=upstreams.pop() if len(upstreams) == 1 else None,
    )


def _fingerprint(mutation: str, given: Input) -> bytes:
    plain = msgspec.json.encode(msgspec.to_builtins(given, enc_hook=str), order="sorted")
    return hashlib.blake2b(mutation.encode() + b"\0" + plain, digest_size=16).digest()
