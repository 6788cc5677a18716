import re

import pytest

from gateway.telemetry.trace_context import begun, below, headers, received

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (GOOD, GOOD),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"00-{TRACE}-{SPAN}-03", GOOD),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", GOOD),
    ],
)
def test_a_valid_context_is_taken_in_our_version_with_the_flag_that_we_know(given, taken):
    assert received(given) == taken


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "junk",
        GOOD.upper(),
        f"{GOOD}, {GOOD}",
        f"{GOOD}\n",
        f"{GOOD}-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-0",
        f"cc-{TRACE}-{SPAN}-01.",
    ],
)
def test_what_is_no_context_is_dropped(given):
    assert received(given) == ""


def test_a_trace_that_begins_here_is_valid_and_sampled():
    first, second = begun(), begun()

    assert received(first) == first
    assert first.endswith("-01")
    assert first[3:35] != second[3:35]


def test_a_span_below_stays_in_the_trace_with_its_flags():
    for context in (GOOD, f"00-{TRACE}-{SPAN}-00"):
        lower = below(context)
        assert received(lower) == lower
        assert (lower[:36], lower[52:]) == (context[:36], context[52:])
        assert lower[36:52] != SPAN


def test_calls_carry_the_requests_id_and_each_a_span_of_its_own():
    first, second = (headers("r-1", GOOD, traced=True) for _ in range(2))

    assert first.keys() == {"X-Request-Id", "traceparent"}
    assert first["X-Request-Id"] == "r-1"
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", first["traceparent"])
    assert len({first["traceparent"], second["traceparent"], GOOD}) == 3


def test_without_spans_calls_carry_the_context_as_it_came_or_none():
    assert headers("r-1", GOOD, traced=False) == {"X-Request-Id": "r-1", "traceparent": GOOD}
    assert headers("r-1", "", traced=False) == {"X-Request-Id": "r-1"}
