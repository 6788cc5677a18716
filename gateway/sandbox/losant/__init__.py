"""Losant's organizations API, in state and manners."""

from gateway.sandbox.clock import Clock
from gateway.sandbox.losant.audit import Audit
from gateway.sandbox.losant.calls import route
from gateway.sandbox.losant.errors import error
from gateway.sandbox.losant.invites import Invites
from gateway.sandbox.losant.members import Members
from gateway.sandbox.losant.orgs import Orgs
from gateway.sandbox.losant.records import Records
from gateway.sandbox.losant.sessions import Sessions
from gateway.sandbox.losant.transfers import Transfers
from gateway.sandbox.losant.usage import Usage
from gateway.sandbox.stand_in import StandIn
from gateway.sandbox.store import Store
from gateway.sandbox.world.losant import build


def stand_in(store: Store, clock: Clock) -> StandIn:
    """Losant, with the thirteen operations on one organization and those around them."""
    records = Records(store, clock)
    audit = Audit(records)
    orgs = Orgs(records, audit)
    members = Members(records, audit)
    invites = Invites(records, audit)
    usage = Usage(records)
    org = "/orgs/{orgId}"
    routes = [
        route(store, "/auth/user", need=None, post=Sessions(records).authenticate),
        route(store, "/invites", need=None, get=invites.look_at, post=invites.answer),
        route(store, "/orgs", need="bounded", get=orgs.page, post=orgs.create),
        route(store, org, need="bounded", get=orgs.get, patch=orgs.patch, delete=orgs.delete),
        route(store, f"{org}/member", need="full", patch=members.modify, delete=members.remove),
        route(store, f"{org}/invites", need="full", get=invites.pending, post=invites.create, delete=invites.revoke),
        route(store, f"{org}/transferResources", need="full", patch=Transfers(records, audit).transfer),
        route(store, f"{org}/deviceCounts", get=usage.devices),
        route(store, f"{org}/notebookMinuteCounts", get=usage.notebooks),
        route(store, f"{org}/payloadCounts", get=usage.payloads),
        route(store, f"{org}/payloadCountsBreakdown", get=usage.breakdown),
        route(store, f"{org}/audit-logs", get=audit.page),
        route(store, f"{org}/audit-logs/{{auditLogId}}", get=audit.get),
    ]
    return StandIn("losant", [*routes], error, build)
