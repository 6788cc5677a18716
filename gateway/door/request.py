"""One request, as the endpoint reads and answers it: by ASGI, or by a server that can do more than ASGI says."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Protocol

from starlette.types import Receive, Scope, Send

from gateway.door.head import Head
from gateway.door.interruption import CancelOnDisconnect, Interruption
from gateway.door.patience import Patience


class Request(Protocol):
    """A request, and the way back to its client.

    Attributes:
        cancellable: Set while what is done for it may be cancelled because its client leaves, by the server itself,
            where `whole` gave its body; nothing else is meant by it.
    """

    cancellable: bool

    @property
    def head(self) -> Head:
        """What it says before its body."""

    @property
    def lost(self) -> bool:
        """The client has left, as far as is known."""

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
            fields: Its headers as they are written, up to the length of the body, which is added.
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

    __slots__ = ("cancellable", "head", "receive", "send")

    lost = False

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.head = Head(scope["method"], scope["headers"], scope["query_string"])
        self.receive = receive
        self.send = send
        self.cancellable = False

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
    serve: Callable[[Request], Coroutine[Any, Any, None]]
