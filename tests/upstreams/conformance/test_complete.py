"""Every capability to read has its conformance cases: a class `Test<Capability>` in the upstream's file."""

import ast
from pathlib import Path

import pytest

from gateway.upstreams import ADAPTERS, Adapter
from resolvers.capabilities import capabilities

HERE = Path(__file__).parent
CLAIMS = [
    (adapter, kind.__name__)
    for adapter in ADAPTERS
    for kind in adapter.__mro__
    if any(word.name.startswith(("READ_", "LIST_")) for word in vars(kind).get("grants", ()))
]


def cases(adapter: type[Adapter]) -> dict[str, int]:
    """Capability to how many tests it has, by the text of the upstream's files."""
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob(f"test_{adapter.upstream.word}*.py")]
    return {
        node.name.removeprefix("Test"): sum(
            isinstance(each, ast.AsyncFunctionDef) and each.name.startswith("test_") for each in node.body
        )
        for text in texts
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    }


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS, ids=[f"{a.__name__}-{kind}" for a, kind in CLAIMS])
def test_a_claim_has_cases(adapter: type[Adapter], kind: str) -> None:
    assert cases(adapter).get(kind, 0) > 0, f"add a class Test{kind} to test_{adapter.upstream.word}.py"


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_no_case_stands_for_what_is_not_claimed(adapter: type[Adapter]) -> None:
    assert set(cases(adapter)) == {kind for claimant, kind in CLAIMS if claimant is adapter}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_words_of_an_upstream_are_those_of_its_claims(adapter: type[Adapter]) -> None:
    granted = {word for kind in adapter.__mro__ for word in vars(kind).get("grants", ())}
    assert set(capabilities(adapter)) == granted
