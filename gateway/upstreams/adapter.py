"""What all adapters share: asking their upstream, and judging its answer."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeVar
from urllib.parse import quote

from gateway.settings import Upstream as UpstreamSettings
from gateway.wire.call import Answer, Call, Step
from gateway.wire.verdict import verdict
from resolvers.capabilities import Serves
from resolvers.errors import BadUserInput, Failure, NotConfigured, UpstreamInvalidResponse
from resolvers.identity import Link


class Identified(Protocol):
    """The shape of an organization."""

    @property
    def id(self) -> object:
        """As the upstream gives it."""


S = TypeVar("S", bound=Identified)


@dataclass(frozen=True, slots=True)
class Line:
    """The gateway's line to one upstream; one per process.

    Attributes:
        step: The top of the chain that carries calls out.
        settings: The upstream's table in the settings.
        sizes: How many organizations a credential was last seen to list; grows by one per credential.
        credentials: Headers by organization, where an upstream has one for each.
    """

    step: Step
    settings: UpstreamSettings
    sizes: dict[str, int] = field(default_factory=dict, repr=False)
    credentials: dict[str, str] = field(default_factory=dict, repr=False)


class Adapter(Serves):
    """The root of the adapters; one object per operation and upstream.

    Attributes:
        judge: What an answer means; overridden where an API has rules of its own.
        id_form: How the upstream writes an organization's id; raises ValueError for another form.
        id_words: The same in words.
        credential_setting: Where an operator puts the credential.
    """

    judge: ClassVar[Callable[..., Failure | None]] = staticmethod(verdict)
    id_form: ClassVar[Callable[..., object]]
    id_words: ClassVar[str]
    credential_setting: ClassVar[str]

    def __init__(self, line: Line) -> None:
        self._line = line

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

    @abstractmethod
    def credential(self, native_id: str | None = None) -> tuple[str, str]:
        """The header that shows the gateway to the upstream.

        Args:
            native_id: The organization that is asked for, where the credential depends on it.

        Raises:
            NotConfigured: There is none.
        """

    @property
    def url(self) -> str:
        """Where the upstream is looked for."""
        return self._line.settings.url

    @property
    def configured(self) -> bool:
        """Whether there is any credential."""
        return self._line.settings.configured

    @abstractmethod
    async def greet(self) -> str:
        """Makes one call that shows whether address and credential are good, and says what was seen.

        Raises:
            Failure: They are not, or the upstream is out of order.
        """

    def link(self, native_id: str) -> Link:
        """This upstream's part of an organization."""
        return Link(self.upstream, native_id)

    async def get(
        self,
        operation: str,
        parts: Iterable[str],
        query: Iterable[tuple[str, str]] = (),
        *,
        native_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of a successful answer.

        Args:
            operation: Its name in the upstream's documentation.
            parts: Of the path; each is quoted whole.
            query: Names and values.
            native_id: The organization concerned, for the credential.
            headers: Beside the wire's own.

        Raises:
            Failure: Whatever keeps the answer from being a success.
        """
        call = Call(
            upstream=self.upstream,
            operation=operation,
            method="GET",
            path="/" + "/".join(quote(part, safe="") for part in parts),
            query=tuple(query),
            headers=headers or {},
            credential=self.credential(native_id),
        )
        answer: Answer = await self._line.step.send(call)
        failure = self.judge(self.upstream, answer.status, answer.headers, answer.body)
        if failure:
            raise failure
        return answer.body

    def not_configured(self, whose: str = "") -> NotConfigured:
        """The failure that says which setting is missing."""
        return NotConfigured(
            f"The gateway has no credential for {self.upstream.title}: {self.credential_setting} is not set{whose}.",
            upstream=self.upstream,
        )
