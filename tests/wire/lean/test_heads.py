"""Heads that came before: what follows one is read as if it had come for the first time."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.body import Misfit
from gateway.wire.call import Answer
from gateway.wire.lean.heads import MOST, MOST_WHOLE, PATIENCE, Heads
from gateway.wire.lean.plain import plain

MAXIMUM_BYTES = 1200
STATUS_LINES = [b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 204 No Content", b"HTTP/1.0 200 OK"]
BEFORE = [
    b"",
    b"Date: Sun, 22 Nov 2026 00:00:00 GMT\r\n",
    b"X-Trap: content-length: 3\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Location: /elsewhere\r\n",
]
LENGTHS = [b"Content-Length: %d\r\n", b"content-length:%d\r\n", b"Content-Length: 0%d\r\n", b"CONTENT-LENGTH:  %d \r\n"]
AFTER = [b"", b"Connection: keep-alive\r\n", b"Connection: close\r\n", b"Content-Length: 3\r\n", b"X-Rest: 3\r\n"]
SIZES = st.sampled_from([0, 1, 3, 9, 10, 11, 98, 99, 100, 101, 102, 998, 999, 1000, 1200, 1201])


def whole(body: bytes, *, before: bytes = b"", after: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n%b\r\n%b" % (status, before, len(body), after, body)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    body = b"x" * draw(SIZES)
    said = len(body) + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
    pick = [draw(st.sampled_from(each)) for each in (STATUS_LINES, BEFORE, LENGTHS, AFTER)]
    return pick[0] + b"\r\n" + pick[1] + (pick[2] % said) + pick[3] + b"\r\n" + body


def said(read: Callable[..., object], *args: object) -> object:
    try:
        return read(*args)
    except Misfit as misfit:
        return str(misfit)


@given(st.lists(answers(), max_size=12))
def test_what_comes_later_is_read_as_if_it_came_first(several: list[bytes]) -> None:
    heads = Heads(MAXIMUM_BYTES)
    for data in several * 2:
        assert said(heads.answer, data) == said(plain, data, MAXIMUM_BYTES)


@given(st.binary(max_size=12), st.integers(0, 100))
def test_what_is_damaged_is_read_as_if_it_came_first(damage: bytes, place: int) -> None:
    heads, data = Heads(MAXIMUM_BYTES), whole(b'{"name":"Acme"}', after=b"Connection: keep-alive\r\n")
    heads.answer(data)
    data = data[:place] + damage + data[place + len(damage) :]
    assert said(heads.answer, data) == said(plain, data, MAXIMUM_BYTES)


@pytest.mark.parametrize("length", [*range(1, 13), *range(97, 103), *range(997, 1004)])
@pytest.mark.parametrize("beyond", [-1, 1])
def test_a_known_head_does_not_hide_that_the_body_has_another_length(length: int, beyond: int) -> None:
    heads = Heads(MAXIMUM_BYTES)
    heads.answer(whole(b"{}"))
    head = whole(b"x" * length).removesuffix(b"x" * length)
    assert heads.answer(head + b"x" * (length + beyond)) is None


def test_a_head_is_known_from_then_on_whatever_the_length() -> None:
    heads = Heads(MAXIMUM_BYTES)
    first = heads.answer(whole(b"{}"))
    for body in (b"{}", b"", b"[1,2,3]", b"x" * 500):
        answer = heads.answer(whole(body))
        assert answer == Answer(200, {}, body)
        assert answer.headers is first.headers
    assert len(heads.known) == 1


def test_what_has_to_be_unpacked_is_not_known() -> None:
    heads = Heads(MAXIMUM_BYTES)
    assert heads.answer(whole(b"{}", before=b"Content-Encoding: identity\r\n")) is not None
    assert heads.known == []


def test_a_body_that_is_too_long_stays_one() -> None:
    heads = Heads(MAXIMUM_BYTES)
    heads.answer(whole(b"{}"))
    with pytest.raises(Misfit):
        heads.answer(whole(b"x" * (MAXIMUM_BYTES + 1)))


def test_a_few_heads_are_known_and_the_first_ones_go_first() -> None:
    heads = Heads(MAXIMUM_BYTES)
    numbered = [whole(b"{}", before=b"X-Number: %d\r\n" % number) for number in range(MOST + 1)]
    for data in numbered:
        heads.answer(data)
    assert len(heads.known) == MOST
    assert not any(numbered[0].startswith(before) for before, *_ in heads.known)
    assert any(numbered[-1].startswith(before) for before, *_ in heads.known)


def test_where_no_head_comes_twice_few_are_learnt() -> None:
    heads, learnt = Heads(MAXIMUM_BYTES), 0
    for number in range(20 * PATIENCE):
        newest = heads.known[:1]
        heads.answer(whole(b"{}", before=b"X-Number: %d\r\n" % number))
        learnt += heads.known[:1] != newest
    assert PATIENCE <= learnt <= PATIENCE + 20
    for _ in range(PATIENCE + 1):
        heads.answer(whole(b"[]"))
    assert any(not headers for *_, headers in heads.known), "and one that comes again is, after a while"


def test_answers_of_more_lengths_than_are_remembered_are_read_all_the_same() -> None:
    heads = Heads(2 * MOST_WHOLE)
    for length in (*range(MOST_WHOLE + 10), *range(MOST_WHOLE + 10)):
        answer = heads.answer(whole(b"x" * length))
        assert answer is not None
        assert len(answer.body) == length


def test_answers_of_one_length_and_different_heads_each_have_their_own() -> None:
    heads = Heads(MAXIMUM_BYTES)
    both = [whole(b"{}", status=status) for status in (b"200 OK", b"202 OK")]
    for data in both * 3:
        assert heads.answer(data) == plain(data, MAXIMUM_BYTES)
