"""Ten NKS organizations: Acme's, Northwind's, Megacorp's, and some with names that slugs have trouble with."""

from datetime import datetime, timedelta
from typing import Any

from gateway.sandbox.chance import between, hexadecimal, pick
from gateway.sandbox.clock import Clock, microseconds
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import ACME_NKS, CREDENTIALS, MEGACORP_NKS, NORTHWIND_NKS
from gateway.sandbox.world.people import ACME, Person, person

Record = dict[str, Any]

CALLER = 5120
FOREIGN = 9
_S3 = "https://stackpoint_production.s3.amazonaws.com/organization_logos/"

_ORGS = (
    (ACME_NKS, "Acme Corporation", "acme-corporation", "acme.png", "2017-03-14T09:12:44.120931Z"),
    (FOREIGN, "Field Office", "field-office", None, "2017-05-02T11:40:02.553120Z"),
    (NORTHWIND_NKS, "Payments Platform", "payments-platform", "payments.png", "2018-10-09T05:43:20.563878Z"),
    (MEGACORP_NKS, "Megacorp International", "megacorp-international", None, "2018-10-21T16:02:11.400120Z"),
    (4107, "Blue Heron", "blue-heron", None, "2019-01-14T09:21:40.118203Z"),
    (4120, "🛰️🌍", "", None, "2019-02-20T20:15:09.771024Z"),
    (4133, "Shy Bonus", "shy-bonus", "shy.png", "2019-03-01T07:30:55.002113Z"),
    (4134, "Shy Bonus", "shy-bonus-1", None, "2019-03-01T07:31:20.918277Z"),
    (4150, "Größe & Söhne", "groe-sohne", None, "2019-05-17T13:44:31.645500Z"),
    (4188, "edge_lab 7", "edge_lab-7", None, "2019-08-29T22:10:00.000404Z"),
)
_OTHER_ROLES = ("admin", "member", "member", "observer")


def build(store: Store, clock: Clock) -> None:
    """Put NKS's data into the store."""
    now = clock.now()
    firsts = {"org": 4212, "member": 6100, "user": 5300, "invite": 2310, "team": 830, "teamMember": 9100}
    for name, first in {**firsts, "workspace": 1500, "subscription": 3000}.items():
        store.start_number(f"nks.{name}", first)
    store.put("nks.token", CREDENTIALS.nks, {"user": CALLER})
    mara = _mara(store)
    for pk, name, slug, logo, created in _ORGS:
        org = {
            "pk": pk,
            "name": name,
            "slug": slug,
            "logo": logo and f"{_S3}{logo}",
            "enable_experimental_features": False,
            "created": created,
            "updated": microseconds(now - timedelta(days=between(3, 300, pk, "updated"))),
        }
        store.put("nks.org", str(pk), org)
        _people(store, pk, mara, created)
        members = [member["user"] for member in store.all("nks.member", str(pk))]
        _rooms(store, pk, created, members)
    _invoices(store, now)


def _people(store: Store, pk: int, mara: Record, created: str) -> None:
    if pk == NORTHWIND_NKS:
        _member(store, pk, mara, "owner", created, number=6011, default=True)
        joined = "2019-02-01T18:01:29.685916Z"
        tjansen = _account(store, 5177, "tjansen", Person("", "", "tjansen@bluefin.example"), joined)
        _subscribe(store, 5177, 2977, "SPC-0JW4B81T", "trial")
        _member(store, pk, tjansen, "member", "2019-03-15T11:40:08.090411Z", number=6044)
        return
    _member(store, pk, mara, "member" if pk == FOREIGN else "owner", created)
    if pk == ACME_NKS:
        others = [(ACME[0], "owner"), (ACME[1], "admin"), (ACME[2], "member"), (ACME[3], "member")]
        others += [(ACME[5], "observer"), (Person("Dev", "Anand", "dev.anand@acme.example"), "admin")]
    elif pk == MEGACORP_NKS:
        others = [(person("megacorp.example", at), pick(_OTHER_ROLES, pk, at)) for at in range(6)]
    else:
        people = [person(f"tenant-{pk}.example", at) for at in range(between(1, 5, pk, "size"))]
        others = [(who, pick(_OTHER_ROLES, pk, at)) for at, who in enumerate(people)]
        if pk == FOREIGN:
            others.append((person("tenant-9.example", 9), "owner"))
    for who, role in others:
        number = store.next_number("nks.user")
        username = f"{who.first[:1]}{who.last}".lower().replace("'", "")
        user = _account(store, number, f"{username}{number}", who, created)
        key = store.next_number("nks.subscription")
        _subscribe(store, number, key, f"SPC-{hexadecimal(8, 'subscription', number).upper()}", "active")
        _member(store, pk, user, role, created)


def _mara(store: Store) -> Record:
    mara = Person("Mara", "Lopez", "mlopez@bluefin.example")
    _subscribe(store, CALLER, 2903, "SPC-R7K2M9QX", "active")
    return _account(store, CALLER, "mlopez", mara, "2018-10-09T05:43:20.411872Z")


def _account(store: Store, pk: int, username: str, who: Person, joined: str) -> Record:
    user = {
        "pk": pk,
        "username": username,
        "email": who.email,
        "first_name": who.first,
        "last_name": who.last,
        "full_name": f"{who.first} {who.last}".strip(),
        "date_joined": joined,
    }
    store.put("nks.user", str(pk), user)
    return user


def _subscribe(store: Store, user: int, pk: int, internal: str, state: str) -> None:
    record = {
        "pk": pk,
        "internal_id": internal,
        "user": user,
        "state": state,
        "access_plan": "metered-monthly",
        "support_plan": "",
        "is_metered": True,
        "is_active": True,
        "is_exempt": False,
        "account_balance": {"total_due": 0, "payment_required": False},
        **dict.fromkeys(("customer_id", "subscription_id", "source_id", "access_item_id", "support_item_id"), ""),
        "suspension_reason": "",
        "billing_contact": {},
        "invoice_data": {},
        "trial_end": "2019-02-08T09:21:40.118203Z",
        "is_grand_fathered": False,
        "billing_method": "send_invoice",
        "created": "2019-01-14T09:21:40.118203Z",
        "updated": "2019-06-01T01:00:00.310167Z",
        "is_trial_active": False,
        "cluster_count": 3,
        "node_count": 11,
        "trial_time_left": "0\u00a0minutes",
        "twitter_handle": "",
        "customer": {},
        "covered_orgs": [NORTHWIND_NKS],
        "is_auto_charge": False,
    }
    store.put("nks.subscription", str(user), record)


def _member(  # noqa: PLR0913 - two of them are the fixed numbers of a few memberships
    store: Store, org: int, user: Record, role: str, created: str, *, number: int = 0, default: bool = False
) -> None:
    pk = number or store.next_number("nks.member")
    subscription = store.get("nks.subscription", str(user["pk"])) or {}
    short = list(subscription.items())[:10]
    member = {
        "pk": pk,
        "user": user,
        "org": org,
        "role": role,
        "is_owner": role == "owner",
        "is_manager": role in ("owner", "admin"),
        "is_billing_manager": False,
        "subscription": dict(short),
        "is_default": default,
        "created": created,
    }
    store.put("nks.member", str(pk), member, str(org))


def _rooms(store: Store, org: int, created: str, users: list[Record]) -> None:
    """The team and the workspace that every organization begins with."""
    team = 812 if org == NORTHWIND_NKS else store.next_number("nks.firstTeam")
    owners = users[:1] if org == NORTHWIND_NKS else users
    memberships = [
        {"pk": store.next_number("nks.teamMember"), "user": user, "team": team, "created": created} for user in owners
    ]
    everyone = {"pk": team, "name": "Everyone", "slug": "everyone", "org": org, "is_org_wide": True, "created": created}
    store.put("nks.team", str(team), {**everyone, "memberships": memberships}, str(org))
    pk = store.next_number("nks.workspace")
    workspace = {"pk": pk, "name": "Default", "slug": "default", "org": org, "is_default": True, "created": created}
    lists: Record = {"clusters": [], "user_solutions": [], "team_workspaces": []}
    store.put("nks.workspace", str(pk), {**workspace, **lists}, str(org))


def _invoices(store: Store, now: datetime) -> None:
    """A year of them; the newest is for last month, open, and has pk 740."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(microseconds=1)
    for back in range(12):
        start = end.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        pk = 740 - back
        state = "open" if back == 0 else "void" if back == 7 else "paid"  # noqa: PLR2004 - one of twelve is void
        invoice = {
            "pk": pk,
            "identifier": f"NKS-{hexadecimal(10, 'invoice', pk).upper()}",
            "org": NORTHWIND_NKS,
            "org_name": "Payments Platform",
            "is_oem": False,
            "billing_method": "send_invoice",
            "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end_time": microseconds(end),
            "state": state,
            "status_display": state.capitalize(),
            "amount_due": between(9_000, 24_000, "invoice", pk) / 100,
            "created": microseconds(end + timedelta(hours=1, microseconds=256_133)),
            "line_items": [],
            "billing_period": end.strftime("%B %Y"),
            "is_payable": state == "open",
            "is_auto_charge": False,
        }
        store.put("nks.invoice", str(pk), invoice, str(CALLER))
        end = start - timedelta(microseconds=1)
