"""Counting writes."""

import pytest

from gateway.wire.call import Call
from gateway.wire.generations import STRIPES, MemoryGenerations
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


def about(*organizations: str, upstream: Upstream = Upstream.LOSANT) -> Call:
    return Call(upstream, "any", "GET", "/", organizations=organizations)


def two_that_do_not_meet() -> tuple[str, str]:
    others = (str(number) for number in range(1, 100))
    return "0", next(each for each in others if (hash(each) - hash("0")) % STRIPES)


async def test_a_write_counts_for_the_organizations_that_it_names_and_for_lists():
    generations = MemoryGenerations()
    one, other = two_that_do_not_meet()
    reads = [about(one), about(other), about(one, other), about(), about(upstream=Upstream.NKS)]
    before = [await generations.of(read) for read in reads]
    await generations.bump(about(one))
    after = [await generations.of(read) for read in reads]

    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [True, False, True, True, False]


async def test_a_write_that_names_no_organization_counts_for_lists_alone():
    generations = MemoryGenerations()
    before = await generations.of(about("1")), await generations.of(about())
    await generations.bump(about())

    assert await generations.of(about("1")) == before[0]
    assert await generations.of(about()) > before[1]


async def test_a_generation_never_comes_back_however_many_organizations_are_written_to():
    generations = MemoryGenerations()
    seen = {await generations.of(about("one"))}
    for number in range(3 * STRIPES):
        await generations.bump(about(str(number)))
        if number % 1000 == 0:
            await generations.bump(about("one"))
            assert await generations.of(about("one")) not in seen
            seen.add(await generations.of(about("one")))
