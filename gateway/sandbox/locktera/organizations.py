"""Organizations, groups and users: all are nodes of one tree."""

import csv
import io
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from gateway.sandbox.clock import seconds
from gateway.sandbox.locktera import shapes
from gateway.sandbox.locktera.answers import Refusal, invalid
from gateway.sandbox.locktera.calls import Call
from gateway.sandbox.locktera.customizations import checked
from gateway.sandbox.locktera.records import AUDIT, OF_AN_ORG, ORG, ROLES, Record

_TEXTS = ("name", "org_name", "first_name", "last_name", "email", "mobile_phone")
_COLUMNS = ["id", "name", "email", "org_id", "role"]
_WRITTEN_DOWN = ("org_name", "role", "email")


def current(call: Call) -> Record:
    """GET /org: the caller's own."""
    return shapes.org(call.reachable(call.caller["org_id"]), call.switches)


def me(call: Call) -> Record:
    """GET /me: the user whose key it is."""
    user: Record = call.caller["user"]
    return user


def got(call: Call) -> Record:
    """GET /orgs/{org_id}."""
    return shapes.org(call.organization(), call.switches)


def patched(call: Call) -> Record:
    """PATCH /orgs/{org_id}: ``customizations`` replaces all of them; members that are not known are ignored."""
    organization = call.organization()
    after = {**organization, **_members(call.body())}
    call.store.put(ORG, organization["id"], after)
    _audit(call, "update", organization, after)
    return shapes.org(after, call.switches)


def deleted(call: Call) -> Response:
    """DELETE /orgs/{org_id}, with everything below it."""
    organization = call.organization()
    _audit(call, "delete", organization, None)
    doomed = [organization["id"]]
    everything = call.store.all(ORG)
    for parent in doomed:  # grows while it is walked
        doomed += [record["id"] for record in everything if record["_parent"] == parent]
    for organization_id in doomed:
        call.store.delete(ORG, organization_id)
        for kind in OF_AN_ORG:
            call.store.delete_all(kind, organization_id)
    return gone(call, "Organization deleted successfully")


def gone(call: Call, message: str) -> Response:
    """What a DELETE answers: 200 with a message, or 204."""
    if call.switches["delete_answers_204"]:
        return Response(status_code=204)
    return JSONResponse({"message": message})


def child_created(call: Call) -> Response:
    """POST /orgs/{org_id}/children.

    The body is not published: members of an organization are taken, and an e-mail address is required.
    """
    parent = call.organization()
    members = _members(call.body())
    if not members.get("email"):
        raise invalid("email", "is required")
    _add_child(call, parent, members)
    return Response(status_code=204)


def imported(call: Call) -> Response:
    """POST /orgs/import_orgs: CSV, a row for each user; all rows or none."""
    try:
        rows = csv.DictReader(io.StringIO(call.raw.decode()), strict=True)
        if rows.fieldnames != _COLUMNS:
            raise invalid("header", "must be " + ",".join(_COLUMNS))
        users = list(rows)
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(400, "Invalid input: body is not CSV") from None
    for number, row in enumerate(users, start=1):
        if None in row or None in row.values() or not row["email"]:
            raise invalid(f"row {number}", "needs " + ", ".join(_COLUMNS))
        members = _members({"name": row["name"] or row["email"], "email": row["email"], "role": row["role"] or "user"})
        _add_child(call, call.reachable(row["org_id"]), members, row["id"])
    return Response(status_code=204)


def _add_child(call: Call, parent: Record, members: Record, child_id: str = "") -> None:
    child_id = child_id or str(uuid4())
    if call.store.get(ORG, child_id) is not None:
        raise invalid("id", "is taken")
    child: dict[str, Any] = {
        "id": child_id,
        "name": members["email"],
        "role": "user",
        **members,
        "created_at": seconds(call.clock.now()),
        "root_org_id": parent["_root"],
        "parent_org_id": parent["id"],
        "_root": parent["_root"],
        "_parent": parent["id"],
    }
    call.store.put(ORG, child_id, child)
    _audit(call, "insert", None, child)


def _members(body: Record) -> Record:
    members: Record = {}
    for name in _TEXTS:
        if name in body:
            if not isinstance(body[name], str):
                raise invalid(name, "must be a string")
            members["name" if name == "org_name" else name] = body[name]
    if "name" in members and not members["name"]:
        raise invalid("name", "must not be empty")
    if "role" in body:
        if body["role"] not in ROLES:
            raise invalid("role", "must be one of " + ", ".join(ROLES))
        members["role"] = body["role"]
    if "customizations" in body:
        members["customizations"] = checked(body["customizations"])
    return members


def _audit(call: Call, action: str, before: Record | None, after: Record | None) -> None:
    """Write the change of a child into its parent's log; a root has nobody who keeps one."""
    changed = after or before or {}
    if not changed.get("_parent"):
        return
    entry = {
        "action": action,
        "org_id": changed["id"],
        "address_id": None,
        "admin_id": call.caller["user"]["id"],
        "timestamp": seconds(call.clock.now()),
        "old_data": _data(before),
        "new_data": _data(after),
        "ip": call.address,
    }
    number = call.store.next_number("locktera.audit")
    call.store.put(AUDIT, f"made-{number}", entry, parent=changed["_parent"])


def _data(record: Record | None) -> Record | None:
    if record is None:
        return None
    whole = {**record, "org_name": record.get("name")}
    return {name: whole[name] for name in _WRITTEN_DOWN if whole.get(name) is not None}
