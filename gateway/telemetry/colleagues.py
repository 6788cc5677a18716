"""The figures of several processes that serve one port, told by any of them: each series says whose it is.

A sum would be wrong as soon as a process is replaced and begins at 0 again; Prometheus adds up what belongs together.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

LABEL: Final = "worker"
SECONDS: Final = 1.0
"""How long a process may take to tell its figures; it is left out then."""

MOST_BYTES: Final = 8_388_608


class _Sample(msgspec.Struct, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class _Family(msgspec.Struct, array_like=True):
    name: str
    text: str
    kind: str
    unit: str
    samples: list[_Sample]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[_Family]).decode


class Colleagues:
    """The processes that serve one port, by their numbers.

    Args:
        place: A folder of this user alone, where they find each other.
        number: This one's, from 1.
        count: How many there are.
    """

    def __init__(self, place: Path, number: int, count: int) -> None:
        self._place = place
        self._number = number
        self._count = count

    @asynccontextmanager
    async def telling(self, registry: CollectorRegistry) -> AsyncIterator[None]:
        """Tells the others this one's figures, when they ask."""

        async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(_encode(list(_families(registry))))
            writer.close()

        address = self._address(self._number)
        address.unlink(missing_ok=True)  # of one that was replaced
        async with await asyncio.start_unix_server(tell, address):
            yield

    async def together(self, registry: CollectorRegistry) -> Collector:
        """The figures of all that answer in time, this one's among them."""
        numbers = range(1, self._count + 1)
        found = await asyncio.gather(*(self._asked(each) for each in numbers if each != self._number))
        others = dict(zip((each for each in numbers if each != self._number), found, strict=True))
        return _Together({**others, self._number: list(_families(registry))})

    async def _asked(self, number: int) -> list[_Family]:
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._address(number), limit=MOST_BYTES)
                try:
                    return _decode(await reader.read(-1))
                finally:
                    writer.close()
        except (OSError, TimeoutError, msgspec.DecodeError):
            return []

    def _address(self, number: int) -> Path:
        return self._place / f"{number}.sock"


class _Together(Collector):
    """Families of several processes as one."""

    def __init__(self, families: dict[int, list[_Family]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Each family once, with the samples of all."""
        found: dict[str, Metric] = {}
        for number, families in sorted(self._families.items()):
            for family in families:
                metric = found.get(family.name)
                if metric is None:
                    metric = found[family.name] = Metric(family.name, family.text, family.kind, family.unit)
                for each in family.samples:
                    metric.add_sample(each.name, {**each.labels, LABEL: str(number)}, each.value)
        return found.values()


def _families(registry: CollectorRegistry) -> Iterator[_Family]:
    for metric in registry.collect():
        samples = [_Sample(each.name, dict(each.labels), each.value) for each in metric.samples]
        yield _Family(metric.name, metric.documentation, metric.type, metric.unit, samples)
