"""What became of a change, as its answer tells it."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from gateway.upstreams.reading import Shape
from resolvers.capabilities import Serves
from resolvers.errors import Failure, OutcomeUnknown, UpstreamInvalidResponse

T = TypeVar("T")

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Outcomes(Serves):
    """Reads the answers to changes: one that makes no sense leaves it open whether the change was made."""

    def written(self, shape: Shape[T], body: bytes) -> T:
        """What the answer to a change says.

        Raises:
            OutcomeUnknown: It does not fit the API.
        """
        try:
            return shape.read(body)
        except UpstreamInvalidResponse:
            raise self.unreadable() from None

    def acknowledged(self, body: bytes) -> None:
        """Takes no body, or any object, for a success: what it says is not needed.

        Raises:
            OutcomeUnknown: It is something else.
        """
        try:
            if body:
                _OBJECT.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.unreadable() from None

    @contextmanager
    def made(self) -> Iterator[None]:
        """Turns what fails behind a change that was made into `OutcomeUnknown`: any other code says that it was not."""
        try:
            yield
        except Failure:
            raise OutcomeUnknown(
                f"{self.upstream.title} took the change, but does not say what is there now.", upstream=self.upstream
            ) from None

    def unreadable(self) -> OutcomeUnknown:
        """The failure where a change was answered by something that does not fit the API."""
        return OutcomeUnknown(
            f"{self.upstream.title} sent an answer that does not fit its API; the change may have been made.",
            upstream=self.upstream,
        )

    @abstractmethod
    def reason(self, body: bytes) -> str | None:
        """Why a change is refused, as the body says; None where that is not safe to show (see `safe`)."""
