"""The short way through answers that are plain: it says what the parser says, or leaves them to it."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.wire.body import Misfit
from gateway.wire.call import Answer
from gateway.wire.lean.answers import AnswerReader
from gateway.wire.lean.plain import plain

MAXIMUM_BYTES = 200
BODY = b'{"name":"Acme"}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + BODY

STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 404",
        b"HTTP/1.1 503 ",
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.0 200 OK",
        b"HTTP/2.0 200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 200 \xff",
        b"HTTP/1.1 2000 OK",
        b"HTTPS/1.1 200 OK",
        b"",
    ]
)
LINES = st.sampled_from(
    [
        b"Content-Length: 15",
        b"content-length:15",
        b"Content-Length: 015",
        b"Content-Length: +15",
        b"Content-Length: 15, 15",
        b"Content-Length: 14",
        b"Content-Length: 16",
        b"Content-Length: 0",
        b"Content-Length: 9999",
        b"Content-Length:",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Connection: Keep-Alive",
        b"Connection: keep-alive, close",
        b"Connection: upgrade",
        b"Upgrade: h2c",
        b"Content-Encoding: identity",
        b"Content-Encoding: gzip",
        b"Content-Encoding: br",
        b"Content-Encoding:",
        b"Keep-Alive: timeout=5",
        b"Location: /elsewhere",
        b"X-Empty:",
        b"X-Empty: \t ",
        b"X-Spaces: \t a  b \t",
        b"X-Spaces: \t a \t b",
        b"X-Twice: a",
        b"x-twice: b",
        b"X-Odd: \xe4",
        b"X-Odd: \x01",
        b"X Odd: a",
        b"X-Odd : a",
        b" folded",
        b": nameless",
        b"no colon",
        b"X-Bare: a\rb",
        b"X-Bare: a\nb",
        b"X-Nul: a\x00b",
        b"X-Long: " + b"a" * 5000,
    ]
)
BODIES = st.sampled_from([BODY, b"", BODY[:-1], BODY + b" ", b"x" * 300])


def parsed(data: bytes, cut: int) -> tuple[object, bool]:
    """What the parser says of an answer that comes in two parts, and whether its connection may be used again."""
    reader = AnswerReader(MAXIMUM_BYTES)
    try:
        answer = reader.feed(data[:cut])
        if answer is None and data[cut:]:
            answer = reader.feed(data[cut:])
    except (httpx.RemoteProtocolError, Misfit) as error:
        return (type(error), str(error)), reader.reusable
    return answer, reader.reusable


def by_the_short_way(data: bytes) -> tuple[object, bool] | None:
    try:
        answer = plain(data, MAXIMUM_BYTES)
    except Misfit as misfit:
        return (Misfit, str(misfit)), False
    return None if answer is None else (answer, True)


@given(STATUS_LINES, st.lists(LINES, max_size=4), BODIES)
@example(b"HTTP/1.1 200 OK", [b"Content-Length: 15"], BODY)
def test_it_says_what_the_parser_says_or_nothing(status_line, lines, body) -> None:
    data = b"\r\n".join([status_line, *lines]) + b"\r\n\r\n" + body
    said = by_the_short_way(data)
    if said is not None:
        answer, reusable = parsed(data, 5)
        if isinstance(said[0], Answer):
            assert said == (answer, reusable)
        else:
            assert said[0] == answer


@given(st.binary(max_size=12), st.integers(0, len(WHOLE)))
def test_a_damaged_answer_is_read_alike(damage, place) -> None:
    data = WHOLE[:place] + damage + WHOLE[place + len(damage) :]
    said = by_the_short_way(data)
    if said is not None:
        assert said == parsed(data, 5)


def test_what_is_plain_is_read() -> None:
    assert plain(WHOLE, MAXIMUM_BYTES) == Answer(200, {"content-type": "application/json"}, BODY)


@pytest.mark.parametrize("connection", ["keep-alive", "Keep-Alive"])
def test_so_is_what_says_that_its_connection_stays(connection: str) -> None:
    data = WHOLE.replace(b"\r\n\r\n", f"\r\nConnection: {connection}\r\n\r\n".encode())
    answer = plain(data, MAXIMUM_BYTES)
    assert answer is not None
    assert answer.headers["connection"] == connection


def test_what_comes_in_parts_is_left_to_the_parser() -> None:
    for end in range(len(WHOLE)):
        assert plain(WHOLE[:end], MAXIMUM_BYTES) is None
    assert plain(WHOLE + b"H", MAXIMUM_BYTES) is None


def test_a_line_that_is_very_long_is_not_remembered() -> None:
    assert plain(WHOLE.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"a" * 5000 + b"\r\n\r\n"), MAXIMUM_BYTES) is None
