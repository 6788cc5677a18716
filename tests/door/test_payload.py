import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.door.payload import DEPTH, decode
from gateway.door.refusal import Refusal
from gateway.execution.encoding import Make, Written, encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_encoded_decodes_to_itself(value: object) -> None:
    assert decode(encode({"value": value}), "It") == {"value": value}


@pytest.mark.parametrize("integer", [2**53 + 1, 2**63, 2**64 - 1, 2**64, 2**70, -(2**63) - 1, 10**400])
def test_an_integer_of_any_length_stays_an_integer_both_ways(integer: int) -> None:
    text = encode({"count": integer})
    assert text == b'{"count":%d}' % integer
    assert decode(text, "It") == {"count": integer}


def test_not_a_number_is_written_as_null_whatever_stands_beside_it() -> None:
    assert encode({"a": float("nan")}) == b'{"a":null}'
    assert encode({"a": float("inf"), "b": 2**70}) == b'{"a":null,"b":%d}' % 2**70


def test_a_deep_answer_is_written() -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"a": deep}
    assert encode(deep) == json.dumps(deep, separators=(",", ":")).encode()


@pytest.mark.parametrize("beside", [1, 2**70])
def test_what_is_written_already_stands_there_as_it_is(beside: int) -> None:
    written = Written(b'[{"a":1.50}]', Make([()]), (1,))
    assert encode({"list": written, "beside": beside}) == b'{"list":[{"a":1.50}],"beside":%d}' % beside


def test_a_value_that_json_cannot_hold_raises() -> None:
    with pytest.raises(TypeError):
        encode({"a": object()})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "not valid JSON"),
        (b"NaN", "not valid JSON"),
        (b"-Infinity", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'{"a": 1} 2', "not valid JSON"),
        (b'"\\ud800"', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        ('{"a": 1}'.encode("utf-16"), "not valid JSON"),
        (b'"\xff"', "not valid UTF-8"),
        (b'{"\xed\xa0\x80": 1}', "not valid UTF-8"),
        (b"9" * 5_000, "out of range"),
        (b"1e999", "out of range"),
        (b"[" * 100_000, "too deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too deep"),
        (b'{"a":' * 100_000, "too deep"),
        (b'{"a":[' * 33 + b"]}" * 33, "too deep"),
        (b'"' + b'\\"' * 50_000 + b"[" * 100, "not valid JSON"),
    ],
)
def test_what_is_not_sound_json_is_refused_with_a_sentence_on_why(text: bytes, word: str) -> None:
    with pytest.raises(Refusal, match=f"^It .*{word}") as caught:
        decode(text, "It")
    assert caught.value.status == 400


def test_as_many_levels_as_are_allowed_are_read() -> None:
    assert encode({"a": decode(b"[" * DEPTH + b"]" * DEPTH, "It")}) == b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}"
    with pytest.raises(Refusal, match="too deep"):
        decode(b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "It")


@given(st.text(alphabet='[]{}"\\a é', max_size=200))
def test_brackets_inside_strings_do_not_count(text: str) -> None:
    document = {"query": "{" * 100 + text}
    assert decode(json.dumps(document).encode(), "It") == document


@pytest.mark.parametrize("piece", [b'"', b'\\"', b"[", b"[]", b'["', b'"\\', b'{"a":"', b"\\", b'"a",'])
def test_a_hostile_megabyte_is_judged_in_linear_time(piece: bytes) -> None:
    started = time.process_time()
    with pytest.raises(Refusal):
        decode(b"{[" * 65 + piece * (1_000_000 // len(piece)), "It")
    assert time.process_time() - started < 2
