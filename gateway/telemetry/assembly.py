"""Metrics, log line and spans, put together as the settings say."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.execution.operation import Exchange
from gateway.settings import Settings
from gateway.telemetry import trace_context
from gateway.telemetry.colleagues import Colleagues
from gateway.telemetry.extra import ExtraMissingError
from gateway.telemetry.gauges import Held, register_gauges
from gateway.telemetry.live import LiveMetrics
from gateway.telemetry.log_line import OperationLog
from gateway.telemetry.metrics import OperationMetrics, UpstreamMetrics
from gateway.telemetry.operations import Operations
from gateway.telemetry.record import Observer, Reckoner
from gateway.telemetry.watch import Watch
from gateway.wire.errand import Errand, Errands


@dataclass(frozen=True, slots=True)
class Readings:
    """What metrics ask for when they are read; None where there is no such part.

    Attributes:
        breakers: Each upstream's breaker: `closed`, `open` or `probing`.
        cache: Of answers, in memory.
        responses: To whole operations.
        documents: Those that are remembered.
        streams: How many subscriptions run.
        events: How many events they were told.
        polls: How many polls of logs have ended, by upstream and outcome.
    """

    breakers: Callable[[], Mapping[str, str]] | None = None
    cache: Held | None = None
    responses: Held | None = None
    documents: Held | None = None
    streams: Callable[[], float] = lambda: 0
    events: Callable[[], float] = lambda: 0
    polls: Callable[[], Mapping[tuple[str, str], float]] = dict


class _Settling(Collector):
    """The first of a registry: so that what the others have to tell is up to date.

    Args:
        settle: Makes it so.
    """

    def __init__(self, settle: Callable[[], None]) -> None:
        self._settle = settle

    def collect(self) -> Iterable[Metric]:
        """Nothing of its own."""
        self._settle()
        return ()


class Telemetry:
    """What one gateway tells of itself.

    Args:
        settings: Its own.
        readings: Its parts'.
        further: Others who are told of operations, many together; what they know is up to date after `settle`.

    Attributes:
        watch: To put between the door and the execution.
        registry: Of its metrics.

    Raises:
        ExtraMissingError: The settings ask for spans, and what exports them is not installed.
    """

    def __init__(self, settings: Settings, readings: Readings, further: Sequence[Reckoner] = ()) -> None:
        self.registry = CollectorRegistry()
        observers: list[Observer] = []
        reckoners = [*further]
        self._colleagues: Colleagues | None = None
        self._export = None
        self._calls: UpstreamMetrics | None = None
        if settings.server.metrics:
            self.registry.register(_Settling(self.settle))
            metrics = OperationMetrics(self.registry, lambda: self._operations.running)
            reckoners.append(metrics)
            self._calls = metrics.calls
            self.registry.register(LiveMetrics(readings.streams, readings.events, readings.polls))
            register_gauges(
                self.registry,
                version=__version__,
                breakers=readings.breakers,
                cache=readings.cache,
                responses=readings.responses,
                documents=readings.documents,
            )
        if settings.logs_operations:
            observers.append(OperationLog())
        if settings.otel.endpoint:
            try:
                from gateway.telemetry.export import SpanExport  # noqa: PLC0415  its packages are an extra
            except ImportError:
                raise ExtraMissingError from None
            self._export = SpanExport(settings.otel.endpoint, settings.otel.service_name, __version__)
            observers.append(self._export.spans)
        self._operations = Operations(observers, reckoners)
        self.watch = Watch(self._operations, traced=self._export is not None)

    @property
    def running(self) -> int:
        """How many operations are in flight."""
        return self._operations.running

    def settle(self) -> None:
        """Tells all that has ended to those who are told of many together."""
        self._operations.settle()

    async def render(self, accept: str) -> tuple[bytes, str]:
        """All metrics, those of colleagues among them, in the form that an `Accept` header asks for; its media type."""
        encode, media_type = choose_encoder(accept)
        told = await self._colleagues.together(self.registry) if self._colleagues else self.registry
        return encode(cast("CollectorRegistry", told)), media_type

    @asynccontextmanager
    async def among(self, colleagues: Colleagues) -> AsyncIterator[None]:
        """Tells its figures to the other processes that serve the same port, and theirs with its own."""
        self._colleagues = colleagues
        async with colleagues.telling(self.registry):
            yield

    def called(self, calls: Sequence[Errand]) -> None:
        """Counts calls that the gateway made of its own accord."""
        if self._calls is not None:
            self._calls.reckon(calls)

    def errands(self, exchange: Exchange, until: float | None) -> Errands:
        """What an operation asks of upstreams, in its account: with marks that say for which request and trace it is.

        Args:
            exchange: The request.
            until: When the caller's time is over, by the loop's clock; None where it set none.
        """
        request_id, account = exchange.request_id, exchange.account
        if self._export is None:
            errands = Errands(until, trace_context.headers(request_id, account.traceparent))
        else:  # each call has a span of its own
            own_marks = partial(trace_context.headers, request_id, account.traceparent, traced=True)
            errands = Errands(until, own_marks=own_marks)
        account.calls = errands.all
        return errands

    async def close(self) -> None:
        """Sends the spans that are left."""
        if self._export:
            await self._export.close()
