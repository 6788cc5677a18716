"""A sliding window over the calls of each key: the rate limits of the vendors that publish one."""

from collections import defaultdict, deque

from gateway.sandbox.clock import Clock


class RateLimit:
    """At most ``calls`` in any ``seconds``, per key; a call that is refused does not count."""

    def __init__(self, calls: int, seconds: float, clock: Clock) -> None:
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str) -> float:
        """Count a call: 0 if it may pass, else the seconds to wait until one may."""
        moment = self._clock.now().timestamp()
        taken = self._taken[key]
        while taken and taken[0] <= moment - self._seconds:
            taken.popleft()
        if len(taken) >= self._calls:
            return taken[0] + self._seconds - moment
        taken.append(moment)
        return 0.0
