"""One place per upstream: all that is known about its API, and nowhere else. `ADAPTERS` lists them."""

from typing import Final

from gateway.upstreams.adapter import Adapter
from gateway.upstreams.clickhouse import ClickHouse
from gateway.upstreams.line import Line
from gateway.upstreams.locktera import Locktera
from gateway.upstreams.losant import Losant
from gateway.upstreams.nks import Nks

__all__ = ["ADAPTERS", "Adapter", "ClickHouse", "Line", "Locktera", "Losant", "Nks"]

ADAPTERS: Final[tuple[type[Adapter], ...]] = (Losant, Nks, Locktera, ClickHouse)
