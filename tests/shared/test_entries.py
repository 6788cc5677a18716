"""Kept answers in two levels: what stands in the shared server, and for how long."""

import asyncio
import time

import pytest

from gateway.shared.entries import LARGEST_BYTES, SharedEntries
from gateway.wire.call import Answer
from gateway.wire.entries import Entry, MemoryEntries

pytestmark = pytest.mark.anyio


@pytest.fixture
def levels(server, connect):
    """Two replicas' entries, and what each has in memory."""

    def level():
        memory = MemoryEntries(most=100, most_bytes=100_000_000)
        return SharedEntries(connect(server.url), memory, keep_seconds=60), memory

    return level(), level()


def entry(body=b"{}", *, age=0.0, generation=7, status=200):
    return Entry(Answer(status, {"content-type": "application/json"}, body), time.monotonic() - age, generation)


async def test_an_entry_is_the_same_at_the_other_and_its_age_too(levels):
    (one, _), (other, memory) = levels
    await one.get(b"key")
    await one.put(b"key", entry(b"\x00\xff{}", age=20))
    await one.get(b"none")
    got = await other.get(b"key", 7)
    assert got is not None
    assert (got.answer, got.generation) == (entry(b"\x00\xff{}").answer, 7)
    assert 19 < time.monotonic() - got.kept_at < 40
    assert len(memory) == 1


async def test_entries_of_another_generation_or_too_old_are_none(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    await one.put(b"key", entry(age=20))
    assert await one.get(b"key", 8) is None
    assert await other.get(b"key", 8) is None
    assert await other.get(b"key", 7, time.monotonic() - 5) is None
    assert await other.get(b"key", 7, time.monotonic() - 50) is not None


async def test_a_younger_entry_elsewhere_is_found_past_an_older_one_in_memory(levels):
    (one, _), (other, _) = levels
    await other.get(b"key")
    await other.put(b"key", entry(b"old", age=20))
    await one.get(b"key")
    await asyncio.sleep(0.05)
    await one.put(b"key", entry(b"new"))
    await one.get(b"none")
    got = await other.get(b"key", 7, time.monotonic() - 10)
    assert got is not None
    assert got.answer.body == b"new"


async def test_a_body_that_is_too_long_stays_in_memory(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    for name, body in ((b"fits", b"x" * LARGEST_BYTES), (b"too long", b"x" * (LARGEST_BYTES + 1))):
        await one.put(name, entry(body))
    await one.get(b"none")
    assert [await one.get(name, 7) is not None for name in (b"fits", b"too long")] == [True, True]
    assert [await other.get(name, 7) is not None for name in (b"fits", b"too long")] == [True, False]


async def test_what_is_dropped_is_dropped_everywhere(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    await one.put(b"key", entry())
    await one.drop(b"key")
    await one.get(b"none")
    assert (await one.get(b"key"), await other.get(b"key")) == (None, None)


async def test_what_the_server_has_is_dated_to_expire(levels, server, connect):
    (one, _), _ = levels
    await one.get(b"key")
    await one.put(b"key", entry(age=20))
    await one.put(b"missing", entry(age=-29, status=404))  # of the future: it must still be there when it is looked at
    await one.put(b"old", entry(age=61))
    connection = connect(server.url)
    await one.get(b"none")
    left = {
        name.rpartition(b":")[2]: await connection.ask("PTTL", name)
        for name in await connection.ask("KEYS", "*answer*")
    }
    assert left.keys() == {b"key".hex().encode(), b"missing".hex().encode()}
    assert 20_000 < left[b"key".hex().encode()] <= 40_000
    assert 10_000 < left[b"missing".hex().encode()] <= 30_000


@pytest.mark.parametrize("junk", ["junk", "", "\x93\x01\x02\x03"])
async def test_junk_in_the_server_is_no_answer(levels, server, connect, junk):
    (one, _), _ = levels
    connection = connect(server.url)
    await connection.ask("SET", connection.key("answer", b"key".hex()), junk)
    assert await one.get(b"key") is None


async def test_looking_at_what_another_has_kept_puts_nothing_into_memory(levels):
    (one, _), (other, memory) = levels
    await one.get(b"key")
    await one.put(b"key", entry(b"[1]", generation=7))
    found = None
    async with asyncio.timeout(30):
        while found is None:
            found = await other.peek(b"key", 7)

    assert found.answer.body == b"[1]"
    assert await other.peek(b"key", 8) is None
    assert len(memory) == 0
    assert await other.get(b"key", 7)
    assert len(memory) == 1
