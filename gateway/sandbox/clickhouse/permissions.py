"""Permissions of an organization's API keys, and the system roles that grant them.

Names of roles and permissions: ClickHouse's console documentation and the help of clickhousectl 0.5.0. Which system
role holds which permission is not published in full: Admin holds all, readers the reads.
"""

from typing import NamedTuple

from gateway.sandbox.clickhouse.records import ROLE, Record
from gateway.sandbox.store import Store

ANY_KEY = ""
VIEW = "control-plane:organization:view"
MANAGE = "control-plane:organization:manage"
VIEW_ACTIVITIES = "control-plane:organization:view-activities"
VIEW_KEYS = "control-plane:organization:view-api-keys"
CREATE_KEYS = "control-plane:organization:create-api-keys"
VIEW_BILLING = "control-plane:organization:view-billing"

EVERYTHING = frozenset({VIEW, MANAGE, VIEW_ACTIVITIES, VIEW_KEYS, CREATE_KEYS, VIEW_BILLING})
READS = frozenset({VIEW, VIEW_ACTIVITIES, VIEW_KEYS})


class SystemRole(NamedTuple):
    """A role that every organization has and none can change."""

    id: str
    name: str
    permissions: frozenset[str]


ADMIN = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e01", "Admin", EVERYTHING)
MEMBER = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e02", "Member", frozenset({VIEW}))
BILLING = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e03", "Billing", frozenset({VIEW, VIEW_BILLING}))
ORG_API_READER = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e04", "Org API reader", READS)
SERVICE_READER = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e05", "Service reader", frozenset())
SERVICE_ADMIN = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e06", "Service admin", frozenset())
SERVICE_API_READER = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e07", "Service API reader", frozenset())
SERVICE_API_ADMIN = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e08", "Service API admin", frozenset())
BASIC_SERVICE_API_READER = SystemRole("0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e0a", "Basic service API reader", frozenset())

SYSTEM_ROLES = (
    ADMIN,
    MEMBER,
    BILLING,
    ORG_API_READER,
    SERVICE_READER,
    SERVICE_ADMIN,
    SERVICE_API_READER,
    SERVICE_API_ADMIN,
    BASIC_SERVICE_API_READER,
)
_SYSTEM_ROLE_BY_ID = {role.id: role for role in SYSTEM_ROLES}
_LEGACY = {"admin": EVERYTHING, "developer": READS}


def permissions_of(key: Record, organization_id: str, store: Store) -> frozenset[str]:
    """What an API key may do: the sum of its assigned roles, else what its legacy roles stood for."""
    role_ids = key.get("_roleIds") or []
    if not role_ids:
        return frozenset().union(*(_LEGACY.get(role, frozenset()) for role in key.get("roles", [])))
    granted: set[str] = set()
    denied: set[str] = set()
    for role_id in role_ids:
        if role_id in _SYSTEM_ROLE_BY_ID:
            granted |= _SYSTEM_ROLE_BY_ID[role_id].permissions
            continue
        role = store.get(ROLE, role_id, parent=organization_id)
        for policy in role["policies"] if role else []:
            (granted if policy["allowDeny"] == "ALLOW" else denied).update(policy["permissions"])
    return frozenset(granted - denied)
