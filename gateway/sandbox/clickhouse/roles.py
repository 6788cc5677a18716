"""Roles: the system's, which none can change, and the organization's own.

A role's actors are not kept with the role: they are the members and API keys that hold it.
"""

from uuid import uuid4

from gateway.sandbox.clickhouse.activities import note
from gateway.sandbox.clickhouse.answers import NOTHING, Nothing, bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, choice_in, list_in, text_in, uuid_of
from gateway.sandbox.clickhouse.records import API_KEY, INVITATION, MEMBER, ROLE, Record, shown
from gateway.sandbox.clock import seconds
from gateway.sandbox.store import Store

_HOLDERS = ((MEMBER, "user"), (API_KEY, "apiKey"))


def with_roles(record: Record, organization_id: str, store: Store) -> Record:
    """A member, invitation or key as it is shown; without hidden role ids it has no ``assignedRoles`` at all."""
    if "_roleIds" not in record:
        return shown(record)
    roles = (store.get(ROLE, role_id, parent=organization_id) for role_id in record["_roleIds"])
    assigned = [{"roleId": role["id"], "roleName": role["name"], "roleType": role["type"]} for role in roles if role]
    return {**shown(record), "assignedRoles": assigned}


def role_ids_in(body: Record, call: Call) -> list[str] | None:
    """``assignedRoleIds``, or nothing where it is left out; 400 for a role that the organization does not have."""
    ids = list_in(body, "assignedRoleIds", str)
    if ids is None:
        return None
    ids = list(dict.fromkeys(uuid_of("role", role_id) for role_id in ids))
    for role_id in ids:
        if call.store.get(ROLE, role_id, parent=call.organization_id) is None:
            raise bad_request(f"Unknown role id {role_id}")
    return ids


def listed(call: Call) -> list[Record]:
    """GET {organization}/roles."""
    return [_with_actors(role, call) for role in call.store.all(ROLE, parent=call.organization_id)]


def got(call: Call) -> Record:
    """GET {organization}/roles/{roleId}."""
    return _with_actors(_role(call), call)


def created(call: Call) -> Record:
    """POST {organization}/roles with ``{name, actors, policies}``."""
    body = body_of(call.raw)
    name = text_in(body, "name")
    if name is None:
        raise bad_request("name is required")
    _refuse_taken(name, call)
    role_id = str(uuid4())
    owner = f"organization/{call.organization_id}"
    moment = seconds(call.clock.now())
    role = {
        "id": role_id,
        "tenantId": owner,
        "ownerId": owner,
        "name": name,
        "type": "custom",
        "policies": _policies(body, role_id, owner) or [],
        "createdAt": moment,
        "updatedAt": moment,
    }
    actors = _actors(body, call)
    call.store.put(ROLE, role_id, role, parent=call.organization_id)
    _assign(role_id, actors or [], call)
    return _with_actors(role, call)


def patched(call: Call) -> Record:
    """PATCH {organization}/roles/{roleId}: actors and policies replace the lists."""
    role = _own_role(call)
    body = body_of(call.raw)
    name, actors = text_in(body, "name"), _actors(body, call)
    policies = _policies(body, role["id"], role["tenantId"])
    if name is not None and name != role["name"]:
        _refuse_taken(name, call)
        role["name"] = name
    if policies is not None:
        role["policies"] = policies
    role["updatedAt"] = seconds(call.clock.now())
    call.store.put(ROLE, role["id"], role, parent=call.organization_id)
    if actors is not None:
        _assign(role["id"], actors, call)
    return _with_actors(role, call)


def deleted(call: Call) -> Nothing:
    """DELETE {organization}/roles/{roleId}: whoever held it holds it no longer."""
    role = _own_role(call)
    _assign(role["id"], [], call)
    for invitation in call.store.all(INVITATION, parent=call.organization_id):
        if role["id"] in invitation.get("_roleIds", []):
            kept = [role_id for role_id in invitation["_roleIds"] if role_id != role["id"]]
            call.store.put(INVITATION, invitation["id"], {**invitation, "_roleIds": kept}, parent=call.organization_id)
    call.store.delete(ROLE, role["id"], parent=call.organization_id)
    return NOTHING


def _role(call: Call) -> Record:
    sought = uuid_of("role", call.request.path_params["roleId"])
    role = call.store.get(ROLE, sought, parent=call.organization_id)
    if role is None:
        raise not_found(sought)
    return role


def _own_role(call: Call) -> Record:
    role = _role(call)
    if role["type"] == "system":
        raise bad_request("System roles cannot be changed")
    return role


def _refuse_taken(name: str, call: Call) -> None:
    if any(role["name"] == name for role in call.store.all(ROLE, parent=call.organization_id)):
        raise bad_request(f"A role named {name} already exists")


def _with_actors(role: Record, call: Call) -> Record:
    actors = [
        f"{word}/{holder.get('userId') or holder['id']}"
        for kind, word in _HOLDERS
        for holder in call.store.all(kind, parent=call.organization_id)
        if role["id"] in holder.get("_roleIds", [])
    ]
    order = ("id", "tenantId", "ownerId", "name", "type", "actors", "policies", "createdAt", "updatedAt")
    whole = {**shown(role), "actors": actors}
    return {name: whole[name] for name in order if name in whole}


def _actors(body: Record, call: Call) -> list[str] | None:
    actors = list_in(body, "actors", str)
    for actor in actors or []:
        word, _, actor_id = actor.partition("/")
        kind = next((kind for kind, name in _HOLDERS if name == word), None)
        if kind is None or call.store.get(kind, actor_id, parent=call.organization_id) is None:
            raise bad_request(f"Unknown actor {actor}")
    return actors


def _assign(role_id: str, actors: list[str], call: Call) -> None:
    for kind, word in _HOLDERS:
        for holder in call.store.all(kind, parent=call.organization_id):
            holder_id = holder.get("userId") or holder["id"]
            before = holder.get("_roleIds", [])
            after = [held for held in before if held != role_id]
            if f"{word}/{holder_id}" in actors:
                after = before if role_id in before else [*before, role_id]
            if after != before:
                call.store.put(kind, holder_id, {**holder, "_roleIds": after}, parent=call.organization_id)
                if kind == MEMBER:
                    note(call, "organization_member_update_roles")


def _policies(body: Record, role_id: str, owner: str) -> list[Record] | None:
    policies = list_in(body, "policies", dict)
    if policies is None:
        return None
    return [_policy(policy, role_id, owner) for policy in policies]


def _policy(policy: Record, role_id: str, owner: str) -> Record:
    resources = list_in(policy, "resources", str) or []
    if len({resource.partition("/")[0] for resource in resources}) != 1:
        raise bad_request("A policy needs resources of one scope")
    if "organization/*" in resources:
        raise bad_request("organization/* is not a resource of a custom role")
    made = {
        "id": str(uuid4()),
        "roleId": role_id,
        "tenantId": owner,
        "allowDeny": choice_in(policy, "allowDeny", ("ALLOW", "DENY")) or "ALLOW",
        "permissions": list_in(policy, "permissions", str) or [],
        "resources": resources,
    }
    if isinstance(policy.get("tags"), dict):
        made["tags"] = policy["tags"]
    return made
