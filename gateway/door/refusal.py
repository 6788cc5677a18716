"""A request that the door turns away."""


class Refusal(Exception):  # noqa: N818 - the client erred, not the gateway
    """Answered with `status` and one GraphQL error that says `message`; no operation is executed.

    Attributes:
        status: The HTTP status, 4xx.
        message: What is wrong, and what to do. Speaks to the client.
        headers: Further headers of the answer.
        closes: True where the rest of the body is not worth reading: the connection ends with the answer.
        drains: The rest is to come, and read for a moment where it closes the connection.
        code: The error's `extensions.code`, a `ProblemCode`.
        retryable: True where the same request may succeed later.
        retry_after_seconds: When, where it is known.
    """

    def __init__(  # noqa: PLR0913  each is a part of the answer
        self,
        status: int,
        message: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        closes: bool = False,
        code: str = "BAD_USER_INPUT",
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.closes = closes
        self.drains = True
        self.code = code
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class ClientGone(Exception):  # noqa: N818 - no error: there is nobody left to answer
    """The client closed the connection before its request was complete."""
