"""Metrics of subscriptions, read where they run."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class LiveMetrics(Collector):
    """How many listen, how much they were told, how often logs were polled for them.

    Args:
        streams: How many listen now.
        events: How many events were told, each once for each who was told.
        polls: How many polls have ended, by upstream and outcome (`ok` or `failed`).
    """

    def __init__(
        self,
        streams: Callable[[], float],
        events: Callable[[], float],
        polls: Callable[[], Mapping[tuple[str, str], float]],
    ) -> None:
        self._streams = streams
        self._events = events
        self._polls = polls

    def collect(self) -> Iterable[Metric]:
        """Asks for them."""
        yield GaugeMetricFamily("gateway_live_streams", "Subscriptions that run now.", self._streams())
        yield CounterMetricFamily("gateway_live_events", "Events that subscriptions were told.", self._events())
        polls = CounterMetricFamily(
            "gateway_live_polls", "Polls of the upstreams' logs, by their end.", labels=("upstream", "outcome")
        )
        for labels, count in self._polls().items():
            polls.add_metric(labels, count)
        yield polls
