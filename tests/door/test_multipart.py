"""Forms as bytes: in pieces, cut, bent."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from gateway.door.multipart import FormReader
from gateway.door.refusal import Refusal
from gateway.execution.operation import Exchange, Operation

pytestmark = pytest.mark.anyio

Knock = Callable[..., Awaitable[list[Message]]]
FORM = {"content-type": "multipart/form-data; boundary=b", "graphql-preflight": "1"}
HEADERS = [(name.encode(), value.encode()) for name, value in FORM.items()]
HEAD = b'Content-Disposition: form-data; name="operations"\r\n\r\n'
OPERATIONS = (
    b"--b\r\n" + HEAD + b'{"query": "mutation M($file: Upload) { keep(file: $file) }", "variables": {"file": null}}'
)
MAP = b'\r\n--b\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0": ["variables.file"]}'
FILE = (
    b'\r\n--b\r\nContent-Disposition: form-data; name="0"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG'
)
END = b"\r\n--b--\r\n"
WHOLE = OPERATIONS + MAP + FILE + END
KEPT = {"data": {"keep": ["a.png: b'\\x89PNG'"]}}


class Parts:
    """A form that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str | None, bytes]] = []

    def begin(self, name: str, filename: str | None) -> None:
        self.kept.append((name, filename, b""))

    def take(self, piece: bytes) -> None:
        name, filename, content = self.kept.pop()
        self.kept.append((name, filename, content + piece))

    def end(self) -> None:
        assert self.kept


def read(
    *chunks: bytes, content_type: bytes = b"multipart/form-data; boundary=b"
) -> list[tuple[str, str | None, bytes]]:
    form = Parts()
    reader = FormReader(content_type, form, parts=3)
    for chunk in chunks:
        reader.write(chunk)
    reader.close()
    return form.kept


def part(head: bytes, content: bytes = b"x") -> bytes:
    return b"--b\r\n" + head + b"\r\n\r\n" + content + END


async def posted(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.post("/graphql", content=body, headers=FORM)


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_form_in_one_piece_or_byte_by_byte_is_the_same_operation(knock: Knock) -> None:
    for size in (1, 7, len(WHOLE)):
        pieces = [piece(WHOLE[i : i + size], more=i + size < len(WHOLE)) for i in range(0, len(WHOLE), size)]
        out = await knock(*pieces, headers=HEADERS)
        assert out[0]["status"] == 200
        assert orjson.loads(out[1]["body"]) == KEPT


@given(
    content=st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"b", b"\r\n--", b"\r\n-b", b"\0", b"x"])),
    cut=st.integers(0, 200),
)
def test_a_content_is_kept_to_the_byte_wherever_it_is_cut(content: list[bytes], cut: int) -> None:
    joined = b"".join(content).replace(b"\r\n--b", b"")
    if b"\r\n--b" in joined:
        return
    body = part(b'Content-Disposition: form-data; name="a"; filename="f"', joined)
    assert read(body[:cut], body[cut:]) == [("a", "f", joined)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"content-disposition: FORM-DATA; name=a", ("a", None)),
        (b'Content-Disposition:form-data;name="a;b";filename="c;d"', ("a;b", "c;d")),
        (b'Content-Disposition: form-data; name="a"; filename=""', ("a", "")),
        (b'Content-Disposition: form-data; filename="\\"q\\".png"; name=""', ("", '"q".png')),
        ('Content-Disposition: form-data; name="鷺"; filename="鷺"'.encode(), ("鷺", "鷺")),
        (b'Content-Disposition: form-data; name="a"; filename="\xff"', ("a", "\ufffd")),
        (b"Content-Disposition: form-data; name=a; filename*=utf-8''x", ("a", None)),
        (b"X-A: 1\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain", ("a", None)),
    ],
)
def test_the_names_of_a_part_are_read(head: bytes, expected: tuple[str, str | None]) -> None:
    assert read(part(head)) == [(*expected, b"x")]


def test_a_boundary_may_be_quoted_and_an_epilogue_is_passed_over() -> None:
    body = b"--a b?\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--a b?--\r\nEpilogue"
    assert read(body, content_type=b'Multipart/Form-Data; charset=utf-8; Boundary="a b?"') == [("a", None, b"x")]


@pytest.mark.parametrize(
    "parameters",
    ["", "; boundary", "; boundary=", '; boundary=""', "; boundary=" + "b" * 71, '; boundary="b "', "; boundary=b\x7f"],
)
async def test_a_form_without_a_usable_boundary_is_refused(client: httpx.AsyncClient, parameters: str) -> None:
    headers = {**FORM, "content-type": f"multipart/form-data{parameters}"}
    answer = await client.post("/graphql", content=WHOLE, headers=headers)
    assert answer.status_code == 400
    assert "needs a boundary" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "ends before its closing boundary"),
        (b"--b", "ends before its closing boundary"),
        (WHOLE[: -len(END)], "ends before its closing boundary"),
        (WHOLE[:-4], "ends before its closing boundary"),
        (OPERATIONS + MAP, "ends before its closing boundary"),
        (b"--b--", 'no part "operations"'),
        (b'{"query": "{ greeting }"}', "check its boundaries"),
        (b"--c\r\n" + WHOLE, "check its boundaries"),
        (b"--bb\r\n", "check its boundaries"),
        (b"--b\n" + HEAD, "check its boundaries"),
        (b"--b\r\n: x\r\n\r\n", "check its boundaries"),
        (b"--b\r\nBad Header: x\r\n\r\n", "check its boundaries"),
        (b"--b\r\n" + b"A: b\r\n" * 9, "check its boundaries"),
        (b"--b\r\nA: " + b"b" * 5_000, "check its boundaries"),
        (b"--b\r\n" + b"A" * 5_000, "check its boundaries"),
        (part(b"Content-Type: text/plain"), "with a name"),
        (part(b"Content-Disposition: form-data"), "with a name"),
        (part(b"Content-Disposition: form-data; filename=a"), "with a name"),
        (part(b"Content-Disposition: attachment; name=operations"), "with a name"),
        (part(b"Content-Disposition: form-data; name=\xff"), "not valid UTF-8"),
        (part(HEAD.strip() + b"\r\n" + HEAD.strip()), "two Content-Dispositions"),
        (b"--b\r\n\r\nx" + END, "with a name"),
        (OPERATIONS + b"\r\n--bx" * 5_000 + END, "too many parts"),
    ],
    ids=lambda value: repr(value[:40]),
)
async def test_a_malformed_form_is_refused_with_a_sentence_on_why(
    client: httpx.AsyncClient,
    seen: list[tuple[Operation, Exchange]],
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    word: str,
) -> None:
    with caplog.at_level(logging.DEBUG, logger="python_multipart"):
        answer = await posted(client, body)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert word in error["message"]
    assert seen == []
    assert caplog.records == []


async def test_a_form_is_refused_at_its_first_fault_and_the_rest_is_not_awaited(knock: Knock) -> None:
    pulled = 0

    async def endless() -> AsyncIterator[Message]:
        nonlocal pulled
        yield piece(OPERATIONS + FILE, more=True)
        while True:
            pulled += 1
            yield piece(b" " * 50_000, more=True)

    out = await knock(endless(), headers=HEADERS)
    assert out[0]["status"] == 400
    assert (b"connection", b"close") in out[0]["headers"]
    assert pulled < 100, "it reads on for a moment only"


async def test_a_fault_in_the_last_piece_leaves_the_connection_usable(knock: Knock) -> None:
    out = await knock(piece(OPERATIONS + MAP, more=True), piece(END), headers=HEADERS)
    assert out[0]["status"] == 400
    assert (b"connection", b"close") not in out[0]["headers"]


async def test_files_without_end_are_refused_as_soon_as_they_are_too_large(knock: Knock) -> None:
    pulled = 0

    async def endless() -> AsyncIterator[Message]:
        nonlocal pulled
        yield piece(OPERATIONS + MAP + FILE, more=True)
        while True:
            pulled += 1
            yield piece(b" " * 50_000, more=True)

    out = await knock(endless(), headers=HEADERS)
    assert out[0]["status"] == 413
    assert (
        orjson.loads(out[1]["body"])["errors"][0]["message"]
        == "The files are too large: together at most 200000 bytes are read."
    )
    assert pulled < 100, "it reads on for a moment only"


async def test_a_length_beyond_the_limit_is_refused_before_the_body(knock: Knock) -> None:
    out = await knock(piece(WHOLE), headers=[*HEADERS, (b"content-length", b"300001")])
    assert out[0]["status"] == 413
    out = await knock(piece(WHOLE), headers=[*HEADERS, (b"content-length", b"300000")])
    assert out[0]["status"] == 200


async def test_a_form_that_drips_is_given_up(knock: Knock) -> None:
    async def drip() -> AsyncIterator[Message]:
        yield piece(OPERATIONS + MAP + FILE, more=True)
        while True:
            await asyncio.sleep(0.05)
            yield piece(b" ", more=True)

    started = time.monotonic()
    out = await knock(drip(), headers=HEADERS)
    assert out[0]["status"] == 408
    assert time.monotonic() - started < 3


async def test_a_client_that_leaves_in_the_middle_of_its_form_is_not_answered(
    knock: Knock, seen: list[tuple[Operation, Exchange]]
) -> None:
    assert await knock(piece(OPERATIONS, more=True), {"type": "http.disconnect"}, headers=HEADERS) == []
    assert seen == []


@pytest.mark.parametrize("near", [b"\r\n--bx", b"\r\n--b-", b"\r\n--b\r", b"\r\n--", b"\r", b"-", b"\r\n--b \t"])
def test_hostile_megabytes_are_judged_quickly(near: bytes) -> None:
    reader = FormReader(b"multipart/form-data; boundary=b", Parts(), parts=3)
    body = part(b"Content-Disposition: form-data; name=a", b"")[: -len(END)] + near * (5_000_000 // len(near))
    started = time.process_time()
    with pytest.raises(Refusal):  # noqa: PT012 - which of the chunks is refused depends on what is in them
        for i in range(0, len(body), 65_536):
            reader.write(body[i : i + 65_536])
        reader.close()
    assert time.process_time() - started < 0.5


BYTES = [bytes([each]) for each in b'\r\n\0\xff{];:"-']
PIECES = [*BYTES, b"", b"--b", b"\r\n--b\r\n", b"\r\n--b--", END, HEAD, MAP, FILE]
BENDS = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30), st.sampled_from(PIECES) | st.binary(max_size=8))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bends=st.lists(BENDS, min_size=1, max_size=4))
async def test_bent_forms_never_cause_a_server_error(
    client: httpx.AsyncClient, bends: list[tuple[int, int, bytes]]
) -> None:
    body = WHOLE
    for start, length, piece in bends:
        body = body[:start] + piece + body[start + length :]
    answer = await posted(client, body)
    assert answer.status_code in {200, 400, 413}
    assert answer.json().keys() & {"data", "errors"}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), shuffled=st.permutations([OPERATIONS, MAP, FILE, END, b"\r\n" + OPERATIONS]))
async def test_random_bytes_and_shuffled_parts_never_cause_a_server_error(
    client: httpx.AsyncClient, body: bytes, shuffled: list[bytes]
) -> None:
    for content in (body, b"--b\r\n" + body, b"".join(shuffled)):
        answer = await posted(client, content)
        assert answer.status_code in {200, 400}
        assert answer.json().keys() & {"data", "errors"}
