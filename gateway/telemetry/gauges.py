"""Metrics that are asked for when they are read: breakers, caches, the process, the build."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Info
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

BREAKER_STATES: Final = ("closed", "open", "probing")


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


def register_gauges(
    registry: CollectorRegistry,
    *,
    version: str,
    breakers: Callable[[], Mapping[str, str]] | None = None,
    cache_entries: Callable[[], float] | None = None,
    cache_bytes: Callable[[], float] | None = None,
) -> None:
    """Adds them to a registry.

    Args:
        registry: The gateway's.
        version: The gateway's.
        breakers: Each upstream's breaker: `closed`, `open` or `probing`.
        cache_entries: How many answers the cache holds.
        cache_bytes: How many bytes they take.
    """
    ProcessCollector(registry=registry)
    Info("gateway_build", "The gateway that runs.", registry=registry).info({"version": version})
    if breakers:
        registry.register(Breakers(breakers))
    if cache_entries:
        entries = Gauge("gateway_cache_entries", "Answers that the cache in memory holds.", registry=registry)
        entries.set_function(cache_entries)
    if cache_bytes:
        size = Gauge("gateway_cache_bytes", "Bytes that the cache in memory takes.", registry=registry)
        size.set_function(cache_bytes)
