"""What is read as an answer, and what is no HTTP."""

import gzip
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.body import Misfit
from gateway.wire.call import Answer
from gateway.wire.lean.answers import HEAD_BYTES, HEADERS, AnswerReader

OK = b"HTTP/1.1 200 OK\r\n"
SIZED = b"Content-Length: 2\r\n\r\n{}"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(b'{"name": "Acme"}')
WHOLE = {
    "length": OK + SIZED,
    "chunks": OK + CHUNKED + b"1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n",
    "trailers": OK + CHUNKED + b"2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\n" + SIZED,
    "packed": OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
    "told to wait": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + SIZED,
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: a\r\n\r\n",
    "empty": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX-Empty:\r\n\r\n",
    "an offer to upgrade": OK + b"Upgrade: h2c\r\nConnection: upgrade\r\n" + SIZED,
}
NO_HTTP = {
    "both framings": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "both the other way": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "the same length twice": OK + b"Content-Length: 2\r\n" + SIZED,
    "two lengths in one": OK + b"Content-Length: 2, 2\r\n\r\n{}",
    "no length": OK + b"Content-Length:\r\n\r\n{}",
    "a length with a sign": OK + b"Content-Length: +2\r\n\r\n{}",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunked twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "identity": OK + b"Transfer-Encoding: identity\r\n\r\n{}",
    "a line end of another kind": b"HTTP/1.1 200 OK\n" + SIZED,
    "a folded header": OK + b"X-Folded: a\r\n b\r\n" + SIZED,
    "a space before a colon": OK + b"X-Space : a\r\n" + SIZED,
    "a header of no name": OK + b": a\r\n" + SIZED,
    "a control character": OK + b"X-Control: \x01\r\n" + SIZED,
    "a line before": b"\r\n" + OK + SIZED,
    "real time streaming": b"RTSP/1.0 200 OK\r\n" + SIZED,
    "radio": b"ICE/1.0 200 OK\r\n" + SIZED,
    "a version that was": b"HTTP/0.9 200 OK\r\n" + SIZED,
    "a version to be": b"HTTP/2.0 200 OK\r\n" + SIZED,
    "status 99": b"HTTP/1.1 099 Odd\r\n" + SIZED,
    "told to wait, with a body": b"HTTP/1.1 102 Processing\r\n" + SIZED,
    "a chunk that is longer than it says": OK + CHUNKED + b"1\r\n{}\r\n0\r\n\r\n",
    "too many headers": OK + b"X-Many: a\r\n" * HEADERS + SIZED,
    "too many trailers": OK + CHUNKED + b"2\r\n{}\r\n0\r\n" + b"X-Many: a\r\n" * HEADERS + b"\r\n",
    "a long header": OK + b"X-Long: " + b"a" * HEAD_BYTES + b"\r\n" + SIZED,
    "long trailers": OK + CHUNKED + b"2\r\n{}\r\n0\r\nX-Long: " + b"a" * HEAD_BYTES + b"\r\n\r\n",
    "a long reason": b"HTTP/1.1 200 " + b"a" * HEAD_BYTES + b"\r\nX-Some: a\r\n" + SIZED,
    "a head without an end": OK + b"X-Long: " + b"a" * HEAD_BYTES,
    "told to wait for ever": b"HTTP/1.1 103 Early Hints\r\nX-Some: " + b"a" * 1000 + b"\r\n\r\n",
}


def read(*pieces: bytes, reader: AnswerReader | None = None) -> Answer | None:
    """The answer that the pieces make; None where it has not ended."""
    reader = reader or AnswerReader(1000)
    reader.received = 0
    for at, piece in enumerate(pieces):
        if answer := reader.feed(piece):
            assert not pieces[at + 1 :]
            return answer
    return None


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_is_the_same_byte_by_byte(name: str) -> None:
    answer = read(WHOLE[name])
    assert answer is not None
    assert read(*(bytes([byte]) for byte in WHOLE[name])) == answer


@given(name=st.sampled_from(sorted(WHOLE)), cuts=st.lists(st.integers(1, 200), max_size=5))
def test_an_answer_is_the_same_however_it_is_cut(name: str, cuts: list[int]) -> None:
    data, reader = WHOLE[name], AnswerReader(1000)
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(bounds)]
    assert read(*pieces, reader=reader) == read(data)
    assert reader.reusable
    assert read(*pieces, reader=reader) == read(data)


def test_answers_hold_what_was_sent() -> None:
    assert read(WHOLE["told to wait"]) == Answer(200, {}, b"{}")
    assert read(WHOLE["trailers"]) == Answer(200, {"transfer-encoding": "chunked"}, b"{}")
    assert read(WHOLE["not modified"]) == Answer(304, {"etag": "a"}, b"")
    assert read(WHOLE["empty"]) == Answer(404, {"x-empty": ""}, b"")
    packed = read(WHOLE["packed"])
    assert packed is not None
    assert packed.body == b'{"name": "Acme"}'


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_refused(name: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        read(*[NO_HTTP[name]] * (70 if "for ever" in name else 1))


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_refused_byte_by_byte(name: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        read(*(bytes([byte]) for byte in NO_HTTP[name] * (70 if "for ever" in name else 1)))


def test_as_many_headers_as_are_allowed_are_read() -> None:
    answer = read(OK + b"".join(b"X-%d: a\r\n" % number for number in range(HEADERS - 1)) + SIZED)
    assert answer is not None
    assert len(answer.headers) == HEADERS - 1


@given(st.binary(max_size=200), st.sampled_from([b"", OK, OK + CHUNKED, b"HTTP/1.1 "]))
def test_no_bytes_are_more_than_an_answer_or_none(data: bytes, before: bytes) -> None:
    reader = AnswerReader(1000)
    try:
        answer = reader.feed(before + data) if before + data else None
    except (httpx.RemoteProtocolError, Misfit):
        return
    assert answer is None or 200 <= answer.status <= 999


@pytest.mark.parametrize("rest", [b"", b"{", b"{}"])
def test_an_answer_without_a_length_ends_with_its_connection(rest: bytes) -> None:
    reader = AnswerReader(1000)
    assert reader.feed(OK + b"\r\n" + rest) is None
    assert reader.end() == Answer(200, {}, rest)
    assert not reader.reusable


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 2", OK, OK + b"Content-Length: 3\r\n\r\n{}", OK + CHUNKED + b"2\r\n{}\r\n"]
)
def test_an_answer_of_a_known_end_does_not_end_before(data: bytes) -> None:
    reader = AnswerReader(1000)
    assert reader.feed(data) is None
    with pytest.raises(httpx.RemoteProtocolError):
        reader.end()


@pytest.mark.parametrize("length", [b"1001", b"9" * 30])
def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(length: bytes) -> None:
    with pytest.raises(Misfit, match="sent an answer of more than 1000 bytes"):
        read(OK + b"Content-Length: " + length + b"\r\n\r\n")


@pytest.mark.parametrize("name", WHOLE)
def test_what_comes_behind_an_answer_is_not_part_of_it(name: str) -> None:
    reader = AnswerReader(1000)
    assert reader.feed(WHOLE[name] + b'HTTP/1.1 500 No\r\nX-More: a\r\nContent-Length: 4\r\n\r\n"no"') == read(
        WHOLE[name]
    )
    assert not reader.reusable
