"""What an answer tells of its upstream calls."""

from gateway.wire.call import Call
from gateway.wire.errand import Errand
from gateway.wire.trace import traced, waves
from gateway.wire.trail import Attempt, Source, Trail
from resolvers.identity import Upstream


def errand(began: float, ended: float | None, **trail) -> Errand:
    call = Call(Upstream.LOSANT, "org.get", "GET", "/orgs/575ed6e87ae143cd83dc4aa8", trail=Trail(**trail))
    return Errand.of(call, began, ended)


def test_calls_at_the_same_time_are_one_wave():
    assert [wave for _, wave in waves([errand(1, 4), errand(1.1, 2), errand(1.9, 3)])] == [1, 1, 1]


def test_a_call_that_waited_for_another_is_a_wave_later():
    calls = [errand(3, 4), errand(1, 2), errand(2.5, 6), errand(2, 2.4)]

    assert [(each.began, wave) for each, wave in waves(calls)] == [(1, 1), (2, 2), (2.5, 3), (3, 3)]


def test_nothing_waits_for_what_is_at_hand():
    kept = [errand(number, number + 0.1, source=Source.CACHE) for number in range(3)]

    assert [wave for _, wave in waves([*kept, errand(5, 6)])] == [1, 1, 1, 1]


def test_one_that_never_ended_is_waited_for_by_none():
    assert [wave for _, wave in waves([errand(1, None), errand(5, 6)])] == [1, 1]


def test_a_trace_tells_times_from_the_operations_begin_and_no_path():
    first = errand(10.01, 10.05, received=20, waited=0.002, attempts=[Attempt(10.012, 0.03, "200")])
    second = errand(10.06, 10.0601, source=Source.STALE, age=12.5, breaker="open")

    told = traced([first, second], began=10.0, now=10.1)

    assert told == {
        "durationMs": 100.0,
        "upstreamCalls": 1,
        "waves": 2,
        "calls": [
            {
                "upstream": "LOSANT",
                "operation": "org.get",
                "wave": 1,
                "batch": 1,
                "source": "UPSTREAM",
                "startMs": 10.0,
                "durationMs": 40.0,
                "waitedMs": 2.0,
                "attempts": [{"startMs": 12.0, "durationMs": 30.0, "outcome": "200"}],
                "breaker": "CLOSED",
                "bytes": 20,
                "ageSeconds": 0.0,
            },
            {
                "upstream": "LOSANT",
                "operation": "org.get",
                "wave": 2,
                "batch": 1,
                "source": "STALE",
                "startMs": 60.0,
                "durationMs": 0.1,
                "waitedMs": 0.0,
                "attempts": [],
                "breaker": "OPEN",
                "bytes": 0,
                "ageSeconds": 12.5,
            },
        ],
    }
    assert "575ed6e87ae143cd83dc4aa8" not in str(told)


def test_an_operation_without_calls_has_no_waves():
    assert traced([], began=1.0, now=1.5) == {"durationMs": 500.0, "upstreamCalls": 0, "waves": 0, "calls": []}
