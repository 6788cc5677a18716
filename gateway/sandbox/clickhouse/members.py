"""Members of an organization and the roles they hold."""

from gateway.sandbox.clickhouse.activities import note
from gateway.sandbox.clickhouse.answers import NOTHING, Nothing, bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, choice_in
from gateway.sandbox.clickhouse.records import MEMBER, Record
from gateway.sandbox.clickhouse.roles import role_ids_in, with_roles

LEGACY_ROLES = ("admin", "developer")
MIGRATED = "Organization has migrated to Custom Roles. Use 'assignedRoleIds' instead of 'role'."


def legacy_role_in(body: Record, call: Call) -> str | None:
    """The deprecated ``role``, or nothing where it is left out; 400 in an organization that has custom roles."""
    role = choice_in(body, "role", LEGACY_ROLES)
    if role is not None and call.organization.get("_migrated", True):
        raise bad_request(MIGRATED)
    return role


def listed(call: Call) -> list[Record]:
    """GET {organization}/members."""
    return [_shown(member, call) for member in call.store.all(MEMBER, parent=call.organization_id)]


def got(call: Call) -> Record:
    """GET {organization}/members/{userId}."""
    return _shown(_member(call), call)


def patched(call: Call) -> Record:
    """PATCH {organization}/members/{userId} with ``assignedRoleIds`` (replaces the list) or ``role``.

    The live service was seen to answer with the roles as they were before; so does this while the switch
    ``stale_member_patch`` is on.
    """
    member = _member(call)
    body = body_of(call.raw)
    role, role_ids = legacy_role_in(body, call), role_ids_in(body, call)
    if role is None and role_ids is None:
        raise bad_request("assignedRoleIds is required")
    before = _shown(member, call)
    if role is not None:
        member["role"] = role
        note(call, "organization_member_update_role")
    if role_ids is not None:
        member["_roleIds"] = role_ids
        note(call, "organization_member_update_roles")
    call.store.put(MEMBER, member["userId"], member, parent=call.organization_id)
    return before if call.switches["stale_member_patch"] else _shown(member, call)


def deleted(call: Call) -> Nothing:
    """DELETE {organization}/members/{userId}."""
    member = _member(call)
    call.store.delete(MEMBER, member["userId"], parent=call.organization_id)
    note(call, "organization_member_delete")
    return NOTHING


def _member(call: Call) -> Record:
    sought = call.request.path_params["userId"]
    member = call.store.get(MEMBER, sought, parent=call.organization_id)
    if member is None:
        raise not_found(sought)
    return member


def _shown(member: Record, call: Call) -> Record:
    return with_roles(member, call.organization_id, call.store)
