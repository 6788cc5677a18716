"""API keys of an organization: the pair for Basic authentication is told once, when a key is made."""

import ipaddress
import secrets
import string
from uuid import uuid4

from gateway.sandbox.clickhouse.activities import note
from gateway.sandbox.clickhouse.answers import NOTHING, Nothing, bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, choice_in, expiry_in, list_in, text_in, uuid_of
from gateway.sandbox.clickhouse.members import MIGRATED
from gateway.sandbox.clickhouse.records import API_KEY, CREDENTIAL, Record
from gateway.sandbox.clickhouse.roles import role_ids_in, with_roles
from gateway.sandbox.clock import seconds

_STATES = ("enabled", "disabled")
_LEGACY_ROLES = {"admin", "developer", "query_endpoints"}
_MOST = 100
_SUFFIX = 4
_ALPHABET = string.ascii_letters + string.digits


def listed(call: Call) -> list[Record]:
    """GET {organization}/keys: whole; ``limit`` and ``cursor`` are taken and change nothing."""
    return [_shown(key, call) for key in call.store.all(API_KEY, parent=call.organization_id)]


def got(call: Call) -> Record:
    """GET {organization}/keys/{keyId}."""
    return _shown(_key(call), call)


def created(call: Call) -> Record:
    """POST {organization}/keys.

    ``{key, keyId, keySecret}``, or ``{key}`` alone where ``hashData`` brings the digests of a pair that the caller
    made: such a key is kept, but this stand-in lets nobody in with it.
    """
    body = body_of(call.raw)
    if call.store.count(API_KEY, parent=call.organization_id) >= _MOST:
        raise bad_request(f"An organization has at most {_MOST} keys")
    name = text_in(body, "name")
    if name is None:
        raise bad_request("name is required")
    hashed = body.get("hashData")
    if hashed is not None and (not isinstance(hashed, dict) or text_in(hashed, "keyIdSuffix") is None):
        raise bad_request("hashData must be an object with keyIdHash, keyIdSuffix and keySecretHash")
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(22))
    key: Record = {
        "id": str(uuid4()),
        "name": name,
        "state": choice_in(body, "state", _STATES) or "enabled",
        "roles": _legacy_roles(body, call) or ["developer"],
        "keySuffix": hashed["keyIdSuffix"] if hashed else key_id[-_SUFFIX:],
        "createdAt": seconds(call.clock.now()),
        "expireAt": expiry_in(body, "expireAt"),
        "ipAccessList": _addresses(body) or [],
        "_roleIds": role_ids_in(body, call) or [],
    }
    call.store.put(API_KEY, key["id"], key, parent=call.organization_id)
    note(call, "openapi_key_update", targetKeyId=key["id"], keyUpdateType="created")
    if hashed:
        return {"key": _shown(key, call)}
    secret = "4b1d" + secrets.token_urlsafe(28)
    credential = {"secret": secret, "organizationId": call.organization_id, "apiKeyId": key["id"]}
    call.store.put(CREDENTIAL, key_id, {**credential, "keyId": key_id})
    return {"key": _shown(key, call), "keyId": key_id, "keySecret": secret}


def patched(call: Call) -> Record:
    """PATCH {organization}/keys/{keyId}: a member left out is unchanged, a list replaces the list."""
    key = _key(call)
    body = body_of(call.raw)
    changes: list[tuple[str, str, object]] = [
        ("name", "name-changed", text_in(body, "name")),
        ("state", "state-changed", choice_in(body, "state", _STATES)),
        ("roles", "role-changed", _legacy_roles(body, call)),
        ("_roleIds", "roles-v2-changed", role_ids_in(body, call)),
        ("ipAccessList", "ip-access-list-changed", _addresses(body)),
    ]
    if "expireAt" in body:
        key["expireAt"] = expiry_in(body, "expireAt")
        note(call, "openapi_key_update", targetKeyId=key["id"], keyUpdateType="date-changed")
    for member, word, value in changes:
        if value is not None:
            key[member] = value
            note(call, "openapi_key_update", targetKeyId=key["id"], keyUpdateType=word)
    call.store.put(API_KEY, key["id"], key, parent=call.organization_id)
    return _shown(key, call)


def deleted(call: Call) -> Nothing:
    """DELETE {organization}/keys/{keyId}; the key in use cannot delete itself."""
    key = _key(call)
    if key["id"] == call.key["id"]:
        raise bad_request("The key in use cannot be deleted")
    for credential in call.store.all(CREDENTIAL):
        if credential["apiKeyId"] == key["id"]:
            call.store.delete(CREDENTIAL, credential["keyId"])
    call.store.delete(API_KEY, key["id"], parent=call.organization_id)
    note(call, "openapi_key_update", targetKeyId=key["id"], keyUpdateType="deleted")
    return NOTHING


def _key(call: Call) -> Record:
    sought = uuid_of("key", call.request.path_params["keyId"])
    key = call.store.get(API_KEY, sought, parent=call.organization_id)
    if key is None:
        raise not_found(sought)
    return key


def _shown(key: Record, call: Call) -> Record:
    return with_roles(key, call.organization_id, call.store)


def _legacy_roles(body: Record, call: Call) -> list[str] | None:
    roles = list_in(body, "roles", str)
    if roles and not _LEGACY_ROLES.issuperset(roles):
        raise bad_request("roles: unknown role")
    if roles and call.organization.get("_migrated", True):
        raise bad_request(MIGRATED.replace("'role'", "'roles'"))
    return roles


def _addresses(body: Record) -> list[Record] | None:
    entries = list_in(body, "ipAccessList", dict)
    for entry in entries or []:
        try:
            ipaddress.ip_network(text_in(entry, "source") or "", strict=False)
        except ValueError:
            raise bad_request(f"ipAccessList: invalid source {entry.get('source')}") from None
    if entries is None:
        return None
    return [{name: entry[name] for name in ("source", "description") if name in entry} for entry in entries]
