"""Operations with files, built by an HTTP client as applications build them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from gateway.door.upload import file_name
from gateway.execution.operation import Exchange, Operation
from resolvers.uploads import UploadedFile

pytestmark = pytest.mark.anyio

Send = Callable[..., Awaitable[httpx.Response]]
KEEP = (
    "mutation M($file: Upload, $files: [Upload], $parcel: Parcel) { keep(file: $file, files: $files, parcel: $parcel) }"
)
ONE = {"query": KEEP, "variables": {"file": None}}
TO_ONE = {"0": ["variables.file"]}
HERON = ("heron.png", b"\x89PNG")


@pytest.fixture
def send(client: httpx.AsyncClient) -> Send:
    """Send a form; what is no bytes becomes JSON. Parts are lists of name and content, or file name and content."""

    async def send(*parts: tuple[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        files = [
            (
                name,
                value if isinstance(value, tuple) else (None, value if isinstance(value, bytes) else json.dumps(value)),
            )
            for name, value in parts
        ]
        given = {"graphql-preflight": "1", "x-request-id": "r-1"} if headers is None else headers
        return await client.post("/graphql", files=files, headers=given)

    return send


def refusal(answer: httpx.Response, status: int = 400) -> str:
    """The sentence of a refused request."""
    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "r-1"}
    assert "data" not in answer.json()
    message: str = error["message"]
    return message


async def test_a_file_becomes_the_variable_that_the_map_names(
    send: Send, seen: list[tuple[Operation, Exchange]]
) -> None:
    operations = {**ONE, "operationName": "M", "extensions": {"a": 1}}
    answer = await send(("operations", operations), ("map", TO_ONE), ("0", HERON))
    assert answer.json() == {"data": {"keep": ["heron.png: b'\\x89PNG'"]}}
    assert seen[0][0] == Operation(KEEP, "M", {"file": UploadedFile(*HERON)}, {"a": 1})
    assert seen[0][1].method == "POST"


async def test_files_go_into_lists_and_objects_and_may_come_in_any_order(send: Send) -> None:
    operations = {"query": KEEP, "variables": {"file": None, "files": [None, None], "parcel": {"file": None}}}
    mapping = {"a": ["variables.files.1"], "b": ["variables.parcel.file"], "c": ["variables.file", "variables.files.0"]}
    parts = [("c", ("c.png", b"C")), ("a", ("a.png", b"A")), ("b", ("b.png", b"B"))]
    answer = await send(("operations", operations), ("map", mapping), *parts)
    assert answer.json() == {"data": {"keep": ["c.png: b'C'", "c.png: b'C'", "a.png: b'A'", "b.png: b'B'"]}}


async def test_a_form_without_files_is_an_operation_like_any_other(send: Send) -> None:
    answer = await send(("operations", {"query": "{ greeting }"}), ("map", {}))
    assert answer.content == b'{"data":{"greeting":"Hello, you!"}}'


async def test_an_empty_file_without_a_name_is_a_file(send: Send) -> None:
    answer = await send(("operations", ONE), ("map", TO_ONE), ("0", ("", b"")))
    assert answer.json() == {"data": {"keep": ["file: b''"]}}


async def test_a_file_is_told_by_the_name_of_its_part_alone(send: Send) -> None:
    parts = [("operations", ("o.json", json.dumps(ONE))), ("map", ("m.json", json.dumps(TO_ONE))), ("0", b"text")]
    assert (await send(*parts)).json() == {"data": {"keep": ["file: b'text'"]}}


async def test_what_is_executed_is_answered_as_for_json(send: Send) -> None:
    modern = {"graphql-preflight": "1", "accept": "application/graphql-response+json"}
    answer = await send(("operations", {"query": "{ nothing }"}), ("map", {}), headers=modern)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_form_without_a_preflight_header_executes_nothing(
    send: Send, seen: list[tuple[Operation, Exchange]]
) -> None:
    parts = [("operations", ONE), ("map", TO_ONE), ("0", HERON)]
    assert "add GraphQL-Preflight: 1" in refusal(await send(*parts, headers={"x-request-id": "r-1"}))
    assert seen == []


@pytest.mark.parametrize(
    ("operations", "word"),
    [
        (b"", 'The part "operations" is empty'),
        (b"null", 'The part "operations" must be a JSON object'),
        (b'"{ greeting }"', 'The part "operations" must be a JSON object'),
        (b"{", 'The part "operations" is not valid JSON'),
        (b'{"query": "\xff"}', 'The part "operations" is not valid UTF-8'),
        (b"[" * 100, 'The part "operations" is nested too deep'),
        (b'{"query": "q", "variables": {"v": ' + b"9" * 5_000 + b"}}", "out of range"),
        ([ONE], "Operation batching is off"),
        ({"variables": {"file": None}}, '"query" is missing'),
        ({"query": 1}, '"query" must be a string'),
        ({**ONE, "operationName": 1}, '"operationName" must be'),
        ({**ONE, "variables": [None]}, '"variables" must be'),
        ({**ONE, "extensions": 1}, '"extensions" must be'),
    ],
)
async def test_operations_are_checked_as_a_json_body_is(
    send: Send, seen: list[tuple[Operation, Exchange]], operations: Any, word: str
) -> None:
    assert word in refusal(await send(("operations", operations), ("map", TO_ONE), ("0", HERON)))
    assert seen == []


@pytest.mark.parametrize(
    ("mapping", "word"),
    [
        (b"", 'The part "map" is not valid JSON'),
        (b"[" * 100, 'The part "map" is nested too deep'),
        (b"null", 'The part "map" must be a JSON object'),
        ([["variables.file"]], 'The part "map" must be a JSON object'),
        ({"0": "variables.file"}, 'The entry "0" of "map" must be a list'),
        ({"0": []}, 'The entry "0" of "map" must be a list'),
        ({"0": [0]}, 'The entry "0" of "map" must be a list'),
        ({"0": None}, 'The entry "0" of "map" must be a list'),
        ({"n" * 900: None}, f'The entry "{"n" * 60}…" of "map"'),
        ({str(n): [f"variables.files.{n}"] for n in range(11)}, "at most 10"),
        ({**TO_ONE, "1": ["variables.files.0"]}, '"map" names the file "1", which did not come'),
        ({"1": ["variables.file"]}, 'The file "0" is not named in "map"'),
        ({}, 'The file "0" is not named in "map"'),
        ({"0": ["variables.file"], "1": ["variables.file"]}, 'The path "variables.file" in "map" must lead to a null'),
        ({"0": ["variables.file", "variables.file"]}, 'The path "variables.file" in "map" must lead to a null'),
    ],
)
async def test_a_map_that_does_not_fit_is_refused_with_a_sentence_on_why(
    send: Send, seen: list[tuple[Operation, Exchange]], mapping: Any, word: str
) -> None:
    operations = {"query": KEEP, "variables": {"file": None, "files": [None] * 11}}
    assert word in refusal(await send(("operations", operations), ("map", mapping), ("0", HERON)))
    assert seen == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "variables",
        "variables.",
        "variables.other",
        "variables.text",
        "variables.text.0",
        "variables.number.real",
        "variables.file.name",
        "variables.files",
        "variables.files.2",
        "variables.files.-1",
        "variables.files.1.0",
        "variables.files.x",
        "variables.files.٠",
        "variables.files." + "9" * 5_000,
        "variables.parcel",
        "variables.parcel.keys",
        "variables.__class__",
        "Variables.file",
        "file",
        "query",
        "operationName",
        "extensions.file",
        "0.variables.file",
        "variables" + ".file" * 5_000,
    ],
)
async def test_a_path_that_leads_to_no_null_of_the_variables_is_refused(
    send: Send, seen: list[tuple[Operation, Exchange]], path: str
) -> None:
    variables = {"file": None, "text": "abc", "number": 1, "files": ["a", None], "parcel": {"note": "n"}}
    operations = {"query": KEEP, "variables": variables, "operationName": None, "extensions": {"file": None}}
    answer = await send(("operations", operations), ("map", {"0": [path]}), ("0", HERON))
    assert 'in "map" must lead to a null in the variables' in refusal(answer)
    assert len(refusal(answer)) < 500
    assert seen == []


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ([("map", TO_ONE), ("operations", ONE), ("0", HERON)], 'The first part of the form must be "operations"'),
        ([("0", HERON), ("operations", ONE), ("map", TO_ONE)], 'The first part of the form must be "operations"'),
        ([("operations", ONE), ("0", HERON), ("map", TO_ONE)], 'The second part of the form must be "map"'),
        ([("operations", ONE), ("operations", ONE), ("map", TO_ONE)], 'two parts named "operations"'),
        ([("operations", ONE), ("map", TO_ONE), ("operations", ONE)], 'two parts named "operations"'),
        ([("operations", ONE), ("map", TO_ONE), ("map", TO_ONE)], 'two parts named "map"'),
        ([("operations", ONE), ("map", TO_ONE), ("0", HERON), ("0", HERON)], 'two parts named "0"'),
        ([("operations", ONE), ("map", {"map": ["variables.file"]}), ("map", HERON)], 'two parts named "map"'),
        ([("operations", ONE), ("map", TO_ONE), ("0", HERON), ("1", HERON)], 'The file "1" is not named'),
        ([("operations", ONE), ("map", TO_ONE)], 'names the file "0", which did not come'),
        ([("operations", ONE)], 'The form has no part "map"'),
    ],
)
async def test_parts_that_are_missing_doubled_or_out_of_order_are_refused(
    send: Send, seen: list[tuple[Operation, Exchange]], parts: list[tuple[str, Any]], word: str
) -> None:
    assert word in refusal(await send(*parts))
    assert seen == []


async def test_ten_files_of_together_the_limit_are_taken(send: Send, seen: list[tuple[Operation, Exchange]]) -> None:
    operations = {"query": KEEP, "variables": {"files": [None] * 10}}
    mapping = {str(n): [f"variables.files.{n}"] for n in range(10)}
    content = bytes(range(200)) * 100
    answer = await send(
        ("operations", operations), ("map", mapping), *((str(n), (f"{n}.bin", content)) for n in range(10))
    )
    assert answer.status_code == 200
    assert seen[0][0].variables["files"] == [UploadedFile(f"{n}.bin", content) for n in range(10)]


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ([("operations", ONE), ("map", TO_ONE), ("0", ("a", bytes(200_001)))], "The files are too large"),
        (
            [
                ("operations", {"query": KEEP, "variables": {"files": [None, None]}}),
                ("map", {"0": ["variables.files.0"], "1": ["variables.files.1"]}),
                ("0", ("a", bytes(100_001))),
                ("1", ("b", bytes(100_000))),
            ],
            "The files are too large",
        ),
        ([("operations", json.dumps(ONE).encode().ljust(100_001))], 'The part "operations" is too large'),
        ([("operations", ONE), ("map", b"{}".ljust(65_537))], 'The part "map" is too large'),
        ([("operations", ONE), ("map", TO_ONE), ("0", ("a", bytes(300_000)))], "at most 300000 bytes are read"),
    ],
)
async def test_what_is_too_large_is_refused_with_413(
    send: Send, seen: list[tuple[Operation, Exchange]], parts: list[tuple[str, Any]], word: str
) -> None:
    assert word in refusal(await send(*parts), 413)
    assert seen == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("heron.png", "heron.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\heron.png", "heron.png"),
        ("C:\\fakepath\\heron.png", "heron.png"),
        ("a/b\\c/", "file"),
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        (" . ", "file"),
        (".htaccess", ".htaccess"),
        ("  two  herons.png ", "two  herons.png"),
        ("a\x00b\r\n\x1b[31m\x7f\x85.png", "ab[31m.png"),
        ("gnp.\u202egpj.exe", "gnp.gpj.exe"),
        ("фото 鷺 🐦.png", "фото 鷺 🐦.png"),
        ("é" * 400, "é" * 255),
        ("\u200b\u2028", "file"),
    ],
)
def test_a_file_name_is_kept_without_path_and_what_cannot_be_seen(given: str, name: str) -> None:
    assert file_name(given) == name


async def test_the_name_of_a_file_reaches_execution_clean(send: Send, seen: list[tuple[Operation, Exchange]]) -> None:
    await send(("operations", ONE), ("map", TO_ONE), ("0", ('../../鷺 "a".png', b"")))
    assert seen[0][0].variables["file"] == UploadedFile("鷺 %22a%22.png", b"")
