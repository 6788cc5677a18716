"""What schemathesis needs to know: scalars, and which answers are wrong. It loads this file by SCHEMATHESIS_HOOKS."""

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_TEXT = st.text(max_size=30).map(nodes.String)
_FREE = st.one_of(_TEXT, st.integers().map(nodes.Int), st.booleans().map(nodes.Boolean))
_INSTANT = st.datetimes().map(lambda instant: f"{instant.isoformat()}Z").map(nodes.String)

schemathesis.graphql.scalar("BigInt", st.one_of(st.integers().map(nodes.Int), _TEXT))
schemathesis.graphql.scalar("Date", st.one_of(st.dates().map(str).map(nodes.String), _TEXT))
schemathesis.graphql.scalar("DateTime", st.one_of(_INSTANT, _TEXT))
schemathesis.graphql.scalar("JSON", _FREE)
schemathesis.graphql.scalar("URL", _TEXT)
schemathesis.graphql.scalar("Upload", _TEXT)
schemathesis.graphql.scalar("_Any", _FREE)


@schemathesis.check
def answered_as_promised(ctx: Any, response: Any, case: Any) -> None:  # noqa: ARG001  schemathesis gives three
    """An HTTP status below 500, a JSON object, and errors with a code that is not INTERNAL."""
    assert response.status_code < 500, f"status {response.status_code}"
    answer = json.loads(response.content)
    assert isinstance(answer, dict), "an answer that is no object"
    for error in answer.get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code, f"an error without a code: {error}"
        assert code != "INTERNAL", f"INTERNAL: {error}"
        assert error["message"], "an error without a sentence"
