"""Waiting for a turn, first come first served."""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """A queue of calls. Who leaves it, cancelled or out of time, is passed over.

    Args:
        given_back: Called where a turn was granted to a call that was cancelled in the same moment.

    Attributes:
        waiting: Who waits, and a few who have left.
    """

    __slots__ = ("_given_back", "waiting")

    def __init__(self, given_back: Callable[[], None]) -> None:
        self.waiting: deque[asyncio.Future[None]] = deque()
        self._given_back = given_back

    def __len__(self) -> int:
        return len(self.waiting)

    async def wait(self, seconds: float) -> bool:
        """Waits at the end of the queue; True when it is this call's turn, False when that took too long."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except TimeoutError:
            return not turn.cancelled()
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._given_back()
            raise
        finally:
            if turn.cancelled():
                self._leave(turn)
        return True

    def grant(self) -> bool:
        """Gives the turn to whoever came first; False where nobody waits."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn in self.waiting:
            self.waiting.remove(turn)
