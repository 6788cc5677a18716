"""Plans operations for callers who want to know what theirs would ask of upstreams, before it does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, closing
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from gateway.callers.identification import Callers
from gateway.callers.principal import Principal
from gateway.execution.executor import Executor
from gateway.execution.extensions import PLANNED, TRACE_HEADER, TRACE_SCOPE
from gateway.execution.limits import rounded
from gateway.execution.operation import Exchange, Execute, Operation, Outcome
from gateway.ledger.journal import Ledger
from gateway.reach import Reach
from gateway.settings import Settings
from gateway.surroundings import Surroundings
from gateway.wire.errand import Errands
from gateway.wire.foresight import foreseen
from resolvers.context import Context
from resolvers.errors import Forbidden

if TYPE_CHECKING:  # it comes with the first plan: most gateways make none
    from gateway.sandbox.store import Store

AT_ONCE: Final = 2
"""Plans; each has stand-ins of its own."""


class Surround(Protocol):
    """Makes the context of a caller's operation."""

    def __call__(
        self, principal: Principal, headers: Mapping[str, str], errands: Errands, *, reach: Reach, ledger: Ledger
    ) -> Surroundings:
        """As `Gateway.surroundings`."""


class Planning:
    """Carries operations out on stand-ins, beside what the cache keeps for the caller; nothing is sent.

    The stand-ins have every organization that is asked for. So a plan tells the calls of an operation that goes well;
    how many there are may differ where they depend on what an upstream answers.

    Args:
        settings: The gateway's.
        reach: To the upstreams: is looked at, and not changed.
        callers: Say who asks.
        surround: Makes contexts.
        executor: Makes what carries operations out in a context.
    """

    def __init__(
        self,
        settings: Settings,
        reach: Reach,
        callers: Callers,
        surround: Surround,
        executor: Callable[[Callable[[Exchange], Awaitable[Context]]], Executor],
    ) -> None:
        self._settings = settings
        self._reach = reach
        self._callers = callers
        self._surround = surround
        self._executor = executor
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._building = asyncio.Lock()

    def over(self, execute: Execute) -> Execute:
        """The same execution, for operations that are not only to be planned."""

        def planned_or_executed(operation: Operation, exchange: Exchange) -> Awaitable[Outcome]:
            if exchange.headers.get(TRACE_HEADER) == PLANNED:
                return self._planned(operation, exchange)
            return execute(operation, exchange)

        return planned_or_executed

    async def _planned(self, operation: Operation, exchange: Exchange) -> Outcome:
        """Empty data, as if every field had been skipped; what is known beforehand stands in the extensions.

        The errors are those that would come of how the gateway stands, and of the stand-ins' answers.
        """
        errands = Errands()
        async with AsyncExitStack() as stack:

            async def surroundings(exchange: Exchange) -> Context:
                principal = await self._callers.identify(exchange.headers)
                exchange.account.caller = principal.id
                if self._settings.profile != "explore" and TRACE_SCOPE not in principal.scopes:
                    raise Forbidden(f"Only callers with the scope {TRACE_SCOPE} may have operations planned.")
                reach, ledger = await self._ways(stack), Ledger(None)
                stack.push_async_callback(ledger.close)
                return self._surround(principal, exchange.headers, errands, reach=reach, ledger=ledger)

            exchange.parts = False  # nothing is told of it
            outcome = await self._executor(surroundings).execute(operation, exchange)
        exchange.account.actual = 0.0
        if not outcome.executed:
            return outcome
        trace = foreseen(errands.all)
        cost = {"estimated": rounded(exchange.account.estimated), "upstreamCalls": trace["upstreamCalls"]}
        left_out = {name: value for name, value in outcome.extensions.items() if name == "omittedErrors"}
        return Outcome({}, outcome.errors, {**left_out, "cost": cost, "trace": trace}, executed=True)

    async def _ways(self, stack: AsyncExitStack) -> Reach:
        """To stand-ins that nobody has changed yet, when it is this plan's turn."""
        from gateway.rehearsal import rehearsal  # noqa: PLC0415  most gateways do without
        from gateway.sandbox.serve import Sandbox  # noqa: PLC0415  the same

        await stack.enter_async_context(self._turns)
        async with self._building:
            untouched = await asyncio.to_thread(lambda: self._untouched)
        store = stack.enter_context(closing(untouched.copy()))
        reach = self._reach.foreseen(rehearsal(self._settings, Sandbox(store=store)))
        stack.push_async_callback(reach.close)
        return reach

    def close(self) -> None:
        """Lets go of the stand-ins."""
        if "_untouched" in vars(self):
            self._untouched.close()

    @cached_property
    def _untouched(self) -> "Store":
        from gateway.sandbox.serve import Sandbox  # noqa: PLC0415  as above

        return Sandbox().store
