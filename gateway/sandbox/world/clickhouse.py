"""Made-up organizations of ClickHouse Cloud: Acme as the fixtures have it, and four that differ from it.

Northwind is small and on Google Cloud; Megacorp has more than a page of everything; Tailspin has not migrated to custom
roles; Hollow has nothing, not even the arrays that others leave empty.
"""

from datetime import datetime, timedelta

from gateway.sandbox.chance import between, hexadecimal, pick, uuid4
from gateway.sandbox.clickhouse import permissions
from gateway.sandbox.clickhouse.permissions import SYSTEM_ROLES
from gateway.sandbox.clickhouse.records import ORGANIZATION, Record
from gateway.sandbox.clock import Clock, seconds
from gateway.sandbox.store import Store
from gateway.sandbox.world import clickhouse_activities, clickhouse_usage, people
from gateway.sandbox.world.clickhouse_parts import Parts
from gateway.sandbox.world.links import (
    ACME_CLICKHOUSE,
    CREDENTIALS,
    HOLLOW_CLICKHOUSE,
    MEGACORP_CLICKHOUSE,
    NORTHWIND_CLICKHOUSE,
    TAILSPIN_CLICKHOUSE,
)

READER_PAIR = ("CH_READER_KEY_ID", "CH_READER_KEY_SECRET")
"""A second key of Acme, which may only read."""
DISABLED_PAIR = ("CH_DISABLED_KEY_ID", "CH_DISABLED_KEY_SECRET")
"""A third one, which is switched off."""
CI_PAIR = ("NwR4tY7uI0pAs2dFgHx9Qz", "CH_CI_KEY_SECRET")
"""A fourth one, for the office's addresses alone."""

ALICE, BO = "7c9e6679-7425-40de-944b-e07fc1f90ae7", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
CARLAS_INVITATION = "e3b0c442-98fc-4c14-9afb-f4c8996fb924"
ACME_KEY, CI_KEY = "a1f0c3e2-6b7d-4c59-8e10-2d4f6a8b9c01", "a1f0c3e2-6b7d-4c59-8e10-2d4f6a8b9c02"
BACKUP_OPERATOR, COST_WATCHER = "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e09", "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e0c"

_ADMIN, _MEMBER = permissions.ADMIN.id, permissions.MEMBER.id
_OFFICE = [{"source": "203.0.113.0/24", "description": "office"}]
_MEGACORP_MEMBERS = 130


def build(store: Store, clock: Clock) -> None:
    """Put all of it into the store."""
    now = clock.now()
    _acme(store, now)
    _northwind(store, now)
    _megacorp(store, now)
    _tailspin(store, now)
    _hollow(store, now)
    clickhouse_usage.build(store, now)
    clickhouse_activities.build(store, now)


def _acme(store: Store, now: datetime) -> None:
    parts = _organization(
        store,
        ACME_CLICKHOUSE,
        "Acme Analytics",
        "2023-05-16T09:41:27Z",
        privateEndpoints=[
            {
                "id": "vpce-0a1b2c3d4e5f67890",
                "description": "analytics VPC",
                "cloudProvider": "aws",
                "region": "us-east-1",
            }
        ],
        byocConfig=[
            {
                "id": "5f7e4c1a-8b0d-4f62-a1d3-9e2c6b7a8d40",
                "state": "infra-ready",
                "accountName": "acme-byoc-prod",
                "regionId": "eu-central-1",
                "cloudProvider": "aws",
                "displayName": "EU production",
            }
        ],
        enableCoreDumps=True,
        _accounts={"123456789012": "acme-byoc-prod"},
        _services=[
            _service("c9a6b2f0-1d3e-4a58-b7c4-2e8f6d0a9b31", "us-east-1", "vpce-svc-0123456789abcdef0"),
            _service(uuid4("acme", "analytics-eu"), "eu-central-1", "vpce-svc-0fedcba9876543210"),
        ],
    )
    parts.system_roles()
    backup_policy = "11d2c8f0-7a3b-4e5c-9f61-0b2a4c6d8e01"
    view_backups = ["control-plane:service:view-backups"]
    parts.custom_role(BACKUP_OPERATOR, "Backup operator", view_backups, "instance/*", policy_id=backup_policy)
    watched = f"organization/{ACME_CLICKHOUSE}"
    parts.custom_role(COST_WATCHER, "Cost watcher", [permissions.VIEW, permissions.VIEW_BILLING], watched)

    parts.member("Alice Moreau", "alice@acme.example", [_ADMIN], user_id=ALICE, role="admin")
    both = [_MEMBER, BACKUP_OPERATOR]
    parts.member("Bo Lindqvist", "bo@acme.example", both, user_id=BO, joined="2024-01-08T12:30:00Z")
    several = [permissions.ORG_API_READER.id, permissions.SERVICE_ADMIN.id, COST_WATCHER]
    held: tuple[list[str] | None, ...] = (
        [_ADMIN],
        [],
        None,
        [permissions.BILLING.id],
        several,
        [COST_WATCHER],
        [_MEMBER],
        [_MEMBER],
    )
    for number, (person, role_ids) in enumerate(zip(people.ACME[: len(held)], held, strict=True)):
        joined = f"2024-{number + 2:02}-1{number}T0{number}:15:30Z"
        legacy = "admin" if role_ids is None else "developer"
        parts.member(f"{person.first} {person.last}", person.email, role_ids, role=legacy, joined=joined)

    invited: tuple[tuple[str, list[str], float, str], ...] = (
        ("carla@acme.example", [_MEMBER], 2.0, CARLAS_INVITATION),
        (people.ACME[8].email, [_ADMIN, BACKUP_OPERATOR], 6.5, ""),
        ("auditor@partner.example", [], 0.1, ""),
        (people.ACME[9].email, [_MEMBER], 40.0, ""),
    )
    for email, role_ids, days, invitation_id in invited:
        parts.invitation(email, role_ids, now - timedelta(days=days), invitation_id=invitation_id)

    used = {"usedAt": "2025-06-09T16:20:00Z"}
    parts.key("ci-key", CI_PAIR, [_MEMBER], api_key_id=CI_KEY, ipAccessList=_OFFICE, **used)
    parts.key("gateway", _pair(ACME_CLICKHOUSE), [_ADMIN], api_key_id=ACME_KEY)
    parts.key("reader", READER_PAIR, [permissions.ORG_API_READER.id])
    parts.key("old-loader", DISABLED_PAIR, [_ADMIN], state="disabled")
    parts.quotas(services=20, used=3)


def _northwind(store: Store, now: datetime) -> None:
    parts = _organization(
        store,
        NORTHWIND_CLICKHOUSE,
        "Northwind Telemetry",
        "2024-11-03T18:20:00Z",
        privateEndpoints=[
            {"id": "psc-northwind-1", "cloudProvider": "gcp", "region": "us-central1"},
            {"id": "psc-northwind-2", "cloudProvider": "gcp", "region": "europe-west4"},
        ],
        byocConfig=[],
        _services=[],
    )
    parts.system_roles()
    parts.member("Alice Nguyen", "alice.nguyen@northwind.example", [_ADMIN], role="admin")
    parts.member("Bruno Keller", "bruno.keller@northwind.example", [_MEMBER])
    parts.invitation("chen.okafor@northwind.example", [_MEMBER], now - timedelta(days=1))
    parts.key("gateway", _pair(NORTHWIND_CLICKHOUSE), [_ADMIN])
    parts.quotas(services=5, used=1)


def _megacorp(store: Store, now: datetime) -> None:
    regions = ("us-east-1", "us-west-2", "eu-west-1", "mx-central-1")  # the last is newer than the published list
    endpoints: list[Record] = [
        {
            "id": f"vpce-{hexadecimal(17, 'megacorp', number)}",
            "description": f"business unit {number}",
            "cloudProvider": "aws",
            "region": pick(regions, "megacorp", number),
        }
        for number in range(24)
    ]
    parts = _organization(
        store,
        MEGACORP_CLICKHOUSE,
        "Megacorp \N{EM DASH} Global Data & Insights",
        "2021-02-28T00:00:00Z",
        privateEndpoints=endpoints,
        byocConfig=[],
        enableCoreDumps=False,
    )
    parts.system_roles()
    for number in range(_MEGACORP_MEMBERS):
        person = people.person("megacorp.example", number)
        role = permissions.ADMIN if number == 0 else pick(SYSTEM_ROLES[1:], person.email)
        joined = seconds(now - timedelta(days=between(1, 900, person.email)))
        parts.member(f"{person.first} {person.last}", person.email, [role.id], joined=joined)
    for number in range(30):
        email = people.person("megacorp.example", _MEGACORP_MEMBERS + number).email
        parts.invitation(email, [_MEMBER], now - timedelta(days=number / 2))
    parts.key("gateway", _pair(MEGACORP_CLICKHOUSE), [_ADMIN])
    parts.quotas(services=400, used=212)


def _tailspin(store: Store, now: datetime) -> None:
    empty: dict[str, object] = {"privateEndpoints": [], "byocConfig": [], "_migrated": False}
    parts = _organization(store, TAILSPIN_CLICKHOUSE, "Tailspin Archive", "2022-08-09T11:11:11Z", **empty)
    for number, role in enumerate(("admin", "developer", "developer")):
        person = people.person("tailspin.example", number)
        parts.member(f"{person.first} {person.last}", person.email, None, role=role)
    parts.invitation(people.person("tailspin.example", 3).email, None, now - timedelta(days=3))
    parts.key("gateway", _pair(TAILSPIN_CLICKHOUSE), [], roles=["admin"])
    parts.quotas(services=20, used=1)


def _hollow(store: Store, now: datetime) -> None:
    parts = _organization(store, HOLLOW_CLICKHOUSE, "Hollow Labs", seconds(now - timedelta(hours=2)))
    parts.key("gateway", _pair(HOLLOW_CLICKHOUSE), [_ADMIN])


def _organization(store: Store, organization_id: str, name: str, founded: str, **more: object) -> Parts:
    body = {"id": organization_id, "createdAt": founded, "name": name, "_migrated": True, **more}
    store.put(ORGANIZATION, organization_id, body)
    return Parts(store, organization_id, founded)


def _service(service_id: str, region: str, endpoint: str) -> Record:
    endpoint_service = f"com.amazonaws.vpce.{region}.{endpoint}"
    return {"id": service_id, "cloudProvider": "aws", "region": region, "endpointServiceId": endpoint_service}


def _pair(organization: str) -> tuple[str, str]:
    key = next(key for key in CREDENTIALS.clickhouse if key.organization == organization)
    return key.key_id, key.key_secret
