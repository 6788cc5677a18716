"""API keys of an organization, as records: none of them opens this stand-in."""

import secrets

from starlette.responses import JSONResponse, Response

from gateway.sandbox.clock import seconds
from gateway.sandbox.locktera import shapes
from gateway.sandbox.locktera.answers import Refusal, invalid
from gateway.sandbox.locktera.calls import Call
from gateway.sandbox.locktera.organizations import gone
from gateway.sandbox.locktera.records import API_KEY, Record

_PERMISSIONS = ("read", "write")


def listed(call: Call) -> list[Record]:
    """GET /orgs/{org_id}/api_keys."""
    keys = call.store.all(API_KEY, parent=call.organization()["id"])
    return [shapes.api_key(key, call.switches) for key in keys]


def created(call: Call) -> Response:
    """POST /orgs/{org_id}/api_keys with ``{name, permissions}``: 201, the value of the key is told this once."""
    organization = call.organization()
    body = call.body()
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise invalid("name", "must be a string")
    permissions = body.get("permissions", [])
    if not isinstance(permissions, list) or any(permission not in _PERMISSIONS for permission in permissions):
        raise invalid("permissions", "must be an array of read, write")
    key = {
        "id": f"key-{call.store.next_number('locktera.api_key'):04x}",
        "org_id": organization["id"],
        "name": body["name"],
        "created_at": seconds(call.clock.now()),
        "permissions": permissions,
    }
    call.store.put(API_KEY, str(key["id"]), key, parent=organization["id"])
    made = {**shapes.api_key(key, call.switches), "api_key": secrets.token_urlsafe(32)}
    return JSONResponse(made, status_code=201)


def deleted(call: Call) -> Response:
    """DELETE /orgs/{org_id}/api_keys/{key_id}."""
    if not call.store.delete(API_KEY, call.request.path_params["key_id"], parent=call.organization()["id"]):
        raise Refusal(404, "API key not found")
    return gone(call, "API key deleted successfully")
