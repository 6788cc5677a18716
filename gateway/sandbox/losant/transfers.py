"""Transfer of applications and dashboards to another organization or to a user."""

from starlette.exceptions import HTTPException

from gateway.sandbox.losant.audit import Audit
from gateway.sandbox.losant.bodies import TRANSFER, closed
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.records import Record, Records


class Transfers:
    """PATCH /orgs/{orgId}/transferResources.

    What `strict` means is not documented; here a strict transfer is refused when a dashboard reads an application
    that stays behind.
    """

    def __init__(self, records: Records, audit: Audit) -> None:
        self._records = records
        self._audit = audit

    def transfer(self, call: Call) -> Record:
        """Move the named resources, all or none."""
        record = self._records.org(call.org)
        body = closed(call.body, TRANSFER, "transfer", required=("destinationId", "destinationType"))
        destination = body["destinationId"].lower()
        if destination == call.org:
            raise HTTPException(400, "The destination is the organization itself")
        moves = {kind: self._owned(call.org, kind, body.get(f"{kind}Ids", [])) for kind in ("application", "dashboard")}
        limits = self._limits(destination, body["destinationType"])
        store = self._records.store
        for kind, resources in moves.items():
            limit = limits.get(kind)
            if limit is not None and store.count(f"losant.{kind}", destination) + len(resources) > limit:
                raise HTTPException(400, f"The destination has no room for {len(resources)} more {kind}s")
        if body.get("strict"):
            moving = {resource["id"] for resource in moves["application"]}
            for dashboard in moves["dashboard"]:
                if not set(dashboard["applicationIds"]) <= moving:
                    raise HTTPException(400, f"Dashboard {dashboard['name']} reads applications that stay behind")
        for kind, resources in moves.items():
            for resource in resources:
                store.delete(f"losant.{kind}", resource["id"], call.org)
                store.put(f"losant.{kind}", resource["id"], resource, destination)
        self._records.touch(record)
        self._audit.write(call, "transferResources", (call.org, "Organization", record["name"]), body)
        return {"success": True}

    def _owned(self, org: str, kind: str, keys: list[str]) -> list[Record]:
        found = []
        for key in dict.fromkeys(key.lower() for key in keys):
            resource = self._records.store.get(f"losant.{kind}", key, org)
            if resource is None:
                raise HTTPException(400, f"The organization has no {kind} {key}")
            found.append(resource)
        return found

    def _limits(self, destination: str, kind: str) -> dict[str, int]:
        if kind == "user":
            if self._records.store.get("losant.user", destination) is None:
                raise HTTPException(404, "User was not found")
            return {}
        record = self._records.org(destination)
        self._records.touch(record)
        limits: dict[str, int] = record.get("limits", {})
        return limits
