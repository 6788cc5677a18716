"""What adapters give in place of the graph's own objects has all that these have."""

from dataclasses import fields

import pytest

from gateway.upstreams.clickhouse.activities import ClickHouseActivity
from gateway.upstreams.doer import Doer
from gateway.upstreams.locktera.logs import Access, Audit
from gateway.upstreams.losant.members import LosantMember
from gateway.upstreams.losant.reports import LosantPayloadCounts
from resolvers.activities import Activity, Actor
from resolvers.device_usage import PayloadCounts
from resolvers.members import Member

STANDS_FOR = {
    LosantMember: Member,
    ClickHouseActivity: Activity,
    Access: Activity,
    Audit: Activity,
    Doer: Actor,
    LosantPayloadCounts: PayloadCounts,
}


@pytest.mark.parametrize("stand_in", STANDS_FOR)
def test_it_has_every_attribute(stand_in: type) -> None:
    assert {each.name for each in fields(STANDS_FOR[stand_in]) if each.init} <= {*dir(stand_in)}


@pytest.mark.parametrize("stand_in", [LosantMember, ClickHouseActivity, Access, Audit])
def test_what_can_be_found_as_a_node_is_taken_for_its_type(stand_in: type) -> None:
    assert issubclass(stand_in, STANDS_FOR[stand_in])
    others = {Member, Activity} - {STANDS_FOR[stand_in]}
    assert not any(issubclass(stand_in, other) for other in others)
