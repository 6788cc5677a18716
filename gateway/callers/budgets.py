"""Budgets: what each caller's operations may cost together in a window of time."""

import datetime as dt
import hashlib
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gateway.callers.principal import Principal
from gateway.settings import Budget, Settings
from resolvers.errors import RateLimited, TooCostlyForBudget
from resolvers.rate_limits import RateLimit
from resolvers.scalars import write_instant
from resolvers.viewer import ViewerKind

if TYPE_CHECKING:  # gateways without budgets do without, and start sooner
    from limits import RateLimitItem
    from limits.aio.storage import Storage

NAMESPACE: Final = "budget"
LEAST: Final = 1
"""What an operation is charged that costs less."""

_DIGITS: Final = 3
"""Of a cost, as it is told; the rest is what sums of decimal numbers are off by."""


class Budgets:
    """Charges operations.

    A window begins with a caller's first operation and is counted as one number, so that it is known to the second when
    a budget is renewed. Operations on both sides of an end may cost up to two budgets shortly after each other. Where
    a storage is asked over a network, an operation that is refused because another came in between is charged, too.

    Args:
        settings: The gateway's.
        storage: Where it is counted what was charged; in memory by default.
        clock: Seconds since 1970, as the storage counts them.

    Attributes:
        kept: Anybody has a budget.
    """

    def __init__(
        self, settings: Settings, storage: "Storage | None" = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._usual = _item(settings.limits.budget)
        self._of_keys = {key.name: _item(key.budget) for key in settings.callers.api_keys if key.budget}
        self._windows = None
        self.kept = bool(self._usual or any(self._of_keys.values()))
        if self.kept:
            from limits.aio.strategies import FixedWindowRateLimiter  # noqa: PLC0415  as above

            from gateway.callers.counters import Counters  # noqa: PLC0415  the same

            self._windows = FixedWindowRateLimiter(Counters(clock) if storage is None else storage)

    async def charge(self, principal: Principal, cost: float) -> RateLimit | None:
        """Takes the cost of one operation from the caller's budget.

        Returns:
            What stands then; None where the caller has no budget.

        Raises:
            RateLimited: Less is left. Nothing is charged.
        """
        item = self._usual
        if principal.kind is ViewerKind.API_KEY:
            item = self._of_keys.get(principal.name, item)
        if item is None or self._windows is None:
            return None
        asked = max(LEAST, math.ceil(round(cost, _DIGITS)))
        caller = _short(principal)
        charged = await self._windows.test(item, caller, cost=asked) and await self._windows.hit(
            item, caller, cost=asked
        )
        reset, remaining = await self._windows.get_window_stats(item, caller)
        rate_limit = RateLimit(
            limit=item.amount,
            cost=asked,
            remaining=remaining,
            used=item.amount - remaining,
            reset_at=dt.datetime.fromtimestamp(math.ceil(reset), dt.UTC),
        )
        if not charged:
            raise self._refusal(rate_limit, item, reset, anonymous=principal.kind is ViewerKind.ANONYMOUS)
        return rate_limit

    def _refusal(self, rate_limit: RateLimit, item: "RateLimitItem", reset: float, *, anonymous: bool) -> RateLimited:
        asked, allowed = rate_limit.cost, rate_limit.limit
        whose = "The budget of all anonymous callers together" if anonymous else "This caller's budget"
        budget = f"{whose} is {allowed} in {_seconds(item.get_expiry())}"
        if asked > allowed:
            return TooCostlyForBudget(
                f"{budget}, and the operation may cost {asked}: more than there ever is. "
                "Ask for fewer items (`first`), or in parts.",
                rate_limit,
            )
        wait = max(1, math.ceil(reset - self._clock()))
        return RateLimited(
            f"{budget}, {rate_limit.remaining} of it is left, and the operation may cost {asked}. "
            f"It is renewed in {_seconds(wait)}, at {write_instant(rate_limit.reset_at)}.",
            rate_limit,
            retry_after_seconds=wait,
        )


def _item(budget: Budget) -> "RateLimitItem | None":
    if not budget.cost:
        return None
    from limits import RateLimitItemPerSecond  # noqa: PLC0415  as above

    return RateLimitItemPerSecond(budget.cost, budget.seconds, NAMESPACE)


def _short(principal: Principal) -> str:
    """Tells callers apart, in as many characters for every one: a user's id may be long, and concerns nobody."""
    return hashlib.sha256(principal.id.encode(errors="surrogatepass")).hexdigest()


def _seconds(number: int) -> str:
    return "1 second" if number == 1 else f"{number} seconds"
