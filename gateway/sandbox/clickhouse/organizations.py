"""The organization itself, and the private endpoints it allows."""

from typing import Any

from gateway.sandbox.clickhouse.activities import note
from gateway.sandbox.clickhouse.answers import bad_request
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, choice_in, text_in
from gateway.sandbox.clickhouse.records import ORGANIZATION, Record, shown

_CLOUDS = ("gcp", "aws", "azure")


def listed(call: Call) -> list[Record]:
    """GET /organizations: always one, the key's."""
    return [shown(call.organization)]


def got(call: Call) -> Record:
    """GET /organizations/{organizationId}."""
    return shown(call.organization)


def patched(call: Call) -> Record:
    """PATCH /organizations/{organizationId}: a member left out is unchanged, removals run before additions."""
    body = body_of(call.raw)
    name = text_in(body, "name")
    core_dumps = body.get("enableCoreDumps")
    if "enableCoreDumps" in body and not isinstance(core_dumps, bool):
        raise bad_request("enableCoreDumps must be a boolean")
    endpoints = body.get("privateEndpoints", {})
    if not isinstance(endpoints, dict):
        raise bad_request("privateEndpoints must be an object with add and remove")
    removed, added = _endpoints(endpoints, "remove"), _endpoints(endpoints, "add")

    organization = dict(call.organization)
    if core_dumps is not None:
        organization["enableCoreDumps"] = core_dumps
    if removed or added:
        gone = {_place(endpoint) for endpoint in [*removed, *added]}
        kept = [endpoint for endpoint in organization.get("privateEndpoints", []) if _place(endpoint) not in gone]
        organization["privateEndpoints"] = kept + added
        note(call, "service_update_private_endpoints")
    if name is not None:
        organization["name"] = name
        note(call, "organization_update_name")
    call.store.put(ORGANIZATION, organization["id"], organization)
    return shown(organization)


def private_endpoint_config(call: Call) -> Record:
    """GET {organization}/privateEndpointConfig: needs a service in the region."""
    cloud = call.request.query_params.get("cloud_provider", "")
    region = call.request.query_params.get("region_id", "")
    if cloud not in _CLOUDS or not region:
        raise bad_request("cloud_provider and region_id are required")
    for service in call.organization.get("_services", []):
        if (service["cloudProvider"], service["region"]) == (cloud, region):
            return {"endpointServiceId": service["endpointServiceId"]}
    raise bad_request(f"Organization has no created instances in {cloud} {region}")


def _place(endpoint: Record) -> tuple[Any, ...]:
    return endpoint["id"], endpoint["cloudProvider"], endpoint["region"]


def _endpoints(change: Record, name: str) -> list[Record]:
    endpoints = change.get(name, [])
    if not isinstance(endpoints, list) or not all(isinstance(endpoint, dict) for endpoint in endpoints):
        raise bad_request(f"privateEndpoints.{name} must be an array")
    for endpoint in endpoints:
        if text_in(endpoint, "id") is None or text_in(endpoint, "region") is None:
            raise bad_request(f"privateEndpoints.{name}: id and region are required")
        if choice_in(endpoint, "cloudProvider", _CLOUDS) is None:
            raise bad_request(f"privateEndpoints.{name}: cloudProvider is required")
        if not isinstance(endpoint.get("description", ""), str):
            raise bad_request(f"privateEndpoints.{name}: description must be a string")
    known = ("id", "description", "cloudProvider", "region")
    return [{member: endpoint[member] for member in known if member in endpoint} for endpoint in endpoints]
