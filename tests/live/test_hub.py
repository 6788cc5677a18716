"""The feed: each log polled once, nothing twice, nothing lost."""

import asyncio
import datetime as dt
import time
from itertools import pairwise

import pytest

from gateway.live.listener import MOST_WAITING
from resolvers.activities import ActivityFilter, ActivitySource
from resolvers.errors import ProblemCode, TooManyStreams, UpstreamForbidden, UpstreamUnavailable

pytestmark = pytest.mark.anyio


def ago(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)


async def test_only_what_happens_from_now_on_is_told(live, script):
    log = script()
    log.add("before", ago(60))
    listener = live.listen(log)
    await log.polled()
    log.add("now")
    await live.hears(listener, "now")


async def test_a_thousand_listeners_with_filters_of_their_own_share_one_poll_per_interval(live, script):
    log = script()
    wanted = [ActivityFilter(None, None, None, None, [word], None) for word in ("left", "right")]
    listeners = [live.listen(log, wanted=wanted[number % 2]) for number in range(1_000)]
    await log.polled()
    log.add("a", action="left")
    log.add("b", action="RIGHT")
    for number, listener in enumerate(listeners):
        await live.hears(listener, "ab"[number % 2])
    began = log.times[0]
    elapsed = asyncio.get_running_loop().time() - began
    assert len(log.reads) <= elapsed / 0.02 + 1
    assert all(later - earlier >= 0.015 for earlier, later in pairwise(log.times))
    assert live.hub.told == 1_000


async def test_two_credentials_are_two_polls(live, script):
    one, two = script(mark=b"one"), script(mark=b"two")
    for log in (one, one, two):
        live.listen(log)
    assert live.hub.tails == 2
    await one.polled()
    await two.polled()


async def test_nothing_is_polled_for_nobody(live, script):
    log = script()
    listeners = [live.listen(log) for _ in range(2)]
    await log.polled()
    for listener in listeners:
        await listener.aclose()
    polls = len(log.reads)
    await asyncio.sleep(0.1)
    assert len(log.reads) <= polls + 1
    assert len(live.hub) == 0


async def test_what_arrives_late_or_at_the_same_instant_is_told_once(live, script):
    log = script()
    listener = live.listen(log)
    await log.polled()
    instant = dt.datetime.now(dt.UTC).replace(microsecond=0)
    log.add("b", instant)
    await live.hears(listener, "b")
    log.add("a", instant)
    await live.hears(listener, "b", "a")
    log.add("late", instant - dt.timedelta(seconds=90))
    await live.hears(listener, "b", "a", "late")
    log.add("too late", instant - dt.timedelta(seconds=300))
    log.add("c")
    await live.hears(listener, "b", "a", "late", "c")
    await log.polled(3)
    await live.hears(listener, "b", "a", "late", "c")


async def test_who_joins_while_others_listen_misses_nothing_that_happens_then(live, script):
    log = script()
    first = live.listen(log)
    await log.polled()
    log.add("a")
    await live.hears(first, "a")
    second = live.listen(log)
    log.add("b")
    await live.hears(first, "a", "b")
    await live.hears(second, "b")


async def test_who_comes_back_is_told_exactly_what_it_has_not_seen(live, script, until):
    """In the order in which it was found: late arrivals are no exception."""
    log, other = script(), script(source=ActivitySource.ACCESS_LOG)
    first = live.listen(log, other)
    await log.polled()
    await other.polled()
    log.add("a", ago(2))
    await live.hears(first, "a")
    log.add("b", ago(1))
    await live.hears(first, "a", "b")
    await first.aclose()
    log.add("late", ago(3))
    other.add("x", ago(4))
    log.add("c")
    second = live.listen(log, other, after="b")
    await until(lambda: len(live.heard[second]) >= 3)
    await log.polled(3)
    assert [each for each in live.heard[second] if each != "x"] == ["late", "c"]
    assert len(live.heard[second]) == 3
    third = live.listen(log, other, after=live.heard[second][0])
    await live.hears(third, *live.heard[second][1:])


async def test_where_nothing_is_remembered_the_time_tells(live, script):
    log = script()
    instant = ago(600).replace(microsecond=0)
    log.add("before", instant - dt.timedelta(seconds=1))
    log.add("seen", instant)
    log.add("same instant", instant)
    log.add("since", instant + dt.timedelta(seconds=1))
    listener = live.listen(log, after="seen", at=instant)
    await live.hears(listener, "same instant", "since")
    log.add("now")
    await live.hears(listener, "same instant", "since", "now")
    assert log.reads[0] == instant
    assert log.reads[-1] > instant


async def test_a_thousand_who_come_back_cause_one_poll(live, script):
    log = script()
    seen, since = log.add("seen", ago(600)), log.add("since", ago(500))
    listeners = [live.listen(log, after="seen", at=seen.occurred_at) for _ in range(1_000)]
    for listener in listeners:
        await live.hears(listener, since.native_id)
    assert sum(each == seen.occurred_at for each in log.reads) == 1


@pytest.mark.parametrize("case", ["forgotten", "cut", "too many"])
async def test_a_gap_is_told_and_is_the_end(live, script, until, case):
    log = script()
    seen = log.add("seen", ago(600))
    for number in range(150):
        log.add(f"{number:03}", ago(500))
    if case == "forgotten":
        log.entries.remove(seen)
    if case == "cut":
        log.most = 50
    listener = live.listen(log, after="seen", at=seen.occurred_at)
    await until(lambda: live.failures[listener])
    assert [each.code for each in live.failures[listener]] == [ProblemCode.EVENTS_MISSED]
    assert live.heard[listener] == []
    await until(lambda: len(live.hub) == 0)


async def test_more_at_once_than_the_log_gives_is_told_to_those_who_listen(live, script, until):
    log = script(most=10)
    listener = live.listen(log)
    await log.polled()
    log.add("a")
    await live.hears(listener, "a")
    for number in range(20):
        log.add(f"{number}", dt.datetime.now(dt.UTC))
    await until(lambda: live.failures[listener])
    assert [each.code for each in live.failures[listener]] == [ProblemCode.EVENTS_MISSED]


async def test_a_failing_upstream_is_asked_less_often_and_nothing_is_lost_or_told_twice(live, script, until):
    log = script()
    listener = live.listen(log)
    await log.polled()
    log.add("a")
    await live.hears(listener, "a")
    log.failure = UpstreamUnavailable("It is down.", upstream=None)
    await log.polled(1)
    log.add("b")
    await until(lambda: live.hub.polls["clickhouse", "failed"] >= 1)
    failed_at = log.times[-1]
    log.failure = None
    await live.hears(listener, "a", "b")
    assert live.failures[listener] == []
    assert min(each for each in log.times if each > failed_at) - failed_at >= 0.9


async def test_that_a_log_cannot_be_read_is_told_once_and_is_not_the_end(live, script, until):
    log, other = script(), script(source=ActivitySource.ACCESS_LOG)
    log.failure = UpstreamForbidden("No.")
    listener = live.listen(log, other)
    await until(lambda: live.failures[listener])
    await until(lambda: len(log.reads) >= 2)
    other.add("a")
    await live.hears(listener, "a")
    log.failure = None
    await until(lambda: len(log.reads) >= 3)
    log.add("b")
    await live.hears(listener, "a", "b")
    assert [each.code for each in live.failures[listener]] == [ProblemCode.UPSTREAM_FORBIDDEN]


async def test_who_needs_so_much_of_a_log_that_it_fails_does_not_keep_others_from_theirs(live, script, until):
    log = script()
    listener = live.listen(log)
    await log.polled()
    log.failure = UpstreamUnavailable("Too much.")
    greedy = live.listen(log, after="x", at=ago(9_000))
    await until(lambda: live.failures[greedy])
    log.failure = None
    log.add("a")
    await live.hears(listener, "a")
    assert live.failures[listener] == []


async def test_who_reads_too_slowly_gets_what_waits_and_then_an_end(live, script, until):
    log = script(most=10_000)
    slow, quick = live.listen(log, reads=False), live.listen(log)
    await log.polled()
    names = [f"{number:04}" for number in range(MOST_WAITING)]
    instant = dt.datetime.now(dt.UTC)
    for name in names:
        log.add(name, instant)
    await live.hears(quick, *names)
    log.add("one more")
    await live.hears(quick, *names, "one more")
    await until(lambda: len(live.hub) == 1)
    live.read(slow)
    await until(lambda: live.failures[slow])
    assert live.heard[slow] == names
    assert [(each.code, each.retryable) for each in live.failures[slow]] == [(ProblemCode.STREAM_ENDED, True)]


async def test_a_credential_that_expires_is_the_end(live, script, until):
    log = script()
    listener = live.listen(log, expires=time.time() + 0.2)
    other = live.listen(log)
    await until(lambda: live.failures[listener])
    assert [each.code for each in live.failures[listener]] == [ProblemCode.UNAUTHENTICATED]
    log.add("a")
    await live.hears(other, "a")
    assert live.heard[listener] == []


async def test_polls_take_a_third_of_a_known_rate_whoever_they_are_for(live, script):
    """Two logs with one credential, 30 calls in a second: at most 10 of them are polls."""
    seconds = 3 * 1.0 / 30
    one, two = script(seconds=seconds), script(source=ActivitySource.ACCESS_LOG, seconds=seconds)
    live.listen(one, two)
    await one.polled(3)
    assert min(later - earlier for earlier, later in pairwise(one.times[1:])) >= 0.15
    apart = script(mark=b"other", seconds=seconds)
    live.listen(apart)
    await apart.polled(3)
    assert min(later - earlier for earlier, later in pairwise(apart.times)) >= 0.08


async def test_coming_and_going_does_not_poll_more_often(live_kind, script):
    live = live_kind(poll_seconds=0.5)
    log = script()
    for _ in range(20):
        listener = live.listen(log)
        await asyncio.sleep(0.01)
        await listener.aclose()
    assert len(log.reads) <= 2
    live.hub.close()


async def test_no_more_listen_than_the_settings_let(live_kind, script):
    live = live_kind(streams=2)
    log = script()
    first, _ = live.listen(log), live.listen(log)
    with pytest.raises(TooManyStreams):
        live.listen(log)
    await first.aclose()
    live.listen(log)
    live.hub.close()


async def test_the_end_of_the_gateway_is_told(live, script, until):
    log = script()
    listener = live.listen(log)
    live.hub.close()
    await until(lambda: live.failures[listener])
    assert [each.code for each in live.failures[listener]] == [ProblemCode.STREAM_ENDED]
    assert len(live.hub) == 0
