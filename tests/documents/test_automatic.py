"""What is remembered of automatic persisted queries, and for how long."""

import pytest

from gateway.documents.automatic import MOST_BYTES, SHARE, MemoryStore, weight_of

pytestmark = pytest.mark.anyio


async def test_a_text_is_remembered_by_its_hash():
    store = MemoryStore()
    await store.put("a", "{ a }")

    assert await store.get("a") == "{ a }"
    assert await store.get("b") is None


async def test_the_texts_that_were_used_last_stay_and_no_more_than_fit():
    store = MemoryStore(SHARE * weight_of("x" * 100))
    for number in range(SHARE):
        await store.put(str(number), "x" * 100)
    await store.get("0")
    await store.put("1", "x" * 100)

    await store.put("more", "y" * 100)
    await store.put("and more", "y" * 100)

    known = [number for number in range(SHARE) if await store.get(str(number))]
    assert known == [0, 1, *range(4, SHARE)]
    assert await store.get("more")


async def test_one_large_text_takes_the_place_of_several_small_ones():
    store = MemoryStore(SHARE * weight_of("x" * 1_000))
    small = SHARE * weight_of("x" * 1_000) // weight_of("x")
    for number in range(small):
        await store.put(str(number), "x")

    await store.put("large", "x" * 1_000)

    forgotten = [number for number in range(small) if await store.get(str(number)) is None]
    assert forgotten == list(range(len(forgotten)))
    assert 3 <= len(forgotten) <= 5
    assert await store.get("large")


async def test_a_text_that_would_take_more_than_its_share_is_not_remembered():
    store = MemoryStore()
    fits = "x" * (MOST_BYTES // SHARE - weight_of(""))
    await store.put("fits", fits)
    await store.put("too large", f"{fits}x")
    await store.put("wide", "\N{WINKING FACE}" * (len(fits) // 2))

    assert await store.get("fits") == fits
    assert await store.get("too large") is None
    assert await store.get("wide") is None
