"""Metrics that are asked for when they are read: breakers, caches, the process, the build."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Gauge, Info
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

BREAKER_STATES: Final = ("closed", "open", "probing")


class Held(Protocol):
    """What is kept in memory within a bound.

    Attributes:
        bytes: How many it takes.
    """

    bytes: int

    def __len__(self) -> int:
        """How many things are kept."""


class Breakers(Collector):
    """Each upstream's breaker: 1 at the state that it is in, 0 at the others.

    Args:
        states: By upstream.
    """

    def __init__(self, states: Callable[[], Mapping[str, str]]) -> None:
        self._states = states

    def collect(self) -> Iterable[Metric]:
        """Asks for the states."""
        family = GaugeMetricFamily(
            "gateway_upstream_breaker_state",
            "1 at the state that an upstream's breaker is in.",
            labels=("upstream", "state"),
        )
        for upstream, current in self._states().items():
            for state in BREAKER_STATES:
                family.add_metric((upstream, state), float(state == current))
        yield family


def register_gauges(  # noqa: PLR0913  what is measured
    registry: CollectorRegistry,
    *,
    version: str,
    breakers: Callable[[], Mapping[str, str]] | None = None,
    cache: Held | None = None,
    responses: Held | None = None,
    documents: Held | None = None,
) -> None:
    """Adds them to a registry.

    Args:
        registry: The gateway's.
        version: The gateway's.
        breakers: Each upstream's breaker: `closed`, `open` or `probing`.
        cache: Of answers, in memory.
        responses: To whole operations.
        documents: Those that are remembered, with their plans.
    """
    ProcessCollector(registry=registry)
    Info("gateway_build", "The gateway that runs.", registry=registry).info({"version": version})
    if breakers:
        registry.register(Breakers(breakers))
    if cache is not None:
        _tell(registry, cache, "gateway_cache_entries", "Answers that the cache in memory holds.")
        _tell_bytes(registry, cache, "gateway_cache_bytes", "Bytes that the cache in memory takes.")
    if responses is not None:
        _tell(registry, responses, "gateway_responses", "Responses to whole operations that are kept.")
        _tell_bytes(registry, responses, "gateway_response_bytes", "Bytes that they take, about.")
    if documents is not None:
        _tell(registry, documents, "gateway_documents", "Documents that are remembered, ready to run.")
        _tell_bytes(registry, documents, "gateway_document_bytes", "Bytes that they take, with their plans, about.")


def _tell(registry: CollectorRegistry, held: Held, name: str, text: str) -> None:
    Gauge(name, text, registry=registry).set_function(lambda: len(held))


def _tell_bytes(registry: CollectorRegistry, held: Held, name: str, text: str) -> None:
    Gauge(name, text, registry=registry).set_function(lambda: held.bytes)
