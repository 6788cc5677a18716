"""What happened in the made-up organizations of Locktera: ninety days, and the entries that the fixtures show."""

from datetime import datetime, timedelta

from gateway.sandbox.chance import between, fraction, pick, uuid4
from gateway.sandbox.clock import seconds
from gateway.sandbox.locktera.records import ACCESS, AUDIT, ERROR, EVENT, Record
from gateway.sandbox.store import Store
from gateway.sandbox.world import people
from gateway.sandbox.world.links import ACME_LEGAL_LOCKTERA, ACME_LOCKTERA, MEGACORP_LOCKTERA

_DAYS = 90
_ADDRESS = "198.51.100.24"
_LITIGATION = "c2f6f5a0-88b3-4d8b-8f6e-0f2f5b7a9d11"
_ACTIONS = ("LOGIN",) * 6 + ("LOGOUT",) * 2 + ("DATA_VIEW",) * 2 + ("login",) * 3 + ("logout", "data_view")
_EVENTS = ("container.create", "container.open", "container.share", "container.delete", "container.revoke")
_FAILURES = 0.08
_WITH_ADDRESS = 0.4


def build(store: Store, now: datetime) -> None:
    """Put the logs into the store, oldest first."""
    _shown_in_fixtures(store)
    for number, moment in enumerate(_moments(now, 200, "access")):
        store.put(ACCESS, str(number), _log_in(number, moment), parent=ACME_LOCKTERA)
    for number, moment in enumerate(_moments(now, 60, "audit")):
        store.put(AUDIT, str(number), _change(number, moment), parent=ACME_LOCKTERA)
    for number, moment in enumerate(_moments(now, 40, "events")):
        store.put(EVENT, str(number), _event(number, moment), parent=ACME_LOCKTERA)
    for number, moment in enumerate(_moments(now, 5, "errors"), start=1):
        entry = {"id": f"seen-{number}", "org_id": ACME_LOCKTERA, "timestamp": seconds(moment)}
        store.put(
            ERROR, entry["id"], {**entry, "message": "Upload failed", "code": 5000 + number}, parent=ACME_LOCKTERA
        )
    _unusual(store, now)


def _moments(now: datetime, count: int, seed: str) -> list[datetime]:
    whole = timedelta(days=_DAYS)
    return [now - whole * (1 - (number + fraction(seed, number)) / count) for number in range(count)]


def _log_in(number: int, moment: datetime) -> Record:
    action = pick(_ACTIONS, "action", number)
    person = pick(people.ACME, "access", number)
    entry: Record = {"org_id": ACME_LOCKTERA, "timestamp": seconds(moment), "user": person.email, "action": action}
    failed = action in {"LOGIN", "login"} and fraction("failed", number) < _FAILURES
    entry["status"] = "FAILURE" if failed else "SUCCESS"
    if fraction("address", number) < _WITH_ADDRESS:
        entry["ip"] = f"203.0.113.{between(2, 250, 'address', number)}"
    return {**entry, "_user_id": uuid4("locktera", person.email)}


def _change(number: int, moment: datetime) -> Record:
    action = pick(("insert", "update", "update", "delete"), "change", number)
    person = pick(people.ACME, "changed", number)
    before = {"org_name": f"{person.first} {person.last}", "role": "user", "email": person.email}
    return {
        "action": action,
        "org_id": uuid4("locktera", person.email),
        "address_id": None,
        "admin_id": uuid4("locktera", people.ACME[number % 2].email),
        "timestamp": seconds(moment),
        "old_data": None if action == "insert" else before,
        "new_data": None if action == "delete" else {**before, "role": pick(("user", "user_admin"), "role", number)},
        "ip": _ADDRESS,
    }


def _event(number: int, moment: datetime) -> Record:
    return {
        "created_date": seconds(moment),
        "action": pick(_EVENTS, "event", number),
        "org_id": ACME_LOCKTERA,
        "container_id": uuid4("container", number // 3),
        "user": uuid4("locktera", pick(people.ACME, "event", number).email),
        "detail": {"pages": between(1, 80, "pages", number)},
        "creator_ip": _ADDRESS,
    }


def _unusual(store: Store, now: datetime) -> None:
    """Entries with the two members that are sure, and words that are not published."""
    for number, action in enumerate(("LOGIN", "MFA_CHALLENGE", "teleport", "Login")):
        entry = {"timestamp": seconds(now - timedelta(hours=4 - number)), "action": action}
        store.put(ACCESS, str(number), entry, parent=MEGACORP_LOCKTERA)
    moved: Record = {"action": "merge", "timestamp": seconds(now - timedelta(days=1)), "org_id": MEGACORP_LOCKTERA}
    store.put(AUDIT, "0", moved, parent=MEGACORP_LOCKTERA)


def _shown_in_fixtures(store: Store) -> None:
    for number, (at, user, status) in enumerate(
        (
            ("2025-03-04T08:10:41Z", "unknown@acme-legal.example", "FAILURE"),
            ("2025-03-04T08:12:00Z", "priya.raman@acme-legal.example", "SUCCESS"),
        )
    ):
        entry = {"org_id": ACME_LEGAL_LOCKTERA, "timestamp": at, "user": user, "action": "LOGIN", "status": status}
        store.put(ACCESS, str(number), {**entry, "ip": _ADDRESS, "_user_id": _LITIGATION}, parent=ACME_LEGAL_LOCKTERA)
    renamed = {
        "action": "update",
        "org_id": _LITIGATION,
        "address_id": None,
        "admin_id": "90d3a2b7-1f10-4f6e-9d8a-77e9b1c0aa01",
        "timestamp": "2025-03-03T17:45:22Z",
        "old_data": {"org_name": "Litigation", "role": "group"},
        "new_data": {"org_name": "Litigation West", "role": "group"},
        "ip": _ADDRESS,
    }
    store.put(AUDIT, "0", renamed, parent=ACME_LEGAL_LOCKTERA)
    made = {
        "created_date": "2025-03-04T08:13:09Z",
        "action": "container.create",
        "org_id": ACME_LEGAL_LOCKTERA,
        "container_id": "5d5a1f6c-70a2-4f5d-b6f5-1f0a6a4d9b77",
        "user": _LITIGATION,
        "detail": {"pages": 4},
        "creator_ip": _ADDRESS,
    }
    store.put(EVENT, "0", made, parent=ACME_LEGAL_LOCKTERA)
