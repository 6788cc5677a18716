"""The whole traffic of a run: the same shots for the same seed."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.fuzz.ids import Ids
from tests.fuzz.requests import Requests
from tests.fuzz.shot import Shot
from tests.fuzz.wire import chunked, lying, mangled

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
_LEAVE = 0.02
_REUSE = 5
"""How often a document is sent, each time with other arguments: making one takes longer than answering it."""


class Traffic:
    """Makes shots.

    Args:
        number: The seed.
        there: Ids that the gateway has told.
        documents: Half of it carries documents that fit the schema or break one rule of it.
    """

    def __init__(self, number: int, there: list[str], *, documents: bool = True) -> None:
        self._number = number
        self._ids = there
        self._share = 0.5 if documents else 0.0

    def portion(self, index: int, count: int) -> list[Shot]:
        """As many shots."""
        numbers = random.Random(f"{self._number} {index}")  # noqa: S311  it chooses, it keeps no secret
        ids = Ids(numbers, self._ids)
        shots = list(self._documents(numbers, ids, index, int(count * self._share)))
        shots += [_attack(numbers, Requests(numbers, ids)) for _ in range(count - len(shots))]
        numbers.shuffle(shots)
        return shots

    def _documents(self, numbers: random.Random, ids: Ids, index: int, count: int) -> Iterator[Shot]:
        if not count:
            return
        from graphql import build_schema  # noqa: PLC0415  attacks alone do without, and begin sooner

        from tests.fuzz.documents import KINDS, documents  # noqa: PLC0415  the same
        from tests.fuzz.rewriting import garbled, rewritten  # noqa: PLC0415  the same

        schema = build_schema(SCHEMA.read_text())
        requests = Requests(numbers, ids)
        share = count // len(KINDS)
        for place, kind in enumerate(KINDS):
            made = documents(schema, kind, share // _REUSE + 1, self._number * 1_000 + index * len(KINDS) + place)
            for turn in range(share):
                envelope = rewritten(schema, made[turn % len(made)], numbers, ids)
                if turn % 20 == 0:
                    envelope["query"] = garbled(envelope["query"], numbers)
                yield Shot(kind, requests.of_envelope(envelope).encoded(), leaves=numbers.random() < _LEAVE)


def _attack(numbers: random.Random, requests: Requests) -> Shot:
    ways: dict[str, Callable[[], bytes]] = {
        "ids": lambda: requests.ids().encoded(),
        "envelope": lambda: requests.envelope().encoded(),
        "headers": lambda: requests.headers().encoded(),
        "methods": lambda: requests.methods().encoded(),
        "upload": lambda: requests.upload().encoded(),
        "lengths": lambda: lying(requests.good(), numbers),
        "chunks": lambda: chunked(requests.good(), numbers),
        "bytes": lambda: mangled(requests.good().encoded(), numbers),
        "bytes of uploads": lambda: mangled(requests.upload().encoded(), numbers),
    }
    kind = numbers.choices(list(ways), weights=(5, 3, 3, 1, 2, 1, 1, 5, 1))[0]
    pieces = numbers.choice((1,) * 8 + (2, 5))
    return Shot(kind, ways[kind](), pieces, leaves=numbers.random() < _LEAVE)
