"""Made-up organizations of Locktera: one tree that the sandbox's key sees whole, and one that it does not see.

Below the root stand Acme with groups and users, Acme Legal as the fixtures have it, Northwind, which never set
customizations, Megacorp with figures and words nobody expects, and Hollow, of which nothing but the id is known.
"""

from datetime import datetime, timedelta
from typing import Final

from gateway.sandbox.chance import between, uuid4
from gateway.sandbox.clock import Clock, seconds
from gateway.sandbox.locktera.records import API_KEY, CREDENTIAL, ORG, TAG, Record
from gateway.sandbox.store import Store
from gateway.sandbox.world import locktera_logs, people
from gateway.sandbox.world.links import (
    ACME_LEGAL_LOCKTERA,
    ACME_LOCKTERA,
    CREDENTIALS,
    HOLLOW_LOCKTERA,
    MEGACORP_LOCKTERA,
    NORTHWIND_LOCKTERA,
)

ROOT: Final = "1d0c6f1e-2b4a-4c1d-9a53-0b8b6a1f7e10"
ELSEWHERE: Final = "org-elsewhere"
LITIGATION: Final = "c2f6f5a0-88b3-4d8b-8f6e-0f2f5b7a9d11"

READER: Final = "LOCKTERA_READ_ONLY_API_KEY"
ADMINISTRATOR: Final = "LOCKTERA_ADMIN_API_KEY"
OUTSIDER: Final = "LOCKTERA_OTHER_API_KEY"
"""The key of the other tree."""

_PRIYA: Record = {
    "first_name": "Priya",
    "last_name": "Raman",
    "email": "priya.raman@acme-legal.example",
}
_FIRST_KEY = 0x80AC  # the number of the key that the fixture makes


def build(store: Store, clock: Clock) -> None:
    """Put all of it into the store."""
    now = clock.now()
    _org(store, ROOT, "", name="Harbor Trust Services", role="org", created_at="2020-01-06T09:00:00Z")
    _org(store, ELSEWHERE, "", name="Elsewhere", role="org", created_at="2022-05-05T05:05:05Z")
    _acme(store, now)
    _acme_legal(store)
    _northwind(store)
    huge = 9_007_199_254_740_993_123
    used = {"api_calls": huge, "storage_used": 0}
    _org(store, MEGACORP_LOCKTERA, ROOT, name="Megacorp", role="division", _consumption=used)
    store.put(ORG, HOLLOW_LOCKTERA, {"id": HOLLOW_LOCKTERA, "_root": ROOT, "_parent": ROOT})
    locktera_logs.build(store, now)
    _callers(store)


def _acme(store: Store, now: datetime) -> None:
    _org(
        store,
        ACME_LOCKTERA,
        ROOT,
        name="Acme",
        role="org",
        email="documents@acme.example",
        mobile_phone="+1-555-0123",
        created_at="2023-01-01T00:00:00Z",
        customizations={
            "theme": "light",
            "logo_url": "https://cdn.acme.example/logo.svg",
            "branding_color": "#d4380d",
            "welcome": {"title": "Welcome to Acme", "links": ["https://acme.example/help"]},
        },
        _consumption={"api_calls": 48_213, "storage_used": 212.875},
    )
    groups = ("Operations", "Finance", "Research")
    for number, group in enumerate(groups):
        group_id = uuid4("locktera", "acme", group)
        created = f"2023-0{number + 2}-1{number}T08:30:00Z"
        _org(store, group_id, ACME_LOCKTERA, name=group, role="group", created_at=created)
        for place, person in enumerate(people.ACME[number :: len(groups)]):
            _org(
                store,
                uuid4("locktera", person.email),
                group_id,
                name=f"{person.first} {person.last}",
                role=("org_admin" if number == 0 else "user_admin") if place == 0 else "user",
                first_name=person.first,
                last_name=person.last,
                email=person.email,
                created_at=seconds(now - timedelta(days=between(100, 700, person.email))),
            )
    for number, tag in enumerate(("confidential", "invoice", "contract", "hr", "q3 2026"), start=1):
        _put_tag(store, ACME_LOCKTERA, f"tag-{number}", tag, "2023-04-01T00:00:00Z")
    for number, permissions in enumerate((["read", "write"], ["read"], []), start=1):
        _put_key(
            store, ACME_LOCKTERA, f"key-{number:04x}", f"Integration {number}", "2024-06-01T10:00:00Z", permissions
        )


def _acme_legal(store: Store) -> None:
    _org(
        store,
        ACME_LEGAL_LOCKTERA,
        ROOT,
        name="Acme Legal",
        role="group",
        created_at="2024-02-19T15:04:11Z",
        mobile_phone="+1-555-0100",
        customizations={
            "theme": "dark",
            "logo_url": "https://cdn.acme-legal.example/logo.png",
            "branding_color": "#0b3d91",
        },
        _consumption={"api_calls": 18421, "storage_used": 37.62},
        **_PRIYA,
    )
    _org(
        store, LITIGATION, ACME_LEGAL_LOCKTERA, name="Litigation West", role="group", created_at="2024-02-20T09:00:00Z"
    )
    _put_tag(store, ACME_LEGAL_LOCKTERA, "tag-11", "confidential", "2024-02-20T00:00:00Z")
    _put_key(store, ACME_LEGAL_LOCKTERA, "key-7f31", "CI pipeline", "2024-11-18T12:00:00Z", ["read", "write"])
    store.start_number("locktera.api_key", _FIRST_KEY)


def _northwind(store: Store) -> None:
    used = {"api_calls": 907, "storage_used": 0.25}
    more = {"email": "office@northwind.example", "created_at": "2025-09-30T23:59:59Z", "_consumption": used}
    _org(store, NORTHWIND_LOCKTERA, ROOT, name="Northwind Documents", role="org", **more)


def _org(store: Store, organization_id: str, parent_id: str, **members: object) -> None:
    """A node; the root of a tree has no ``parent_org_id``."""
    parent = store.get(ORG, parent_id) if parent_id else None
    root = parent["_root"] if parent else organization_id
    body: Record = {"id": organization_id, **members, "root_org_id": root, "_root": root, "_parent": parent_id}
    if parent_id:
        body["parent_org_id"] = parent_id
    store.put(ORG, organization_id, body)


def _put_tag(store: Store, organization_id: str, tag_id: str, name: str, created: str) -> None:
    store.put(TAG, tag_id, {"id": tag_id, "name": name, "created_at": created}, parent=organization_id)


def _put_key(  # noqa: PLR0913, PLR0917 - a key has as many members
    store: Store, organization_id: str, key_id: str, name: str, created: str, permissions: list[str]
) -> None:
    key = {"id": key_id, "org_id": organization_id, "name": name, "created_at": created, "permissions": permissions}
    store.put(API_KEY, key_id, key, parent=organization_id)


def _callers(store: Store) -> None:
    user = {"id": ACME_LEGAL_LOCKTERA, **_PRIYA, "org_name": "Acme Legal", "role": "user_admin"}
    other = {"id": ELSEWHERE, "email": "owner@elsewhere.example", "org_name": "Elsewhere", "role": "org_admin"}
    both, read = ["read", "write"], ["read"]
    for token, whose, organization_id, root, permissions, calls in (
        (CREDENTIALS.locktera, user, ACME_LEGAL_LOCKTERA, ROOT, both, 100),
        (READER, user, ACME_LEGAL_LOCKTERA, ROOT, read, 100),
        (ADMINISTRATOR, {**user, "role": "org_admin"}, ROOT, ROOT, both, 500),
        (OUTSIDER, other, ELSEWHERE, ELSEWHERE, both, 100),
    ):
        caller = {"user": whose, "org_id": organization_id, "roots": [root], "permissions": permissions}
        store.put(CREDENTIAL, token, {**caller, "calls_per_minute": calls})
