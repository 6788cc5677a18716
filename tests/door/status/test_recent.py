"""The last operations, and the slowest of the last minutes."""

import json

import pytest

from gateway.door.status.recent import LAST, MINUTES, MOST_CALLS, SLOWEST, RecentOperations


def test_the_last_operations_come_newest_first_and_older_ones_are_forgotten(notes) -> None:
    for _ in range(LAST + 20):
        notes()

    assert [each["id"] for each in notes.recent.last()] == [str(number) for number in range(LAST + 20, 20, -1)]


def test_the_slowest_outlive_the_last_ones_with_their_traces(notes) -> None:
    notes("UPSTREAM", seconds=4.0)
    for _ in range(LAST):
        notes(seconds=0.1)

    slowest = notes.recent.slowest()

    assert [each["durationMs"] for each in slowest] == [4000.0] + [100.0] * (SLOWEST - 1)
    assert "1" not in {each["id"] for each in notes.recent.last()}
    assert json.loads(notes.recent.trace("1"))["upstreamCalls"] == 1


def test_the_slowest_are_the_slowest_of_all_minutes_together(notes) -> None:
    for seconds in (1.0, 5.0, 3.0):
        notes(seconds=seconds)
        notes.clock.now += 60

    assert [each["durationMs"] for each in notes.recent.slowest()] == [5000.0, 3000.0, 1000.0]


def test_operations_of_several_minutes_may_be_noted_together(notes) -> None:
    alone = RecentOperations(lambda ended: ended.trace, clock=notes.clock)
    ended = [notes.ended(seconds=float(number % 40), at=notes.clock() + number * 2) for number in range(LAST)]
    for each in ended:
        alone.note([each], [0], {})
    notes.recent.note(ended, [0] * LAST, {})
    notes.clock.now += 2 * LAST

    assert [each["durationMs"] for each in notes.recent.slowest()] == [
        1000.0 * seconds for seconds in (39, 38, 37, 36, 35, 34, 33, 32, 31, 30)
    ]
    assert notes.recent.slowest() == alone.slowest()
    assert notes.recent.last() == alone.last()


def test_what_was_slow_is_forgotten_after_some_minutes_also_where_nothing_happened_since(notes) -> None:
    notes(seconds=9.0)
    notes.clock.now += 60 * MINUTES

    assert notes.recent.slowest() == []


def test_memory_stays_bounded_whatever_happens(notes) -> None:
    for number in range(1000):
        notes.clock.now += 7
        notes(seconds=float(number))

    assert len(notes.recent.last()) == LAST
    assert len(notes.recent.slowest()) == SLOWEST
    assert sum(notes.recent.trace(str(number)) is not None for number in range(1001)) <= LAST + SLOWEST * MINUTES


def test_a_trace_of_very_many_calls_is_cut_and_says_so(notes) -> None:
    notes(*["UPSTREAM"] * (MOST_CALLS + 7))

    trace = json.loads(notes.recent.trace("1"))

    assert (len(trace["calls"]), trace["callsLeftOut"]) == (MOST_CALLS, 7)
    assert notes.recent.last()[0]["calls"] == MOST_CALLS + 7


def test_a_trace_that_fits_is_kept_whole(notes) -> None:
    notes(*["UPSTREAM"] * MOST_CALLS)

    trace = json.loads(notes.recent.trace("1"))

    assert len(trace["calls"]) == MOST_CALLS
    assert "callsLeftOut" not in trace


def test_calls_are_counted_by_source_for_good(notes) -> None:
    for _ in range(LAST + 1):
        notes("CACHE", "CACHE", "STALE")

    assert notes.recent.calls == {"UPSTREAM": 0, "CACHE": 102, "COLLAPSED": 0, "STALE": 51, "REFUSED": 0}


@pytest.mark.parametrize("name", ["<b>", "a b", "1a", "", "é", "a\n", "a-b", None])
def test_a_name_that_is_none_by_the_grammar_is_not_kept(notes, name) -> None:
    notes(name=name)

    assert notes.recent.last()[0]["name"] is None


def test_codes_are_kept_where_they_look_like_codes(notes) -> None:
    notes(codes={"NOT_FOUND": 2, "": 1, "<script>": 1, "A" * 65: 1})

    assert notes.recent.last()[0]["codes"] == {"NOT_FOUND": 2}


def test_long_texts_are_cut_and_those_that_json_cannot_hold_replaced(notes) -> None:
    notes(name="a" * 5000, caller="user:\ud800" + "x" * 5000, request_id="\udfff")

    kept = notes.recent.last()[0]

    assert kept["name"] == "a" * 100
    assert kept["caller"] == "user:?" + "x" * 94
    assert kept["requestId"] == "?"
