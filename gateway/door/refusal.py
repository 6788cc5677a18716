"""A request that the door turns away."""


class Refusal(Exception):  # noqa: N818 - the client erred, not the gateway
    """Answered with `status` and one GraphQL error that says `message`; no operation is executed.

    Attributes:
        status: The HTTP status, 4xx.
        message: What is wrong, and what to do. Speaks to the client.
        headers: Further headers of the answer.
        closes: True where the rest of the body is not worth reading: the connection ends with the answer.
    """

    def __init__(
        self, status: int, message: str, *, headers: tuple[tuple[bytes, bytes], ...] = (), closes: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.closes = closes


class ClientGone(Exception):  # noqa: N818 - no error: there is nobody left to answer
    """The client closed the connection before its request was complete."""
