"""What adapters give in place of the graph's own objects has all that these have."""

from dataclasses import fields

import pytest

from gateway.upstreams.clickhouse.activities import ClickHouseActivity
from gateway.upstreams.clickhouse.people import ClickHouseInvitation, ClickHouseMember
from gateway.upstreams.doer import Doer
from gateway.upstreams.locktera.logs import Access, Audit
from gateway.upstreams.losant.invitations import InviteShape, LosantInvitation
from gateway.upstreams.losant.members import LosantMember
from gateway.upstreams.losant.reports import LosantPayloadCounts
from gateway.upstreams.making import whole
from gateway.upstreams.nks_shapes import NksMember
from resolvers.activities import Activity, Actor
from resolvers.device_usage import PayloadCounts
from resolvers.identity import Link, Upstream
from resolvers.invitations import Invitation, InvitationStatus
from resolvers.members import Member
from resolvers.roles import Role

STANDS_FOR = {
    LosantMember: Member,
    NksMember: Member,
    ClickHouseMember: Member,
    LosantInvitation: Invitation,
    ClickHouseInvitation: Invitation,
    ClickHouseActivity: Activity,
    Access: Activity,
    Audit: Activity,
    Doer: Actor,
    LosantPayloadCounts: PayloadCounts,
}
NODES = {Member, Invitation, Activity}


@pytest.mark.parametrize("stand_in", STANDS_FOR)
def test_it_has_every_attribute(stand_in: type) -> None:
    assert {each.name for each in fields(STANDS_FOR[stand_in]) if each.init} <= {*dir(stand_in)}


@pytest.mark.parametrize("stand_in", [each for each, kind in STANDS_FOR.items() if kind in NODES])
def test_what_can_be_found_as_a_node_is_taken_for_its_type(stand_in: type) -> None:
    assert issubclass(stand_in, STANDS_FOR[stand_in])
    others = NODES - {STANDS_FOR[stand_in]}
    assert not any(issubclass(stand_in, other) for other in others)


def test_what_is_kept_of_one_is_an_object_of_the_graph_and_says_the_same() -> None:
    invite = InviteShape(id="i", email="ann@acme.example", role="admin", ttl=60_000)
    stand_in = LosantInvitation(Link(Upstream.LOSANT, "o"), invite, Role.ADMIN, InvitationStatus.PENDING)
    kept = whole(Invitation, stand_in)
    assert type(kept) is Invitation
    assert kept.id() == Invitation.id(stand_in)
    names = [each.name for each in fields(Invitation) if each.init]
    assert [getattr(kept, name) for name in names] == [getattr(stand_in, name) for name in names]
