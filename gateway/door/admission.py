"""How many operations run at the same time."""

from types import TracebackType

from gateway.door.refusal import Refusal

RETRY_AFTER_SECONDS = 1


class Admission:
    """Counts the operations that run in this process; a context manager around each of them.

    Args:
        operations: The most at the same time.

    Attributes:
        free: How many more may begin; whoever counts without the context manager takes one, and gives it back.
    """

    __slots__ = ("free",)

    def __init__(self, operations: int = 200) -> None:
        self.free = operations

    def check(self) -> None:
        """Refuse early what would be refused later: before anything of it is read.

        Raises:
            Refusal: 503; no more operations run now.
        """
        if self.free <= 0:
            raise Refusal(
                503,
                "The gateway is busy: as many operations run as it takes at once. Try again shortly.",
                headers=((b"retry-after", b"%d" % RETRY_AFTER_SECONDS),),
                code="RATE_LIMITED",
                retryable=True,
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )

    def __enter__(self) -> None:
        self.check()
        self.free -= 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.free += 1
