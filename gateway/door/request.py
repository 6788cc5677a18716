"""One request, as the endpoint reads and answers it: by ASGI, or by a server that can do more than ASGI says."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from starlette.types import Receive, Scope, Send

from gateway.door.interruption import CancelOnDisconnect, Interruption
from gateway.door.patience import Patience


class Request(Protocol):
    """A request, and the way back to its client."""

    @property
    def method(self) -> str:
        """Upper-case."""

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """As they came, with lower-case names."""

    @property
    def query_string(self) -> bytes:
        """What follows the question mark."""

    @property
    def receive(self) -> Receive:
        """ASGI's."""

    @property
    def send(self) -> Send:
        """ASGI's."""

    def whole(self, limit: int) -> bytes | None:
        """Take the body, where all of it is there, of at most `limit` bytes; None where it has to be received."""

    def reply(self, status: int, fields: bytes, body: bytes, /) -> bool:
        """Answer in one go.

        Args:
            status: The answer's.
            fields: Its headers as they are written, the length of the body among them.
            body: All of it.

        Returns:
            False where that cannot be done, and nothing was.
        """

    def watched(self, patience: Patience) -> Interruption:
        """Make what interrupts a block when the client goes away.

        Args:
            patience: How long a block may take before anybody looks.
        """


class AsgiRequest:
    """A request of any ASGI server."""

    __slots__ = ("headers", "method", "query_string", "receive", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self.query_string: bytes = scope["query_string"]
        self.receive = receive
        self.send = send

    @staticmethod
    def whole(limit: int) -> None:
        """Nothing: it comes in messages."""

    @staticmethod
    def reply(_status: int, _fields: bytes, _body: bytes, /) -> bool:
        """No."""
        return False

    def watched(self, patience: Patience) -> Interruption:
        """By receiving."""
        return CancelOnDisconnect(self.receive, patience)


class Direct(NamedTuple):
    """What a server that makes requests of its own may hand them to, without ASGI.

    Attributes:
        path: Of the requests, exactly.
        serve: Serves them.
    """

    path: bytes
    serve: Callable[[Request], Awaitable[None]]
