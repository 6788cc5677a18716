"""The composition root: what the gateway consists of, and how its parts are put together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from gateway.adapters import canonical
from gateway.callers.asker import Asker, asker_of
from gateway.callers.budgets import Budgets
from gateway.callers.credentials import HEADERS
from gateway.callers.identification import Callers
from gateway.callers.principal import Principal
from gateway.check import UpstreamCheck, check_all
from gateway.documents.automatic import MemoryStore
from gateway.documents.lookup import Lookup
from gateway.documents.trusted import TrustedDocuments, trusted_documents
from gateway.door import explorer, health, metrics, status
from gateway.door.answer import answer_of
from gateway.door.request import Direct
from gateway.execution.documents import Documents
from gateway.execution.executor import Executor
from gateway.execution.extensions import COST_HEADER, TRACE_HEADER, TRACE_SCOPE
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange, Operation
from gateway.execution.timeout import time_of
from gateway.front import GRAPHQL_PATH, doors, front
from gateway.ledger.journal import Ledger
from gateway.links import Links
from gateway.live.feed import Feed
from gateway.overview import Overview
from gateway.planning import Planning
from gateway.reach import Reach
from gateway.readiness import is_ready
from gateway.replicas import counters_of, responses_of, shared_by, sharing_of
from gateway.settings import Settings
from gateway.surroundings import Minutes, Parts, Surroundings
from gateway.telemetry.assembly import Readings, Telemetry
from gateway.telemetry.colleagues import Colleagues
from gateway.upstreams import ADAPTERS
from gateway.wire.errand import Errand, Errands
from resolvers.errors import Failure, Unauthenticated
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema
from resolvers.viewer import ViewerKind

NOBODY = Principal(ViewerKind.ANONYMOUS, "", None, frozenset())
"""The gateway itself, where it asks of its own accord."""


class Gateway:
    """A whole gateway: an ASGI application, and what its operator may ask of it.

    Args:
        settings: Everything that can be chosen.
        transports: In the place of sockets, by upstream; for stand-ins in the same process.
        on_sandbox: The upstreams are made up: the explorer shows writes, too, and they are remembered in memory only.

    Attributes:
        settings: As given.
        reach: The ways to all upstreams.

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
        self._links = Links(settings, canonical)
        self._callers = Callers(settings)
        self._shared = shared_by(settings)
        budgets = Budgets(settings, counters_of(self._shared))
        self._ledger = Ledger(
            None if on_sandbox else settings.server.state_dir / "ledger.sqlite",
            self._shared.pages if self._shared else None,
        )
        sharing = sharing_of(settings, self._shared)
        self.reach = Reach(settings, sharing, self._shared, transports or {})
        exploring = settings.profile == "explore"
        limits = Limits(**settings.limits.model_dump(exclude={"body_bytes", "budget"}))
        documents = Documents(graphql_schema, limits=limits, exploring=exploring)
        texts = self._lookup(documents)
        responses = responses_of(settings, sharing)
        executor = partial(Executor, texts, documents, limits=limits, exploring=exploring, responses=responses)
        self._executor = executor(surroundings=self._identified, known=self._known)
        self._feed = Feed(settings.live, settings.limits.page, self._called, processes=settings.server.workers)
        self._parts = Parts(settings.limits.page, self._links, self.reach, self._ledger, budgets, Minutes(), self._feed)
        self._planning = Planning(
            settings, self.reach, self._callers, self.surroundings, lambda made: executor(surroundings=made)
        )
        self._overview = Overview(settings, self.reach.chains, sharing.entries, lambda: self._telemetry)
        readings = Readings(
            self.reach.breakers,
            cache=sharing.entries,
            responses=responses,
            documents=documents,
            streams=lambda: len(self._feed.hub),
            events=lambda: self._feed.hub.told,
            polls=lambda: self._feed.hub.polls,
        )
        self._telemetry = Telemetry(settings, readings, [self._overview])
        self._front = front(settings, self._routes(on_sandbox=on_sandbox), self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3, which servers tell by its being a coroutine function."""
        await self._front(scope, receive, send)

    @property
    def direct(self) -> Direct | None:
        """What serves GraphQL without ASGI; None where that may not be."""
        return self._front.direct

    def _routes(self, *, on_sandbox: bool) -> list[BaseRoute]:
        settings = self.settings
        figures = metrics.routes(self._telemetry.render) if settings.server.metrics else []
        pages = self._explorer(on_sandbox=on_sandbox) if settings.profile == "explore" else []
        overview = status.routes(self._overview.status, self._overview.recent, self._may_see)
        execute = self._planning.over(self._executor.execute)
        graphql = doors(settings, self._telemetry.watch.over(execute), self._lets_in)
        return [*graphql, *health.routes(self.ready), *figures, *overview, *pages]

    def _called(self, calls: list[Errand]) -> None:
        """Counts what was asked of upstreams for no operation."""
        self._telemetry.called(calls)

    def _lookup(self, documents: Documents) -> Lookup:
        """The documents that are known by name."""
        chosen = self.settings.documents
        trusted = TrustedDocuments()
        if chosen.manifest:
            trusted = trusted_documents(Path(chosen.manifest), documents.mistakes)
        memory = MemoryStore() if chosen.automatic else None
        store = self._shared.texts(memory) if self._shared and memory else memory
        return Lookup(trusted, store, trusted_only=chosen.trusted_only)

    async def _lets_in(self, exchange: Exchange) -> bool:
        """Whether a caller may ask at all."""
        try:
            (await self._identified(exchange)).allow("read")
        except Failure:
            return False
        return True

    async def _may_see(self, headers: Mapping[str, str]) -> status.Access:
        """Whether a caller may see how the gateway does."""
        if self.settings.profile == "explore":
            return status.Access.GRANTED
        try:
            principal = await self._callers.identify(headers)
        except Unauthenticated:
            return status.Access.UNKNOWN
        return status.Access.GRANTED if TRACE_SCOPE in principal.scopes else status.Access.DENIED

    async def _identified(self, exchange: Exchange) -> Surroundings:
        """The context of a caller's operation."""
        return self._surrounded(exchange, await self._asker(exchange))

    def _known(self, exchange: Exchange) -> Surroundings | None:
        """The same, where the headers have told before who asks."""
        asker = exchange.memory.get("asker")
        return self._surrounded(exchange, asker) if asker is not None else None

    def _surrounded(self, exchange: Exchange, asker: Asker) -> Surroundings:
        account = exchange.account
        account.caller = asker.principal.id
        until = None if asker.seconds is None else account.began + asker.seconds
        return Surroundings(self._parts, asker, self._telemetry.errands(exchange, until))

    async def _asker(self, exchange: Exchange) -> Asker:
        """Who asks; remembered with the headers, unless by a token: that may not be good for long."""
        headers = exchange.headers
        known = self._callers.at_once(headers)
        principal = known or await self._callers.by_token(headers)
        exchange.account.caller = principal.id
        asker = asker_of(principal, headers, self.reach.of_callers, time_of(headers))
        if known is not None:
            exchange.memory["asker"] = asker
        return asker

    def surroundings(
        self,
        principal: Principal = NOBODY,
        headers: Mapping[str, str] = MappingProxyType({}),
        errands: Errands | None = None,
        *,
        reach: Reach | None = None,
        ledger: Ledger | None = None,
    ) -> Surroundings:
        """The context of one operation.

        Args:
            principal: Who is asking.
            headers: The request's, by lower-case name.
            errands: What it asks of upstreams.
            reach: In the place of the gateway's own; then nobody can listen.
            ledger: In the place of the gateway's own.
        """
        parts = replace(self._parts, reach=reach, feed=None) if reach else self._parts
        if ledger:
            parts = replace(parts, ledger=ledger)
        return Surroundings(parts, asker_of(principal, headers, self.reach.of_callers), errands or Errands())

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Whether the upstreams do as `server.ready` wants, as far as is known, and how each does."""
        states = self.reach.states()
        named = {word: state.name.lower() for word, state in states.items()}
        return is_ready(states, self.settings.server.ready, draining=self._overview.draining), named

    async def ask(self, query: str, variables: dict[str, Any], *, explained: bool) -> dict[str, Any]:
        """The answer to an operation of an anonymous caller, without a request.

        Args:
            query: A document with one operation.
            variables: Its values.
            explained: With `extensions.cost` and `extensions.trace`, as far as the caller may have them.
        """
        shown = {f"{each.word}-authorization": "Bearer none" for each in self.reach.of_callers}
        headers = {**shown, TRACE_HEADER: "1", COST_HEADER: "1"} if explained else shown
        outcome = await self._executor.execute(
            Operation(query, None, variables, {}), Exchange("command-line", headers, "POST")
        )
        return answer_of(outcome, "command-line")

    async def check(self) -> list[UpstreamCheck]:
        """Asks every upstream once."""
        surroundings = self.surroundings()
        return await check_all([surroundings.adapters[adapter.upstream] for adapter in ADAPTERS])

    async def shared_cache(self) -> str | None:
        """Where the cache is that replicas share, and how it does, in a sentence; None where there is none."""
        return await self._shared.told() if self._shared else None

    def open(self) -> None:
        """Opens the ledger of writes; without this, the first write does.

        Raises:
            LedgerUnusableError: It cannot be kept in `server.state_dir`.
        """
        self._ledger.pages  # noqa: B018  opening it is the point

    def among(self, colleagues: Colleagues) -> AbstractAsyncContextManager[None]:
        """One of several processes that serve one port: its metrics are told with theirs.

        Args:
            colleagues: The others.
        """
        return self._telemetry.among(colleagues)

    def drain(self) -> None:
        """Is not ready any more; what comes all the same is answered."""
        self._overview.draining = True

    async def cut_off(self) -> None:
        """Waits for no upstream any more: what is asked of them fails at once, and is answered so."""
        await self.reach.close()

    async def close(self) -> None:
        """Lets running writes end, then closes the ledger and the connections to the upstreams."""
        self._feed.hub.close()
        await self._ledger.close()
        await self._callers.close()
        await self._telemetry.close()
        self._planning.close()
        await self.reach.close()
        if self._shared:
            await self._shared.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        if self._shared:
            await self._shared.start()
        try:
            yield
        finally:
            await self.close()

    def _explorer(self, *, on_sandbox: bool) -> list[BaseRoute]:
        """The page at `/`, whose examples ask for the first linked organization."""
        own = [HEADERS[each] for each in self.reach.of_callers]
        if on_sandbox or not self._links.organizations:
            return explorer.routes(endpoint=GRAPHQL_PATH, callers_headers=own, on_sandbox=on_sandbox)
        ref = self._links.organizations[0]
        return explorer.routes(
            endpoint=GRAPHQL_PATH, organization=ref.key, native_id=str(ref.links[0]), callers_headers=own
        )
