"""Infrastructure in the organization's own cloud account (BYOC)."""

import ipaddress
from typing import Final
from uuid import uuid4

from gateway.sandbox.clickhouse.answers import NOTHING, Nothing, bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, list_in, text_in
from gateway.sandbox.clickhouse.records import ORGANIZATION, Record

TERMINATED: Final = "infra-terminated"
_AZURE = {"eastus", "eastus2", "westus3", "germanywestcentral", "centralus"}
_GCP = {"us-east1", "us-central1", "europe-west2", "europe-west4", "asia-southeast1", "asia-northeast1"}
_AWS = {
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "il-central-1", "us-east-1", "us-east-2", "us-west-2"),
}
CLOUD_BY_REGION: Final = {
    region: cloud for cloud, all_ in {"aws": _AWS, "gcp": _GCP, "azure": _AZURE}.items() for region in all_
}


def created(call: Call) -> Record:
    """POST {organization}/byocInfrastructure: provisioning begins."""
    body = body_of(call.raw)
    region, account = text_in(body, "regionId"), text_in(body, "accountId")
    if region not in CLOUD_BY_REGION:
        raise bad_request("regionId must be a region")
    if account is None:
        raise bad_request("accountId is required")
    zones = list_in(body, "availabilityZoneSuffixes", str)
    if not zones or not set("abcdef").issuperset(zones):
        raise bad_request("availabilityZoneSuffixes must be letters from a to f")
    try:
        ipaddress.ip_network(text_in(body, "vpcCidrRange") or "")
    except ValueError:
        raise bad_request("vpcCidrRange must be a CIDR range") from None
    made = {
        "id": str(uuid4()),
        "state": "infra-provisioning",
        "accountName": call.organization.get("_accounts", {}).get(account, account),
        "regionId": region,
        "cloudProvider": CLOUD_BY_REGION[region],
        "displayName": text_in(body, "displayName") or region,
    }
    _keep([*call.organization.get("byocConfig", []), made], call)
    return made


def patched(call: Call) -> Record:
    """PATCH {organization}/byocInfrastructure/{id} with ``{displayName}``."""
    configuration = _configuration(call)
    name = text_in(body_of(call.raw), "displayName")
    if name is None:
        raise bad_request("displayName is required")
    configuration["displayName"] = name
    _keep(call.organization["byocConfig"], call)
    return configuration


def deleted(call: Call) -> Nothing:
    """DELETE {organization}/byocInfrastructure/{id}: it stays in the list, terminated."""
    _configuration(call)["state"] = TERMINATED
    _keep(call.organization["byocConfig"], call)
    return NOTHING


def _configuration(call: Call) -> Record:
    sought = call.request.path_params["byocId"]
    found: Record
    for found in call.organization.get("byocConfig", []):
        if found["id"] == sought and found["state"] != TERMINATED:
            return found
    raise not_found(sought)


def _keep(configurations: list[Record], call: Call) -> None:
    organization = {**call.organization, "byocConfig": configurations}
    call.store.put(ORGANIZATION, organization["id"], organization)
