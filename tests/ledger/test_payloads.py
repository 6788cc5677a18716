"""Payloads on paper."""

import datetime as dt

from gateway.ledger.payloads import restored, written
from gateway.upstreams.losant.asking import ResourceRoleShape
from gateway.upstreams.losant.invitations import InviteShape, LosantInvitation
from resolvers.identity import Link, OrganizationRef, Upstream
from resolvers.invitations import Invitation, InvitationStatus, InviteMemberPayload
from resolvers.roles import ResourceKind, ResourceRole, Role
from resolvers.wholes import organization

LINK = Link(Upstream.LOSANT, "575ed6e87ae143cd83dc4aa8")
SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_what_stands_in_for_an_object_comes_back_as_one_that_says_the_same():
    shape = InviteShape(
        id="1",
        email="new@acme.example",
        role="edit",
        application_roles=[ResourceRoleShape("app", "view")],
        invite_date=SINCE,
        ttl=60_000.0,
    )
    ref = OrganizationRef("acme", (LINK,), linked=True)
    given = InviteMemberPayload(
        invitation=LosantInvitation(LINK, shape, Role.EDITOR, InvitationStatus.PENDING),
        organization=organization(ref),
        client_mutation_id="key",
    )

    found = restored(written(given), InviteMemberPayload)

    assert found.invitation == Invitation(
        link=LINK,
        upstream=Upstream.LOSANT,
        native_id="1",
        email="new@acme.example",
        role=Role.EDITOR,
        native_role="edit",
        assigned_roles=[],
        resource_roles=[ResourceRole(resource_kind=ResourceKind.APPLICATION, resource_id="app", role=Role.VIEWER)],
        status=InvitationStatus.PENDING,
        invited_at=SINCE,
        expires_at=SINCE + dt.timedelta(minutes=1),
    )
    assert found.organization.ref == ref
    assert (found.client_mutation_id, found.user_errors) == ("key", [])
