"""Counters and histograms that cost next to nothing to count in, written out when they are read.

prometheus_client's own take a lock and some checks for each count, more time than many an operation. These are counted
in and read in one event loop only.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

INFINITY: Final = float("inf")

MOST_UNSORTED: Final = 512
"""Values of one histogram."""


class Count:
    """The count of one combination of labels.

    Attributes:
        value: To be added to.
    """

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0


class Tally(Collector):
    """A counter.

    Args:
        name: Without `_total`.
        text: What is counted.
        labels: Their names.
        registry: Where it is read.

    Attributes:
        counts: By the values of the labels, made where they are missing.
    """

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._told = name, text, labels
        self.counts: defaultdict[tuple[str, ...], Count] = defaultdict(Count)
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Its name."""
        name, text, labels = self._told
        yield CounterMetricFamily(name, text, labels=labels)

    def collect(self) -> Iterable[Metric]:
        """What was counted."""
        name, text, labels = self._told
        family = CounterMetricFamily(name, text, labels=labels)
        for values, count in self.counts.items():
            family.add_metric(values, count.value)
        yield family


class Spread:
    """The values of one histogram, or of one combination of its labels.

    They are put into their buckets when somebody looks, or when there are many: sorted, they need not be looked at one
    by one.

    Args:
        bounds: The upper ends of its buckets, ascending.
    """

    __slots__ = ("_bounds", "_counts", "_sum", "_unsorted")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._unsorted: list[float] = []

    def note(self, values: Iterable[float]) -> None:
        """Counts several."""
        self._unsorted += values
        if len(self._unsorted) >= MOST_UNSORTED:
            self._sort()

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """How many values are at most as large as each bound, and the sum of all."""
        self._sort()
        ends = map(floatToGoString, (*self._bounds, INFINITY))
        return list(zip(ends, map(float, self._counts), strict=True)), self._sum

    def _sort(self) -> None:
        values, self._unsorted = sorted(self._unsorted), []
        for index, bound in enumerate(self._bounds):
            self._counts[index] += bisect_right(values, bound)
        self._counts[-1] += len(values)
        self._sum += sum(values)


class Spreads(Collector):
    """A histogram.

    Args:
        name: Of the metric.
        text: What is observed.
        labels: Their names; none, where there is one distribution only.
        bounds: The upper ends of its buckets, ascending.
        registry: Where it is read.

    Attributes:
        by: The distributions by the values of the labels, made where they are missing.
    """

    def __init__(
        self, name: str, text: str, labels: Sequence[str], bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._told = name, text, labels
        self.by: defaultdict[tuple[str, ...], Spread] = defaultdict(lambda: Spread(bounds))
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Its name."""
        name, text, labels = self._told
        yield HistogramMetricFamily(name, text, labels=labels)

    def collect(self) -> Iterable[Metric]:
        """What was observed."""
        name, text, labels = self._told
        family = HistogramMetricFamily(name, text, labels=labels)
        for values, spread in self.by.items():
            family.add_metric(values, *spread.told())
        yield family
