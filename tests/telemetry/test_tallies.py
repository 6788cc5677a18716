"""Figures that are counted in plain numbers read as prometheus_client's own do."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from gateway.telemetry.tallies import Count, Spreads, Tally

BOUNDS = (0.001, 0.5, 1.0, 10)
VALUES = (0.0, 0.001, 0.0011, 0.5, 0.7, 1, 9.99, 10, 11.5, 1e9)


@pytest.fixture
def both() -> tuple[CollectorRegistry, CollectorRegistry]:
    return CollectorRegistry(), CollectorRegistry()


def lines(registry: CollectorRegistry, *, openmetrics: bool) -> list[bytes]:
    text = generate_openmetrics(registry) if openmetrics else generate_latest(registry)
    return [line for line in text.splitlines() if b"_created" not in line]


@pytest.mark.parametrize("openmetrics", [False, True])
def test_they_are_written_as_others_are(both, openmetrics):
    ours, theirs = both
    tally = Tally("done", "What was done.", ("kind", "end"), ours)
    counter = Counter("done", "What was done.", ("kind", "end"), registry=theirs)
    spreads = Spreads("seconds", "How long.", ("kind",), BOUNDS, ours)
    histogram = Histogram("seconds", "How long.", ("kind",), buckets=BOUNDS, registry=theirs)
    alone = Spreads("cost", "How dear.", (), BOUNDS, ours).by[()]
    other = Histogram("cost", "How dear.", buckets=BOUNDS, registry=theirs)
    tally.counts["query", 'odd "one"\n'].value += 1
    tally.counts["query", 'odd "one"\n'].value += 2.5
    tally.counts["mutation", "ok"] = Count()
    counter.labels("query", 'odd "one"\n').inc(3.5)
    counter.labels("mutation", "ok").inc(0)
    spreads.by["query",].note(VALUES[:4])
    spreads.by["query",].note(VALUES[4:])
    alone.note(VALUES)
    for value in VALUES:
        histogram.labels("query").observe(value)
        other.observe(value)

    assert lines(ours, openmetrics=openmetrics) == lines(theirs, openmetrics=openmetrics)


def test_a_name_is_taken_once(both):
    Tally("done", "What was done.", (), both[0])

    with pytest.raises(ValueError, match="Duplicated"):
        Counter("done", "What was done.", registry=both[0])
