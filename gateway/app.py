"""The composition root: what the gateway consists of, and how its parts are put together."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import cast

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from gateway.callers.credentials import Credentials
from gateway.callers.identification import Callers
from gateway.callers.principal import Principal
from gateway.check import UpstreamCheck, check_all
from gateway.door import browsers, endpoint, explorer, health
from gateway.execution.documents import Documents
from gateway.execution.executor import Executor
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange
from gateway.ledger.journal import Journal, Ledger
from gateway.links import Links
from gateway.settings import Settings, UpstreamName
from gateway.surroundings import Surroundings
from gateway.upstreams import ADAPTERS, Line
from gateway.wire.deadline import Deadline
from gateway.wire.pulse import Pulse
from gateway.wire.transport import HttpxTransport
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema
from resolvers.upstreams import UpstreamState
from resolvers.viewer import ViewerKind

GRAPHQL_PATH = "/graphql"
NOBODY = Principal(ViewerKind.ANONYMOUS, "", None, frozenset())
"""The gateway itself, where it asks of its own accord."""


class Gateway:
    """A whole gateway: an ASGI application, and what its operator may ask of it.

    Args:
        settings: Everything that can be chosen.
        transports: In the place of sockets, by upstream; for stand-ins in the same process.
        on_sandbox: The upstreams are made up: the explorer shows writes, too, and they are remembered in memory only.
    """

    def __init__(
        self,
        settings: Settings,
        transports: Mapping[Upstream, httpx.AsyncBaseTransport] | None = None,
        *,
        on_sandbox: bool = False,
    ) -> None:
        self.settings = settings
        self._links = Links(settings)
        self._callers = Callers(settings)
        self._ledger = Ledger(None if on_sandbox else settings.server.state_dir / "ledger.sqlite")
        self._transports: dict[Upstream, HttpxTransport] = {}
        self._pulses: dict[Upstream, Pulse] = {}
        self._lines: dict[Upstream, Line] = {}
        for adapter in ADAPTERS:
            self._connect(adapter.upstream, (transports or {}).get(adapter.upstream))
        self._of_callers = [upstream for upstream, line in self._lines.items() if line.settings.credentials == "caller"]
        exploring = settings.profile == "explore"
        limits = Limits(**settings.limits.model_dump(exclude={"body_bytes"}))
        documents = Documents(graphql_schema, limits=limits, exploring=exploring)
        self._executor = Executor(graphql_schema, documents, self._identified, limits=limits, tells_cost=exploring)
        graphql = endpoint.routes(self._executor.execute, body_bytes=settings.limits.body_bytes)
        pages = self._explorer(on_sandbox=on_sandbox) if exploring else []
        self._application = Starlette(
            routes=[*graphql, *health.routes(self.ready), *pages],
            middleware=browsers.middleware(origins=settings.server.origins, hosts=settings.server.hosts),
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._application(scope, receive, send)

    def _connect(self, upstream: Upstream, transport: httpx.AsyncBaseTransport | None) -> None:
        """The chain of one upstream, from the bottom up."""
        name = cast("UpstreamName", upstream.word)
        settings = self.settings.upstreams.named(name)
        figures = self.settings.figures(name)
        bottom = HttpxTransport(
            settings.url,
            connect_seconds=figures.connect_seconds,
            attempt_seconds=figures.attempt_seconds,
            write_seconds=figures.write_deadline_seconds,
            connections=figures.concurrency,
            maximum_bytes=figures.max_response_bytes,
            transport=transport,
        )
        deadline = Deadline(
            bottom, read_seconds=figures.read_deadline_seconds, write_seconds=figures.write_deadline_seconds
        )
        pulse = Pulse(deadline)
        self._transports[upstream] = bottom
        self._pulses[upstream] = pulse
        self._lines[upstream] = Line(pulse, settings)

    async def _identified(self, exchange: Exchange) -> Surroundings:
        """The context of a caller's operation."""
        return self.surroundings(await self._callers.identify(exchange.headers), exchange.headers)

    def surroundings(
        self, principal: Principal = NOBODY, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Surroundings:
        """The context of one operation.

        Args:
            principal: Who is asking.
            headers: The request's, by lower-case name.
        """
        credentials = Credentials(headers, self._of_callers)
        caller = f"{mark}|{principal.id}" if (mark := credentials.mark()) else principal.id
        journal = Journal(self._ledger, caller, headers.get("idempotency-key"))
        now = dt.datetime.now(dt.UTC)
        return Surroundings(self.settings, self._links, self._lines, self._pulses, journal, principal, credentials, now)

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Whether at least one upstream is up, as far as is known, and how each does."""
        states = {
            upstream.word: self._pulses[upstream].state.name.lower()
            for upstream in Upstream
            if self._lines[upstream].settings.configured
        }
        return not states or any(state != UpstreamState.DOWN.name.lower() for state in states.values()), states

    async def check(self) -> list[UpstreamCheck]:
        """Asks every upstream once."""
        surroundings = self.surroundings()
        return await check_all([surroundings.adapter(adapter.upstream) for adapter in ADAPTERS])

    def open(self) -> None:
        """Opens the ledger of writes; without this, the first write does.

        Raises:
            LedgerUnusableError: It cannot be kept in `server.state_dir`.
        """
        self._ledger.store  # noqa: B018  opening it is the point

    async def close(self) -> None:
        """Lets running writes end, then closes the ledger and the connections to the upstreams."""
        await self._ledger.close()
        await self._callers.close()
        for transport in self._transports.values():
            await transport.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.close()

    def _explorer(self, *, on_sandbox: bool) -> list[BaseRoute]:
        """The page at `/`, whose examples ask for the first linked organization."""
        if on_sandbox or not self._links.organizations:
            return explorer.routes(endpoint=GRAPHQL_PATH, on_sandbox=on_sandbox)
        ref = self._links.organizations[0]
        return explorer.routes(endpoint=GRAPHQL_PATH, organization=ref.key, native_id=str(ref.links[0]))
