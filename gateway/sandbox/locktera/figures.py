"""What an organization used this month, its tags, and whether the service is up."""

from gateway.sandbox.clock import seconds
from gateway.sandbox.locktera.calls import Call
from gateway.sandbox.locktera.records import TAG, Record

_PARTS = ("api", "storage", "authentication")


def consumption(call: Call) -> Record:
    """GET /orgs/{org_id}/consumption: one object for the current month; storage in GB."""
    organization = call.organization()
    used = organization.get("_consumption", {"api_calls": 0, "storage_used": 0})
    return {"org_id": organization["id"], "month": f"{call.clock.now():%Y-%m}", **used}


def tags(call: Call) -> list[Record] | list[str]:
    """GET /orgs/{org_id}/tags; by the OpenAPI file the names alone."""
    found = call.store.all(TAG, parent=call.organization()["id"])
    return [tag["name"] for tag in found] if call.switches["shape_spec"] else found


def service_status(call: Call) -> Record:
    """GET /service_status."""
    if call.switches["shape_spec"]:
        return {"api": "up", "auth": "up", "storage": "up"}
    services = dict.fromkeys(_PARTS, "Operational")
    return {"status": "Operational", "services": services, "timestamp": seconds(call.clock.now())}
