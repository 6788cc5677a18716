"""The composition root: what the gateway consists of, and how its parts are put together."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Receive, Scope, Send

from gateway.callers.budgets import Budgets
from gateway.callers.credentials import Credentials
from gateway.callers.identification import Callers
from gateway.callers.principal import Principal
from gateway.check import UpstreamCheck, check_all
from gateway.documents.automatic import MemoryStore
from gateway.documents.lookup import Lookup
from gateway.documents.trusted import TrustedDocuments, trusted_documents
from gateway.door import browsers, endpoint, explorer, health, metrics
from gateway.door.admission import Admission
from gateway.door.answer import answer_of
from gateway.door.nowhere import exception_handlers, socket_route
from gateway.door.origins import Origins
from gateway.door.security import SecurityHeaders
from gateway.door.websocket.handshake import WebSocketEndpoint
from gateway.door.websocket.session import Bounds
from gateway.execution.documents import Documents
from gateway.execution.executor import Executor
from gateway.execution.extensions import COST_HEADER, TRACE_HEADER
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange, Execute, Operation
from gateway.execution.timeout import time_of
from gateway.ledger.journal import Journal, Ledger
from gateway.links import Links
from gateway.readiness import is_ready
from gateway.settings import Settings, UpstreamName
from gateway.surroundings import Surroundings
from gateway.telemetry.assembly import Readings, Telemetry
from gateway.upstreams import ADAPTERS, Line
from gateway.wire.chain import Chain, Figures
from gateway.wire.errand import Errands
from gateway.wire.pulse import Pulse
from gateway.wire.sharing import Sharing
from gateway.wire.transport import HttpxTransport
from resolvers.errors import Failure
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema
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

    Raises:
        ManifestUnusableError: `documents.manifest` is none, or holds a document that cannot run.
        ExtraMissingError: `otel.endpoint` is set, and what exports spans is not installed.
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
        self._budgets = Budgets(settings)
        self._ledger = Ledger(None if on_sandbox else settings.server.state_dir / "ledger.sqlite")
        self._transports: dict[Upstream, HttpxTransport] = {}
        self._chains: dict[Upstream, Chain] = {}
        self._pulses: dict[Upstream, Pulse] = {}
        self._lines: dict[Upstream, Line] = {}
        self._sharing = Sharing(
            fresh_seconds=settings.cache.fresh_seconds,
            operations=settings.cache.operations,
            stale_seconds=settings.cache.stale_if_error_seconds,
            most=settings.cache.max_entries,
            most_bytes=settings.cache.max_bytes,
        )
        for adapter in ADAPTERS:
            self._connect(adapter.upstream, (transports or {}).get(adapter.upstream))
        self._of_callers = [upstream for upstream, line in self._lines.items() if line.settings.credentials == "caller"]
        exploring = settings.profile == "explore"
        limits = Limits(**settings.limits.model_dump(exclude={"body_bytes", "budget"}))
        documents = Documents(graphql_schema, limits=limits, exploring=exploring)
        texts = self._lookup(documents)
        self._executor = Executor(texts, documents, self._identified, limits=limits, exploring=exploring)
        entries = self._sharing.entries
        readings = Readings(self._breakers, cache_entries=lambda: len(entries), cache_bytes=lambda: entries.bytes)
        self._telemetry = Telemetry(settings, readings)
        graphql = self._doors(self._telemetry.watch.over(self._executor.execute))
        figures = metrics.routes(self._telemetry.render) if settings.server.metrics else []
        pages = self._explorer(on_sandbox=on_sandbox) if exploring else []
        self._application = Starlette(
            routes=[*graphql, *health.routes(self.ready), *figures, *pages, socket_route()],
            middleware=browsers.middleware(origins=settings.server.origins, hosts=settings.server.hosts),
            exception_handlers=exception_handlers(),
            lifespan=self._lifespan,
        )
        self._application.router.redirect_slashes = False
        self._front = SecurityHeaders(self._application)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._front(scope, receive, send)

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
        rate = settings.rate_limit
        chain = Chain(
            bottom,
            Figures(
                **figures.model_dump(include={field.name for field in fields(Figures)}),
                rate_calls=rate.calls if rate else 0,
                rate_seconds=rate.seconds if rate else 1.0,
                by_callers=settings.credentials == "caller",
            ),
        )
        self._transports[upstream] = bottom
        self._chains[upstream] = chain
        self._pulses[upstream] = chain.pulse
        self._lines[upstream] = Line(self._sharing.over(chain.top, upstream), settings)

    def _breakers(self) -> dict[str, str]:
        """How each upstream's breaker stands."""
        return {upstream.word: chain.breaker.state.value for upstream, chain in self._chains.items()}

    def _lookup(self, documents: Documents) -> Lookup:
        """The documents that are known by name."""
        chosen = self.settings.documents
        trusted = TrustedDocuments()
        if chosen.manifest:
            trusted = trusted_documents(Path(chosen.manifest), lambda text: documents.read(text).errors)
        store = MemoryStore() if chosen.automatic else None
        return Lookup(trusted, store, trusted_only=chosen.trusted_only)

    def _doors(self, execute: Execute) -> list[BaseRoute]:
        """GraphQL over HTTP and over WebSocket, which share what runs at once."""
        figures = self.settings.server
        origins, admission = Origins(figures.origins), Admission(figures.operations)
        over_http = endpoint.routes(
            execute, origins=origins, admission=admission, body_bytes=self.settings.limits.body_bytes
        )
        bounds = Bounds(figures.socket_init_seconds, figures.socket_operations)
        sockets = WebSocketEndpoint(execute, self._lets_in, origins=origins, admission=admission, bounds=bounds)
        return [*over_http, WebSocketRoute(GRAPHQL_PATH, sockets)]

    async def _lets_in(self, exchange: Exchange) -> bool:
        """Whether a caller may ask at all."""
        try:
            (await self._identified(exchange)).allow("read")
        except Failure:
            return False
        return True

    async def _identified(self, exchange: Exchange) -> Surroundings:
        """The context of a caller's operation."""
        principal = await self._callers.identify(exchange.headers)
        exchange.account.caller = principal.id
        time = time_of(exchange.headers)
        until = None if time is None else exchange.account.began + time
        errands = Errands(until, marks=lambda: self._telemetry.marks(exchange))
        exchange.account.calls = errands.all
        return self.surroundings(principal, exchange.headers, errands)

    def surroundings(
        self,
        principal: Principal = NOBODY,
        headers: Mapping[str, str] = MappingProxyType({}),
        errands: Errands | None = None,
    ) -> Surroundings:
        """The context of one operation.

        Args:
            principal: Who is asking.
            headers: The request's, by lower-case name.
            errands: What it asks of upstreams.
        """
        credentials = Credentials(headers, self._of_callers)
        caller = f"{mark}|{principal.id}" if (mark := credentials.mark()) else principal.id
        journal = Journal(self._ledger, caller, headers.get("idempotency-key"))
        now = dt.datetime.now(dt.UTC)
        return Surroundings(
            self.settings,
            self._links,
            self._lines,
            self._pulses,
            journal,
            self._budgets,
            principal,
            credentials,
            now,
            errands or Errands(),
        )

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Whether the upstreams do as `server.ready` wants, as far as is known, and how each does."""
        states = {
            upstream.word: self._pulses[upstream].state
            for upstream in Upstream
            if self._lines[upstream].settings.configured
        }
        named = {word: state.name.lower() for word, state in states.items()}
        return is_ready(states, self.settings.server.ready), named

    async def ask(self, query: str, variables: dict[str, Any], *, explained: bool) -> dict[str, Any]:
        """The answer to an operation of an anonymous caller, without a request.

        Args:
            query: A document with one operation.
            variables: Its values.
            explained: With `extensions.cost` and `extensions.trace`, as far as the caller may have them.
        """
        shown = {f"{each.word}-authorization": "Bearer none" for each in self._of_callers}
        headers = {**shown, TRACE_HEADER: "1", COST_HEADER: "1"} if explained else shown
        outcome = await self._executor.execute(
            Operation(query, None, variables, {}), Exchange("command-line", headers, "POST")
        )
        return answer_of(outcome, "command-line")

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
        await self._telemetry.close()
        await self._sharing.close()
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
