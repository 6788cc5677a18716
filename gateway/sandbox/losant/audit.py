"""Audit logs: written by every change to an enterprise organization, read in pages and by id."""

import re
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.clock import milliseconds, parse
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.pages import page_of, sort_of
from gateway.sandbox.losant.records import Record, Records
from gateway.sandbox.losant.windows import bounds

_FILTER = re.compile(r"auditLogFilter\[(\w+)\](?:\[(\d*)\])?(?:\[(\w+)\])?")
_FIELDS = {
    "primaryTarget": {"id": "primaryTargetId", "type": "primaryTargetType", "name": "primaryTargetName"},
    "secondaryTarget": {"id": "secondaryTargetId", "type": "secondaryTargetType", "name": "secondaryTargetName"},
    "actor": {"id": "actorId", "type": "actorType", "name": "actorName"},
    "request": {"resource": "requestResource", "action": "requestAction"},
}


class Audit:
    """GET /orgs/{orgId}/audit-logs, and one of them."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def page(self, call: Call) -> Record:
        """A page of the logs, newest first unless asked otherwise."""
        self._enterprise(call.org)
        start, end = bounds(call.query, self._records.clock.now())
        wanted = _wanted(call.query)
        logs = [
            log
            for log in self._records.store.all("losant.auditLog", call.org)
            if start <= parse(log["creationDate"]) <= end and _matches(log, wanted)
        ]
        field, direction = sort_of(call.query, ("creationDate", "responseStatus", "actorName"), "desc")
        logs.sort(key=lambda log: log[field], reverse=direction == "desc")
        items, counts = page_of(call.query, logs)
        return {"items": items, **counts, "sortField": field, "sortDirection": direction, "orgId": call.org}

    def get(self, call: Call) -> Record:
        """One log."""
        self._enterprise(call.org)
        log = self._records.store.get("losant.auditLog", call.ids["auditLogId"], call.org)
        if log is None:
            raise HTTPException(404, "Audit log was not found")
        return log

    def write(self, call: Call, action: str, target: tuple[str, str, str], body: Record | None = None) -> None:
        """Record a change of an organization: its action, and the id, type and name of what it was done to."""
        record = self._records.org(call.org)
        if not record.get("isEnterprise"):
            return
        now = self._records.clock.now()
        store = self._records.store
        user = store.get("losant.user", call.user) or {}
        key = hexadecimal(24, "losant.auditLog", call.org, store.next_number("losant.auditLog"))
        log = {
            "id": key,
            "auditLogId": key,
            "creationDate": milliseconds(now),
            "orgId": call.org,
            "primaryTargetId": target[0],
            "primaryTargetType": target[1],
            "primaryTargetName": target[2],
            "actorId": call.user,
            "actorType": "User",
            "actorName": user.get("email", ""),
            "requestResource": "org",
            "requestAction": action,
            "requestQueryParams": {},
            "requestBody": body or {},
            "requestPathParams": {"orgId": call.org},
            "responseBody": {},
            "responseStatus": 200,
        }
        store.put("losant.auditLog", key, log, call.org)

    def _enterprise(self, org: str) -> None:
        if not self._records.org(org).get("isEnterprise"):
            raise HTTPException(403, "Audit logs are for enterprise organizations")


def _wanted(query: QueryParams) -> dict[str, dict[str, dict[str, str]]]:
    """The filter: by kind and number, the members that a log must have."""
    wanted: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in query.multi_items():
        match = _FILTER.fullmatch(name)
        if match is None:
            continue
        kind, number, member = match.groups()
        if kind != "responseCode" and member not in _FIELDS.get(kind, {}):
            raise HTTPException(400, f"Invalid query: auditLogFilter has no {kind} {member or ''}".rstrip())
        items = wanted.setdefault(kind, {})
        at = number or (str(len(items)) if kind == "responseCode" else "")
        items.setdefault(at, {})[member or "code"] = value
    return wanted


def _matches(log: Record, wanted: dict[str, dict[str, dict[str, str]]]) -> bool:
    return all(any(_fits(log, kind, item) for item in items.values()) for kind, items in wanted.items())


def _fits(log: Record, kind: str, item: dict[str, str]) -> bool:
    pairs: Iterable[tuple[Any, str]]
    if kind == "responseCode":
        pairs = ((log["responseStatus"], value) for value in item.values())
    else:
        pairs = ((log.get(_FIELDS[kind][member]), value) for member, value in item.items())
    return all(str(has) == wants for has, wants in pairs)
