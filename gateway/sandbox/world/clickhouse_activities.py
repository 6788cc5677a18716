"""What happened in the made-up ClickHouse Cloud organizations: ninety days, and the entries that the fixtures show."""

from datetime import datetime, timedelta

from gateway.sandbox.chance import between, fraction, pick, uuid4
from gateway.sandbox.clickhouse.activities import activity_id
from gateway.sandbox.clickhouse.records import ACTIVITY, Record
from gateway.sandbox.clock import seconds
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import (
    ACME_CLICKHOUSE,
    MEGACORP_CLICKHOUSE,
    NORTHWIND_CLICKHOUSE,
    TAILSPIN_CLICKHOUSE,
)

_DAYS = 90
_ALICE, _BO = "7c9e6679-7425-40de-944b-e07fc1f90ae7", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
_KEY = "a1f0c3e2-6b7d-4c59-8e10-2d4f6a8b9c01"
_SERVICE = "c9a6b2f0-1d3e-4a58-b7c4-2e8f6d0a9b31"

_BY_USERS = (
    *("user_login", "user_login", "user_login", "user_logout", "user_login_failed", "organization_invite_create"),
    *("organization_invite_delete", "organization_member_join", "organization_member_update_roles"),
    *("organization_update_name", "organization_member_delete", "service_create", "service_update_name"),
    *("save_payment_method", "organization_saml_connection_update", "service_update_private_endpoints"),
)
_BY_SYSTEM = (
    *("service_idle", "service_awaken", "service_start", "service_stop", "service_running", "backup_delete"),
    *("service_maintenance_start", "service_maintenance_end", "service_partially_running"),
)
_BY_SUPPORT = ("service_update_max_allowable_replicas", "service_restore_backup", "organization_update_tier")
_BY_KEYS = ("openapi_key_update", "service_update_ip_access_list", "organization_invite_create", "key_create")
_KEY_UPDATES = ("created", "state-changed", "roles-v2-changed", "ip-access-list-changed", "name-changed", "deleted")
_ACTORS = ("user",) * 5 + ("system",) * 4 + ("api",) * 2 + ("support",)


def build(store: Store, now: datetime) -> None:
    """Put the activities into the store, oldest first."""
    _shown_in_fixtures(store)
    _history(store, ACME_CLICKHOUSE, 245, now)
    _history(store, NORTHWIND_CLICKHOUSE, 30, now)
    _history(store, MEGACORP_CLICKHOUSE, 400, now)
    _history(store, TAILSPIN_CLICKHOUSE, 12, now)
    for number, (kind, actor) in enumerate((("organization_quantum_leap", "system"), ("user_login", "automaton"))):
        unheard_of = _entry(ACME_CLICKHOUSE, kind, actor, "robot-7", "")
        _put(store, ACME_CLICKHOUSE, now - timedelta(hours=3 + number), 900_000 + number, unheard_of)


def _history(store: Store, organization: str, count: int, now: datetime) -> None:
    for number in range(count):
        share = (number + fraction(organization, "time", number)) / count
        moment = now - timedelta(days=_DAYS) * (1 - share)
        _put(store, organization, moment, number, _activity(organization, number))


def _activity(organization: str, number: int) -> Record:
    seed = (organization, "activity", number)
    actor = pick(_ACTORS, *seed, "actor")
    if actor == "user":
        user, name = pick(((_ALICE, "alice@acme.example"), (_BO, "bo@acme.example")), *seed, "user")
        if organization != ACME_CLICKHOUSE:
            user, name = uuid4(organization, "user"), "user@customer.example"
        made = _entry(organization, pick(_BY_USERS, *seed), actor, user, name)
        made |= {"actorIpAddress": f"203.0.113.{between(2, 250, *seed)}", "userAgent": "Mozilla/5.0"}
    elif actor == "api":
        made = _entry(organization, pick(_BY_KEYS, *seed), actor, _KEY, "gateway")
        made |= {"actorIpAddress": "198.51.100.7", "userAgent": "clickhousectl/0.5.0"}
        if made["type"] == "openapi_key_update":
            made |= {"targetKeyId": uuid4(*seed), "keyUpdateType": pick(_KEY_UPDATES, *seed, "update")}
    elif actor == "support":
        made = _entry(organization, pick(_BY_SUPPORT, *seed), actor, "support", "ClickHouse support")
    else:
        made = _entry(organization, pick(_BY_SYSTEM, *seed), actor, "system", "")
    if made["type"].startswith(("service_", "backup_")):
        made["serviceId"] = _SERVICE if organization == ACME_CLICKHOUSE else uuid4(organization, "service", 0)
    return made


def _entry(organization: str, kind: str, actor: str, actor_id: str, details: str) -> Record:
    who = {"actorType": actor, "actorId": actor_id, "actorDetails": details}
    return {"type": kind, **who, "organizationId": organization}


def _put(store: Store, organization: str, moment: datetime, number: int, entry: Record) -> None:
    made = {"id": activity_id(moment, number), "createdAt": seconds(moment), **entry}
    store.put(ACTIVITY, made["id"], made, parent=organization)


def _shown_in_fixtures(store: Store) -> None:
    by_alice = {"actorIpAddress": "203.0.113.17", "userAgent": "Mozilla/5.0"}
    by_key = {"actorIpAddress": "198.51.100.7", "userAgent": "clickhousectl/0.5.0"}
    updated = {"targetKeyId": "a1f0c3e2-6b7d-4c59-8e10-2d4f6a8b9c02", "keyUpdateType": "state-changed"}
    for written, at, entry in (
        (
            "act_01J9ZGX4E6F8A5L1Y0SB",
            "2025-06-09T16:20:31Z",
            _entry(ACME_CLICKHOUSE, "openapi_key_update", "api", _KEY, "ci-key") | by_key | updated,
        ),
        (
            "act_01J9ZJ8H1C0B7K3P9W2D",
            "2025-06-10T03:00:02Z",
            _entry(ACME_CLICKHOUSE, "service_idle", "system", "system", "") | {"serviceId": _SERVICE},
        ),
        (
            "act_01J9ZK3Q7V5X2M8N4T6R",
            "2025-06-10T11:02:45Z",
            _entry(ACME_CLICKHOUSE, "organization_invite_create", "user", _ALICE, "alice@acme.example") | by_alice,
        ),
    ):
        store.put(ACTIVITY, written, {"id": written, "createdAt": at, **entry}, parent=ACME_CLICKHOUSE)
