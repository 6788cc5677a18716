"""The answers that are kept in memory."""

import pytest

from gateway.wire.call import Answer
from gateway.wire.entries import OVERHEAD, READ_SHARE, Entry, MemoryEntries

pytestmark = pytest.mark.anyio


def an_entry(size: int = 0) -> Entry:
    return Entry(Answer(200, {}, b"x" * size), 0.0, 0)


async def kept(entries: MemoryEntries, keys: bytes) -> bytes:
    """Those of the keys, one byte each, that are kept; looking does not count as use here: all are looked at."""
    return b"".join([bytes([key]) for key in keys if await entries.get(bytes([key]))])


async def test_what_was_used_longest_ago_goes_first():
    entries = MemoryEntries(most=3, most_bytes=10**6)
    for key in (b"a", b"b", b"c"):
        await entries.put(key, an_entry())
    await entries.get(b"a")
    await entries.put(b"d", an_entry())

    assert await kept(entries, b"abcd") == b"acd"


async def test_bytes_are_bounded_and_counted_back():
    entries = MemoryEntries(most=100, most_bytes=16 * OVERHEAD)
    for number in range(40):
        await entries.put(bytes([number]), an_entry(OVERHEAD))
        assert entries.bytes == 2 * OVERHEAD * len(entries)
    assert len(entries) == 8

    await entries.put(bytes([39]), an_entry())
    assert entries.bytes == 15 * OVERHEAD
    for number in range(40):
        await entries.drop(bytes([number]))
    assert (entries.bytes, len(entries)) == (0, 0)


async def test_one_entry_takes_an_eighth_at_most_and_does_not_leave_the_older_one_behind():
    entries = MemoryEntries(most=100, most_bytes=16 * OVERHEAD)
    await entries.put(b"a", an_entry(OVERHEAD))
    await entries.put(b"b", an_entry(OVERHEAD))
    await entries.put(b"a", an_entry(OVERHEAD + 1))

    assert await kept(entries, b"ab") == b"b"


@pytest.mark.parametrize(("most", "most_bytes"), [(0, 10**6), (10, 0)])
async def test_without_room_nothing_is_kept(most, most_bytes):
    entries = MemoryEntries(most=most, most_bytes=most_bytes)
    await entries.put(b"a", an_entry())

    assert (len(entries), entries.bytes) == (0, 0)


async def test_what_an_answer_says_is_kept_with_it_and_counts():
    entries = MemoryEntries(most=10, most_bytes=10**6)
    read = Answer(200, {}, b"x" * 100, (object(), {"name": "Acme"}))
    await entries.put(b"a", Entry(read, 0.0, 0))

    kept_entry = await entries.get(b"a")
    assert kept_entry is not None
    assert kept_entry.answer.read is read.read
    assert entries.bytes == OVERHEAD + READ_SHARE * 100
    await entries.drop(b"a")
    assert entries.bytes == 0
