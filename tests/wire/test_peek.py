"""A cache that begins with what another one keeps."""

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.entries import Entry, MemoryEntries
from gateway.wire.generations import MemoryGenerations
from gateway.wire.peek import PeekedEntries, PeekedGenerations
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

READ = Call(Upstream.NKS, "orgs.get", "GET", "/orgs/2", organizations=("2",))
LIST = Call(Upstream.NKS, "orgs.list", "GET", "/orgs")
WRITE = Call(Upstream.NKS, "orgs.patch", "PATCH", "/orgs/2", organizations=("2",))


def an_entry(kept_at: float = 0.0, generation: int = 0) -> Entry:
    return Entry(Answer(200, {}, b"{}"), kept_at, generation)


async def test_looking_is_not_use():
    entries = MemoryEntries(most=2, most_bytes=10**6)
    for key in (b"a", b"b"):
        await entries.put(key, an_entry())
    assert await entries.peek(b"a")
    await entries.put(b"c", an_entry())

    assert [bool(await entries.peek(key)) for key in (b"a", b"b", b"c")] == [False, True, True]


@pytest.mark.parametrize(
    ("generation", "since", "found"), [(3, 5.0, True), (None, 5.0, True), (4, 5.0, False), (3, 5.1, False)]
)
async def test_looking_finds_what_asking_finds(generation, since, found):
    entries = MemoryEntries(most=2, most_bytes=10**6)
    await entries.put(b"a", an_entry(5.0, 3))

    assert bool(await entries.peek(b"a", generation, since)) is found
    assert bool(await entries.get(b"a", generation, since)) is found


async def test_what_is_put_or_dropped_here_is_so_here_alone():
    own, others = (MemoryEntries(most=9, most_bytes=10**6) for _ in range(2))
    kept, new = an_entry(), an_entry(1.0)
    await others.put(b"a", kept)
    peeked = PeekedEntries(own, others)
    assert await peeked.get(b"a") is kept
    assert len(own) == 0

    await peeked.put(b"a", new)
    assert (await peeked.get(b"a"), await peeked.peek(b"a"), await others.get(b"a")) == (new, new, kept)
    await peeked.drop(b"a")
    assert (await peeked.get(b"a"), len(others)) == (kept, 1)


async def test_a_write_here_outdates_what_others_keep_and_is_not_told_to_them():
    others = MemoryGenerations()
    await others.bump(WRITE)
    peeked = PeekedGenerations(others)
    before = [await others.of(each) for each in (READ, LIST)]
    assert [await peeked.of(each) for each in (READ, LIST)] == before
    await peeked.bump(WRITE)

    assert [await peeked.of(each) for each in (READ, LIST)] == [each + 1 for each in before]
    assert [await others.of(each) for each in (READ, LIST)] == before
