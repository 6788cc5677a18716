"""Two counts over the last seconds, in buckets of time."""

from typing import Final

BUCKETS: Final = 10


class Window:
    """Counts things, and those among them that are of a kind. What is older than the window is forgotten bit by bit.

    Args:
        seconds: How far it reaches back; the oldest tenth of it is forgotten at once.

    Attributes:
        things: How many there were. One more may be added to it as it is, as long as it is not yet `until`.
        marked: How many of them were of the kind.
        until: From then on, there is something to `forget` first.
    """

    __slots__ = ("_bucket", "_marked", "_things", "_width", "marked", "things", "until")

    def __init__(self, seconds: float) -> None:
        self._width = seconds / BUCKETS
        self._bucket = 0
        self.until = self._width  # the end of that bucket
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._things = [0] * BUCKETS  # without those of the bucket that is not over: they are what is left of the sum
        self._marked = [0] * BUCKETS
        self.things = 0
        self.marked = 0

    def add(self, now: float, things: int, marked: int) -> None:
        """Counts.

        Args:
            now: By a clock that does not go back.
            things: How many there are more.
            marked: How many more are of the kind.
        """
        if now >= self.until:
            self.forget(now)
        self.things += things
        self.marked += marked

    def forget(self, now: float) -> None:
        """Forgets what the window no longer reaches."""
        bucket = int(now / self._width)
        passed = bucket - self._bucket
        if passed <= 0:
            return
        over = self._bucket % BUCKETS
        self._bucket = bucket
        self.until = (bucket + 1) * self._width
        if passed >= BUCKETS:
            self.clear()
            return
        self._things[over] = self.things - sum(self._things)
        self._marked[over] = self.marked - sum(self._marked)
        for later in range(passed):
            place = (bucket - later) % BUCKETS
            self.things -= self._things[place]
            self.marked -= self._marked[place]
            self._things[place] = self._marked[place] = 0
