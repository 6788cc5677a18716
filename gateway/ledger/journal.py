"""Carrying writes out at most once."""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import structlog

from gateway.ledger.pages import OwnPages, Pages
from gateway.ledger.payloads import restored, written
from gateway.ledger.store import Entry, LedgerStore, Sent, first_free
from gateway.wire.call import Call
from resolvers.errors import BadUserInput, Conflict, Failure, OutcomeUnknown
from resolvers.identity import Upstream
from resolvers.writing import Input, Payload, UserError

P = TypeVar("P", bound=Payload)

LONGEST_KEY: Final = 255
_TOO_MANY_REQUESTS: Final = 429

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
        self._running: set[asyncio.Task[object]] = set()

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

    async def carried_out(self, work: Awaitable[P]) -> P:
        """Runs `work` to its end, even where its caller goes away before."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_tell)
            raise

    async def close(self) -> None:
        """Waits for what is running, and closes the paper."""
        while self._running:
            await asyncio.wait(self._running)
        if "store" in vars(self):
            self.store.close()


class Journal:
    """One operation's pages of the ledger. Mutations of an operation run one after the other.

    Args:
        ledger: The gateway's.
        caller: Who asks.
        header: The request's `Idempotency-Key`, for mutations whose input gives no key of its own.

    Attributes:
        writes: The operation has begun to change something.
    """

    def __init__(self, ledger: Ledger, caller: str, header: str | None) -> None:
        self._ledger = ledger
        self._caller = caller
        self._header = header
        self._entry: Entry | None = None
        self._sent: dict[int, int | None] = {}
        self.writes = False

    async def once(
        self, mutation: str, path: str, given: Input, payload: type[P], act: Callable[[], Awaitable[P]]
    ) -> P:
        """Carries `act` out, or answers as the first call with the same key did.

        Args:
            mutation: The mutation's field.
            path: Where it stands in the operation; tells mutations apart that share the header.
            given: Its input.
            payload: The type of its payload.
            act: The write; its expected failures are user errors of what it returns.
        """
        self.writes = True
        own = given.client_mutation_id
        key = own or self._header or uuid.uuid4().hex
        if len(key) > LONGEST_KEY:
            failure = BadUserInput(
                f"An idempotency key may have at most {LONGEST_KEY} characters.",
                field=("clientMutationId",) if own else None,
            )
            return payload(user_errors=[UserError.of(failure)], client_mutation_id=own)
        kind = "id" if own else f"header:{path}" if self._header else "none"
        unique = kind == "none"
        fingerprint = b"" if unique else _fingerprint(mutation, given)  # there is no other input to tell it from
        entry = Entry(self._caller, f"{kind}:{key}", mutation, fingerprint, unique=unique)
        return await self._ledger.carried_out(self._carry_out(entry, given, payload, act))

    async def _carry_out(self, entry: Entry, given: Input, payload: type[P], act: Callable[[], Awaitable[P]]) -> P:
        pages = self._ledger.pages
        earlier = await pages.begin(entry)
        if earlier is not None:
            return await self._answer_again(earlier, entry, given, payload)
        self._entry, self._sent = entry, {}
        try:
            answer = await act()
            if all(status == _TOO_MANY_REQUESTS for status in self._sent.values()):
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
        number = await self._ledger.pages.sending(self._begun, call.upstream.word, f"{call.method} {call.path}")
        self._sent[number] = None
        return number

    async def answered(self, number: int, status: int) -> None:
        """Notes that it was answered."""
        self._sent[number] = status
        await self._ledger.pages.answered(self._begun, number, status)

    async def unsent(self, number: int) -> None:
        """Takes the note back: it provably never left."""
        await self._ledger.pages.unsent(self._begun, number)
        self._sent.pop(number, None)

    @property
    def _begun(self) -> Entry:
        if self._entry is None:
            raise RuntimeError("A write left outside of a mutation.")
        return self._entry


def _tell(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a write failed after its caller had gone away", exc_info=error)


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
