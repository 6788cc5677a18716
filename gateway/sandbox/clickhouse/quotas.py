"""Quotas of an organization (beta)."""

from gateway.sandbox.clickhouse.answers import not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.records import QUOTA, Record


def listed(call: Call) -> list[Record]:
    """GET {organization}/quotas."""
    return call.store.all(QUOTA, parent=call.organization_id)


def got(call: Call) -> Record:
    """GET {organization}/quotas/{quotaCode}."""
    sought = call.request.path_params["quotaCode"]
    quota = call.store.get(QUOTA, sought, parent=call.organization_id)
    if quota is None:
        raise not_found(sought)
    return quota
