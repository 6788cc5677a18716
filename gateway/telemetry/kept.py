"""A metric's children, kept: looking one up in the metric itself takes a lock and more time than counting."""

from typing import Generic, TypeVar

from prometheus_client import Counter, Histogram

M = TypeVar("M", Counter, Histogram)


class Kept(dict[tuple[str, ...], M], Generic[M]):
    """The children by the values of their labels, made where they are missing.

    Args:
        metric: With labels.
    """

    __slots__ = ("_metric",)

    def __init__(self, metric: M) -> None:
        super().__init__()
        self._metric: M = metric

    def __missing__(self, values: tuple[str, ...]) -> M:
        child: M = self._metric.labels(*values)
        self[values] = child
        return child
