"""Lists in order: the short ways to it come to the same as a sort by each item's place."""

import datetime as dt
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from resolvers.activities import Activity, ActivitySource, newest_first, place_of
from resolvers.connections import longest_standing_first, standing
from resolvers.errors import UpstreamInvalidResponse
from resolvers.identity import Link, Upstream

DAY = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 5).map(lambda number: DAY + dt.timedelta(microseconds=number))
IDS = st.sampled_from("abcde")


@dataclass
class Standing:
    """An item of a list that goes by its time of joining."""

    native_id: str
    joined_at: object


def activity(moment: dt.datetime, upstream: Upstream, source: ActivitySource, native_id: str) -> Activity:
    return Activity(
        link=Link(upstream, "1"),
        native_id=native_id,
        upstream=upstream,
        source=source,
        occurred_at=moment,
        action="looked",
        outcome=None,
        actor=None,
        service_id=None,
        target=None,
        details=None,
    )


JOINED = st.builds(Standing, IDS, MOMENTS | st.none() | st.just(UpstreamInvalidResponse("misfit")))
ACTIVITIES = st.builds(activity, MOMENTS, st.sampled_from(Upstream), st.sampled_from(ActivitySource), IDS)


def place(item: Standing) -> tuple[int, int, str]:
    return standing(0, item.joined_at, item.native_id)  # type: ignore[arg-type]  # a failure stands for a time


@given(st.lists(JOINED) | st.lists(st.builds(Standing, IDS, st.none())) | st.lists(st.builds(Standing, IDS, MOMENTS)))
def test_the_longest_standing_come_first_and_the_list_stays_as_it_was(items: list[Standing]) -> None:
    before = [*items]
    assert [place(item) for item in longest_standing_first(items, "joined_at")] == sorted(map(place, items))
    assert items == before


def test_a_list_in_order_is_not_made_anew() -> None:
    items = [Standing("b", DAY), Standing("a", DAY + dt.timedelta(days=1))]
    assert longest_standing_first(items, "joined_at") is items


@given(st.lists(ACTIVITIES))
def test_the_newest_activities_come_first_and_the_list_stays_as_it_was(items: list[Activity]) -> None:
    before = [*items]
    assert [place_of(item) for item in newest_first(items)] == sorted(map(place_of, items))
    assert items == before


def test_times_a_microsecond_apart_have_places_apart() -> None:
    moments = [DAY + dt.timedelta(microseconds=number) for number in range(2_000)]
    assert len({standing(0, moment, "a") for moment in moments}) == len(moments)
