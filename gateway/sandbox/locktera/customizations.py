"""How an organization's pages look: an open object with three known members."""

from typing import Any

from gateway.sandbox.locktera.answers import invalid
from gateway.sandbox.locktera.calls import Call
from gateway.sandbox.locktera.records import ORG, Record

_KNOWN = ("theme", "logo_url", "branding_color")


def checked(customizations: Any) -> Record:  # noqa: ANN401 - any JSON value
    """The object; 400 where it is none, or a known member is no string."""
    if not isinstance(customizations, dict):
        raise invalid("customizations", "must be an object")
    for name in _KNOWN:
        if name in customizations and not isinstance(customizations[name], str):
            raise invalid(name, "must be a string")
    return customizations


def got(call: Call) -> Record:
    """GET /orgs/{org_id}/customizations; ``{}`` where none were ever set."""
    customizations: Record = call.organization().get("customizations", {})
    return customizations


def put(call: Call) -> Record:
    """PUT /orgs/{org_id}/customizations: replaces all.

    The body is the object itself, as the vendor's example has it, or the object in a member ``customizations`` of its
    own, as the parameter list has it. The answer is a message; by the OpenAPI file it is the object.
    """
    organization = call.organization()
    body = call.body()
    customizations = checked(body["customizations"] if list(body) == ["customizations"] else body)
    call.store.put(ORG, organization["id"], {**organization, "customizations": customizations})
    if call.switches["shape_spec"]:
        return customizations
    return {"message": "Organization customizations updated successfully"}
