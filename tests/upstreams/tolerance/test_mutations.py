"""Valid answers, changed at random: every read gives something sound or raises a failure, never anything else."""

import asyncio
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.merging import Part

QUICK = settings(
    max_examples=8,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53 + 1,
    2**70,
    10**350,
    1.5,
    1e300,
    "",
    "text",
    "2025-06-01T00:00:00Z",
    "2025-06-01T00:00:00",
    "9999-12-31T23:59:59-12:00",
    "javascript:alert(1)",
    "\ud800",
    "\x00",
    [],
    [None],
    [[]],
    {},
    {"id": 1},
    {"\ud800": 1},
    float("nan"),
    float("-inf"),
]
NO_ANSWERS = [
    b"",
    b" ",
    b"null",
    b"true",
    b"5",
    b'"text"',
    b"<!doctype html><title>Sign in</title>",
    b"{",
    b'{"id": ',
    b"\xef\xbb\xbf",
    b"\xff\xfe{\x00}\x00",
    b"NaN",
    b"9" * 6000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
]


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all values in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in inner for place in places(each, (*at, key)))]


def changed(document: Any, place: tuple[str | int, ...], change: Any) -> Any:
    """The document with another value at the place, or with none where `change` is Ellipsis."""
    if not place:
        return None if change is ... else change
    twin = copy.deepcopy(document)
    inner = twin
    for step in place[:-1]:
        inner = inner[step]
    if change is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = change
    return twin


@pytest.mark.anyio
async def test_a_recorded_answer_is_read_whole(shape, taken) -> None:
    upstream, valid, asks = shape
    for outcome in await taken(upstream, json.dumps(valid).encode(), asks):
        assert not isinstance(outcome, Failure), outcome
        assert not isinstance(outcome, Part) or outcome.failures == []


@given(data=st.data())
@QUICK
def test_a_value_may_be_any_other(shape, taken, data: st.DataObject) -> None:
    upstream, document, asks = shape
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        document = changed(document, place, data.draw(st.sampled_from([..., *ODD])))
    asyncio.run(taken(upstream, json.dumps(document).encode(), asks))


@given(data=st.data())
@QUICK
def test_bytes_may_be_any_others(shape, taken, data: st.DataObject) -> None:
    upstream, valid, asks = shape
    body = bytearray(json.dumps(valid, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    asyncio.run(taken(upstream, bytes(body), asks))


@given(body=st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
@settings(QUICK, max_examples=5)
def test_an_answer_may_be_anything(shape, taken, body: bytes) -> None:
    upstream, _, asks = shape
    asyncio.run(taken(upstream, body, asks))


@pytest.mark.anyio
async def test_every_value_may_be_missing_or_null(shape, taken) -> None:
    upstream, valid, asks = shape
    for place in places(valid):
        for change in (..., None):
            await taken(upstream, json.dumps(changed(valid, place, change)).encode(), asks[:6])


@pytest.mark.anyio
async def test_what_is_no_answer_is_an_invalid_one(shape, taken) -> None:
    upstream, _, asks = shape
    for body in NO_ANSWERS:
        for outcome in await taken(upstream, body, asks[:2]):
            failures = outcome.failures if isinstance(outcome, Part) else [outcome]
            assert {type(failure) for failure in failures} == {UpstreamInvalidResponse}, body[:20]
