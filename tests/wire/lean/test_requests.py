"""What is sent is byte for byte what httpx sends, or nothing."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.call import Call
from gateway.wire.lean.requests import MOST_PATHS, Requests, Unsayable
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.transport import HttpxTransport
from resolvers.identity import Upstream

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BASES = [
    "http://127.0.0.1:9",
    "https://api.locktera.com/v1",
    "http://EXAMPLE.com:80",
    "http://[::1]:8080/a b",
    "http://h/a/..",
]
PATHS = [
    "/orgs",
    "",
    "/",
    "//orgs",
    "/orgs/a%2Fb",
    "/orgs/a%2fb%20%zz%",
    "/orgs/ä ö",
    "/orgs/./a/../b",
    "/orgs/.hidden/..a",
    "/orgs/a?b=c",
    "/orgs/a#b",
    "/orgs/{id}",
    "/orgs/a\\b|c^d`e",
    "/orgs/a;b=c,d@e:f!g$h&i'j(k)l*m+n~o",
    "/😀",
]
QUERIES: list[tuple[tuple[str, str], ...]] = [
    (),
    (("page", "1"), ("perPage", "1000")),
    (("summaryInclude", "a,b"), ("odd", "ä &=?#"), ("plus", "a+b"), ("percent", "100%"), ("quoted", "%20")),
    (("a", "1"), ("b", "2"), ("a", "3")),
    (("empty", ""), ("", "unnamed")),
    (("filter", '{"$or": [{"name": "x*"}]}'), ("tilde", "~-._"), ("star", "*()'!")),
    (("long", "ä" * 200),),
    (("😀", "😀"),),
]


def by_httpx(base: str, path: str, query: tuple[tuple[str, str], ...]) -> bytes | None:
    """The target that httpx writes; None where it writes none, or another server would get it."""
    try:
        url = httpx.Request("GET", base + path, params=query or None).url
    except (httpx.InvalidURL, ValueError):
        return None
    return url.raw_path if url.netloc == httpx.URL(base).netloc else None


def target(base: str, path: str, query: tuple[tuple[str, str], ...]) -> bytes | None:
    try:
        return Requests(base).written(Call(Upstream.NKS, "x", "GET", path, query)).split(b" ")[1]
    except Unsayable:
        return None


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("base", BASES)
def test_the_target_is_that_of_httpx(base: str, path: str) -> None:
    for query in QUERIES:
        assert target(base, path, query) == by_httpx(base, path, query)


texts = st.text(max_size=12) | st.text("abAB01%2fF ./+&=?#;äü\\~", max_size=12)


@given(path=texts.map("/".__add__), query=st.lists(st.tuples(texts, texts), max_size=4).map(tuple))
def test_any_target_is_that_of_httpx(path: str, query: tuple[tuple[str, str], ...]) -> None:
    assert target("http://127.0.0.1:9/v1", path, query) == by_httpx("http://127.0.0.1:9/v1", path, query)


def test_a_path_cannot_lead_to_another_server() -> None:
    for path in (".example", "@127.0.0.1", ":80", "1"):
        assert target("http://127.0.0.1:9", path, ()) is None


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", [None, b"", b"{}"])
async def test_both_transports_send_the_same(listen, method: str, body: bytes | None) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER)
        await writer.drain()

    server = await listen(answer)
    call = Call(
        Upstream.LOSANT,
        "org.patch",
        method,
        "/orgs/a%2Fb/\u00e4",
        QUERIES[2],
        {"Accept-Version": "^1.31.0", "accept": "text/csv"},
        ("Authorization", "Bearer LOSANT_API_TOKEN"),
        body,
        "text/plain; charset=utf-8",
        marks={"X-Request-Id": "r-1", "traceparent": "00-1-2-01"},
    )
    for kind in (HttpxTransport, LeanTransport):
        wire = kind(
            f"http://localhost:{server.port}/v1/",
            connect_seconds=5.0,
            attempt_seconds=10.0,
            connections=1,
            maximum_bytes=1000,
        )
        assert (await wire.send(call)).status == 200
        await wire.close()
    (line, *headers), (other_line, *other_headers) = (head.strip().split("\r\n") for head in server.heads)
    assert line == other_line
    assert sorted(map(spelled, headers)) == sorted(map(spelled, other_headers))


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({"X-Request-Id": "r-1"}, ["X-Request-Id: r-1"]),
        ({"X-Request-Id": ""}, ["X-Request-Id: "]),
        ({"X-Request-Id": "r-1", "x-request-id": "r-2"}, ["x-request-id: r-2"]),
        ({"X-Own": "marked", "X-Request-Id": "r-1"}, ["X-Own: asked", "X-Request-Id: r-1"]),
    ],
    ids=["plain", "empty", "twice", "as a header"],
)
def test_marks_stand_among_the_headers_and_never_in_their_place(marks, expected) -> None:
    call = Call(Upstream.NKS, "x", "GET", "/a", (("b", "c"),), {"X-Own": "asked"}, marks=marks)
    lines = Requests("http://h/v1").written(call).decode().split("\r\n")
    assert lines[0] == "GET /v1/a?b=c HTTP/1.1"
    assert {line for line in lines[1:-2] if line.lower().startswith("x-")} == {"X-Own: asked", *expected}
    assert lines[-2:] == ["", ""]


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\n", " a", "a ", "\t", "\u00e4", "a\x7f"])
def test_no_mark_can_hold_what_no_header_can(value: str) -> None:
    with pytest.raises(Unsayable):
        Requests("http://h").written(Call(Upstream.NKS, "x", "GET", "/a", marks={"X-Request-Id": value}))


def spelled(header: str) -> str:
    name, _, value = header.partition(":")
    return f"{name.lower()}:{value}"


@pytest.mark.parametrize("path", ["/a\r\nX-Injected: 1", "/a\nb", "/a\x00b", "/a\tb", "/a\x7f", "/\ud800"])
def test_no_path_can_hold_a_line_end(path: str) -> None:
    with pytest.raises(Unsayable):
        Requests("http://h").written(Call(Upstream.NKS, "x", "GET", path))


def test_a_line_end_in_a_query_is_quoted() -> None:
    assert target("http://h", "/a", (("a\r\n", "\r\nb\x00"),)) == b"/a?a%0D%0A=%0D%0Ab%00"


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Upgrade",
        "Expect",
        "TE",
        "a b",
        "a:",
        "",
        "ä",
        "(a)",
    ],
)
def test_headers_that_frame_the_request_are_not_for_callers(name: str) -> None:
    with pytest.raises(Unsayable):
        Requests("http://h").written(Call(Upstream.NKS, "x", "GET", "/", (), {name: "1"}))


@pytest.mark.parametrize("method", ["CONNECT", "HEAD", "GET /x HTTP/1.1\r\nA: b\r\n\r\nGET", "G T", ""])
def test_a_method_whose_answer_could_be_misread_is_not_sent(method: str) -> None:
    with pytest.raises(Unsayable):
        Requests("http://h").written(Call(Upstream.NKS, "x", method, "/"))


def test_of_two_headers_of_a_name_the_later_one_is_sent() -> None:
    call = Call(
        Upstream.NKS, "x", "GET", "/", (), {"AUTHORIZATION": "one", "x-a": "1", "X-A": "2"}, ("Authorization", "two")
    )
    head = Requests("http://h").written(call).decode()
    assert "Authorization: two\r\n" in head
    assert "X-A: 2\r\n" in head
    assert "one" not in head
    assert "x-a" not in head


def test_more_paths_than_are_remembered_are_written_all_the_same() -> None:
    requests = Requests("http://127.0.0.1:9/v1")
    for number in (*range(MOST_PATHS + 2), 0):
        written = requests.written(Call(Upstream.NKS, "orgs.get", "GET", f"/orgs/{number}", (("page", "1"),)))
        assert written.startswith(b"GET /v1/orgs/%d?page=1 HTTP/1.1\r\n" % number)
