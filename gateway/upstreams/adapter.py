"""What all adapters share: asking their upstream, and judging its answer."""

from abc import abstractmethod
from asyncio import Future
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Protocol, TypeVar

from gateway.ledger.journal import Journal
from gateway.upstreams.answering import Answered, raising, sent
from gateway.upstreams.line import Line
from gateway.upstreams.once import once
from gateway.upstreams.outcomes import Outcomes
from gateway.upstreams.paths import path_of
from gateway.upstreams.reading import Shape
from gateway.wire.call import NO_HEADERS, Call, Step
from gateway.wire.collapsing import Seat
from gateway.wire.verdict import verdict
from resolvers.errors import (
    BadUserInput,
    Conflict,
    Failure,
    NotConfigured,
    NotFound,
    OutcomeUnknown,
    UpstreamInvalidResponse,
    UpstreamRejected,
)
from resolvers.gathering import Given
from resolvers.identity import Link, Upstream
from resolvers.profiles import Profile


class Identified(Protocol):
    """The shape of an organization."""

    @property
    def id(self) -> object:
        """As the upstream gives it."""


S = TypeVar("S", bound=Identified)
T = TypeVar("T")


class Adapter(Outcomes):
    """The root of the adapters; one object per operation and upstream.

    Made with `authorization`, which tells what the caller shows to an upstream, asked only where the setting
    `credentials` is `caller`; and with the `step` that carries its calls out, in place of the line's own.

    Attributes:
        flights: See `loaded`.
        judge: What an answer means; overridden where an API has rules of its own. A read whose answer is an OK with a
            body of JSON is a success without being judged.
        id_form: How the upstream writes an organization's id; raises ValueError for another form.
        id_words: The same in words.
        credential_setting: Where an operator puts the credential.
        every_query: What every read says in its query.
        every_header: What its headers say, beside the wire's own.
    """

    judge: ClassVar[Callable[..., Failure | None]] = staticmethod(verdict)
    id_form: ClassVar[Callable[..., object]]
    id_words: ClassVar[str]
    credential_setting: ClassVar[str]
    every_query: ClassVar[tuple[tuple[str, str], ...]] = ()
    every_header: ClassVar[Mapping[str, str]] = NO_HEADERS

    def __init__(
        self, line: Line, journal: Journal, authorization: Callable[[Upstream], str], step: Step | None = None
    ) -> None:
        self._line = line
        self._journal = journal
        self._authorization = authorization
        self._step = step or line.step
        self.flights: dict[tuple[object, ...], Any] = {}

    @classmethod
    def identify(cls, native_id: str) -> str:
        """The id of an organization in its canonical form.

        Raises:
            BadUserInput: It has not the upstream's form.
        """
        try:
            return str(cls.id_form(native_id))
        except ValueError:
            raise BadUserInput(
                f"An organization's id at {cls.upstream.title} is {cls.id_words}.", upstream=cls.upstream
            ) from None

    def listed(self, shape: S) -> S:
        """An organization of a list, whose id has the upstream's form.

        Raises:
            UpstreamInvalidResponse: It has another.
        """
        try:
            self.id_form(str(shape.id))
        except ValueError:
            raise UpstreamInvalidResponse(
                f"{self.upstream.title} sent an organization's id that is not {self.id_words}.", upstream=self.upstream
            ) from None
        return shape

    def credential(self, native_id: str | None = None) -> tuple[str, str]:
        """The header that shows to the upstream who asks: the caller's own credential, or the gateway's.

        Args:
            native_id: The organization that is asked for, where the credential depends on it.

        Raises:
            UpstreamUnauthenticated: The caller has to send one, and did not.
            NotConfigured: The gateway has none.
        """
        if self.by_caller:
            return "Authorization", self._authorization(self.upstream)
        return self.own_credential(native_id)

    @abstractmethod
    def own_credential(self, native_id: str | None) -> tuple[str, str]:
        """The gateway's credential, as a header; raises NotConfigured where there is none."""

    @property
    def by_caller(self) -> bool:
        """Whether callers bring their own credentials for it."""
        return self._line.settings.credentials == "caller"

    @property
    def url(self) -> str:
        """Where the upstream is looked for."""
        return self._line.settings.url

    @property
    def configured(self) -> bool:
        """Whether there is any credential, or callers bring theirs."""
        return self._line.settings.configured

    @once
    def profiles(self) -> dict[str, Profile]:
        """Of organizations, by native id: what the operation was told, which is not stale."""
        return {}

    @abstractmethod
    async def greet(self) -> str:
        """Makes one call that shows whether address and credential are good, and says what was seen.

        Raises:
            Failure: They are not, or the upstream is out of order.
        """

    def link(self, native_id: str) -> Link:
        """This upstream's part of an organization."""
        return Link(self.upstream, native_id)

    async def change(  # noqa: PLR0913  as many as a request has parts
        self,
        operation: str,
        method: str,
        parts: Sequence[str],
        query: Iterable[tuple[str, str]] = (),
        *,
        body: bytes | None = None,
        content_type: str = "application/json",
        native_id: str | None = None,
        further: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        may_be_empty: bool = False,
    ) -> bytes:
        """Changes something, once; the body of the answer. What this operation has read is read anew afterwards.

        Args:
            operation: Its name in the upstream's documentation.
            method: HTTP method.
            parts: Of the path; each is quoted whole.
            query: Names and values.
            body: The request's.
            content_type: Of the body.
            native_id: The organization concerned; None where one is made.
            further: Other organizations that it changes, too.
            headers: Beside the wire's own.
            may_be_empty: A success needs no body.

        Raises:
            OutcomeUnknown: It was sent, and no answer that makes sense came.
            Failure: It was refused, or never left.
        """
        call = Call(
            upstream=self.upstream,
            operation=operation,
            method=method,
            path=path_of(tuple(parts)),
            query=tuple(query),
            headers=headers or NO_HEADERS,
            credential=self.credential(native_id),
            body=body,
            content_type=content_type,
            organizations=(native_id, *further) if native_id else (),
        )
        number = await self._journal.sending(call)
        try:
            answer = await self._step.send(call)
        except OutcomeUnknown:
            raise
        except Failure:
            await self._journal.unsent(number)
            raise
        finally:
            self._read_anew()
        self._journal.answered(number, answer.status)
        failure = self.judge(self.upstream, answer.status, answer.headers, answer.body)
        if failure is None:
            return answer.body
        if isinstance(failure, UpstreamInvalidResponse):
            if may_be_empty and answer.status == HTTPStatus.OK and not answer.body.strip():
                return b""
            raise self.unreadable()
        if isinstance(failure, UpstreamRejected | Conflict | NotFound) and (reason := self.reason(answer.body)):
            raise type(failure)(f"{self.upstream.title} refuses: {reason}", upstream=self.upstream)
        raise failure

    def _read_anew(self) -> None:
        for name in self.__dict__.keys() - _GIVEN:
            del self.__dict__[name]
        self.flights = {}

    def get(  # noqa: PLR0913  as many as a request has parts
        self,
        shape: Shape[T],
        operation: str,
        parts: tuple[str, ...],
        query: tuple[tuple[str, str], ...] = (),
        *,
        native_id: str | None = None,
        keyed_by: str | None = None,
        fresh: bool = False,
        batch: int = 1,
        known: dict[str, T] | None = None,
    ) -> Given[T]:
        """What a successful answer says; as others may be given the same object, it is not to be changed.

        Where nothing stands in its way, it is asked for when this is called, not when it is awaited. In an operation
        that writes, every read is fresh.

        Args:
            shape: What its body is read as.
            operation: Its name in the upstream's documentation.
            parts: Of the path; each is quoted whole.
            query: Names and values, after those of every read.
            native_id: The organization concerned; None for lists of them.
            keyed_by: The organization whose credential is shown, where none is concerned.
            fresh: Past every cache.
            batch: How many objects that were wanted at the same time it reads in one go.
            known: Where it is put, by `native_id`.

        Raises:
            Failure: When it is awaited: whatever keeps the answer from being a success.
        """
        try:
            call = Call(
                self.upstream,
                operation,
                "GET",
                path_of(parts),
                self.every_query + query,
                self.every_header,
                self.credential(native_id or keyed_by),
                organizations=(native_id,) if native_id else (),
                fresh=fresh or self._journal.writes,
                fits=shape.fits,
                batch=batch,
            )
            sending = self._step.send(call)
        except Exception as error:  # noqa: BLE001  who awaits it is told
            return raising(error)
        answered = Answered(call, shape, native_id or "", self.judge, known)
        if isinstance(sending, Seat):
            answered.future = sending
            sending.then = answered.came
        elif isinstance(sending, Future) and sending.done():  # it was at hand
            answered.came(sending)
        else:
            return sent(sending, answered)
        return answered

    def not_configured(self, whose: str = "") -> NotConfigured:
        """The failure that says which setting is missing."""
        return NotConfigured(
            f"The gateway has no credential for {self.upstream.title}: {self.credential_setting} is not set{whose}.",
            upstream=self.upstream,
        )


_GIVEN = frozenset({"_line", "_journal", "_authorization", "_step", "flights"})
"""What an adapter is made with; all else it has read, or made of what it has read."""
