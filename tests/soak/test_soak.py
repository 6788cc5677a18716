"""The short form of `make soak`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.pressure import Moment, Pressure, starved
from tests.soak.record import Bounds, Record, Sample

ROOT = Path(__file__).parents[2]


def test_mixed_traffic_shows_no_defect_and_growth_past_a_bound_is_one() -> None:
    """The bound is one that every process breaks: it is the only fault that is found."""
    command = [sys.executable, "-m", "tests.soak", "--seconds", "8", "--warm-up", "4", "--growth", "-1000"]
    ended = subprocess.run(  # noqa: S603  our own program
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert "faults    1\n  memory grew by " in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert "× read" in ended.stdout


def test_a_gateway_whose_reads_time_out_is_caught() -> None:
    """The upstreams hang, and nobody tells the judge: it looks as if the gateway itself lost the calls."""
    command = [sys.executable, "-m", "tests.soak", "--seconds=120", "--pause=1", "--unannounced"]
    ended = subprocess.run(  # noqa: S603  our own program
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "timeouts without cause" in ended.stdout or "UPSTREAM_TIMEOUT without cause" in ended.stdout, ended.stdout


def answer(code: str) -> dict[str, object]:
    return {"data": {}, "errors": [{"message": "Losant gave no answer.", "extensions": {"code": code}}]}


def judged(record: Record) -> list[str]:
    record.samples = [Sample(0, 0, 0, 0, 0, at_rest=True)]
    record.judge(Bounds())
    return record.faults


def test_a_timeout_is_a_fault_unless_the_machine_was_starved() -> None:
    calm, busy = Record(), Record(starved=True)
    for record in (calm, busy):
        record.take("read", 200, answer("UPSTREAM_TIMEOUT"))

    assert judged(calm) == ["read: UPSTREAM_TIMEOUT without cause: Losant gave no answer."]
    assert judged(busy) == []
    assert "excused   1 timeouts" in busy.table()


@pytest.mark.parametrize("code", ["INTERNAL", "UPSTREAM_UNAVAILABLE", "UPSTREAM_INVALID_RESPONSE", "RATE_LIMITED"])
def test_a_busy_machine_excuses_nothing_but_timeouts(code: str) -> None:
    record = Record(starved=True)
    record.take("read", 200, answer(code))

    assert judged(record) == [f"read: {code} without cause: Losant gave no answer."]


def test_the_breaker_may_refuse_for_a_while_what_timed_out_on_a_busy_machine() -> None:
    now = 0.0
    record = Record(starved=True, clock=lambda: now)
    refusal = {"errors": [{"message": "Losant failed too often.", "extensions": {"code": "UPSTREAM_UNAVAILABLE"}}]}
    record.take("read", 200, refusal)
    record.take("read", 200, answer("UPSTREAM_TIMEOUT"))
    record.take("read", 200, refusal)
    now = 60.0
    record.take("read", 200, refusal)

    assert judged(record) == ["read: UPSTREAM_UNAVAILABLE without cause: Losant failed too often."] * 2
    assert "1 refusals after them" in record.table()


def test_a_gateway_that_times_out_often_finds_no_excuse() -> None:
    record = Record(starved=True)
    for _ in range(3):
        record.take("read", 200, answer("UPSTREAM_TIMEOUT"))
    for _ in range(1000):
        record.take("read", 200, {"data": {}})

    assert judged(record) == ["3 timeouts without cause, too many for a busy machine"]


def moments(ran: float, waited: float, late: float = 0.0) -> list[Moment]:
    """The begin and the end of six seconds of a process that is watched beside an idle one."""
    return [Moment(10.0, 0.0, (5.0, 1.0), (2.0, 1.0)), Moment(16.0, late, (5.0 + ran, 1.0), (2.0 + waited, 1.0))]


def test_who_waits_longer_for_a_processor_than_it_runs_is_starved() -> None:
    assert starved(moments(ran=1.5, waited=4.5))
    assert not starved(moments(ran=4.0, waited=2.0))


def test_who_blocks_itself_or_hangs_is_not_starved() -> None:
    assert not starved(moments(ran=0.1, waited=0.2)), "it hangs: it wants no processor"
    assert not starved(moments(ran=6.0, waited=0.0)), "it blocks itself"


def test_who_judges_late_was_starved_itself() -> None:
    assert starved(moments(ran=0.0, waited=0.0, late=1.5))


def test_what_was_long_ago_counts_no_more() -> None:
    counted = {"ran": 0.0, "waited": 0.0}
    record = Record()
    pressure = Pressure(record, [1], lambda _: (counted["ran"], counted["waited"]))
    pressure.look(0.0, 0.0)
    counted["waited"] = 5.0
    pressure.look(5.0, 0.0)
    assert record.starved
    pressure.look(10.0, 0.0)
    pressure.look(15.0, 0.0)
    assert not record.starved
