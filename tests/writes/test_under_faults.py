"""A thousand writes on a bad day: none is made twice, no answer is untrue, no key is lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.serve import Sandbox
from resolvers.identity import encode

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
AT_ONCE = 16
QUICK = """
[upstream_defaults]
write_deadline_seconds = 3.0
"""


class Moody:
    """A stand-in that lets a fault strike every other write, and keeps what it was sent.

    Attributes:
        told: The requests that change something: path, query and body in one.
        good: Lets no fault strike any more.
    """

    def __init__(self, application: Any, chance: random.Random) -> None:
        self._application = application
        self._chance = chance
        self.state = application.state
        self.told: list[str] = []
        self.good = False

    async def __call__(self, scope, receive, send):
        if scope["method"] == "GET":
            await self._application(scope, receive, send)
            return
        first = await receive()
        body = first["body"]
        while first.get("more_body"):
            first = await receive()
            body += first["body"]
        self.told.append(f"{scope['path']}?{scope['query_string'].decode()} {body.decode()}")
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def again():
            return given.pop() if given else await receive()

        faults = [] if self.good else self._draw(scope["method"])
        self.state.faults.active[:0] = faults
        running = self._application(scope, again, send)
        try:
            await running
        finally:
            for each in faults:
                self.state.faults.active.remove(each)

    def _draw(self, method: str) -> list[Fault]:
        kind = self._chance.choices(
            ["none", "latency", "unavailable", "throttled", "refused", "reset", "cut", "garbage", "late"],
            [40, 15, 8, 7, 5, 8, 8, 8, 1],
        )[0]
        if kind == "late" and method == "PATCH":
            kind = "none"  # it would change a name that the next write has changed meanwhile
        small = self._chance.uniform(0.001, 0.03)
        drawn = {
            "none": [],
            "latency": [Fault("latency", seconds=small)],
            "unavailable": [Fault("status", status=503)],
            "throttled": [Fault("status", status=429, headers={"Retry-After": "0.05"})],
            "refused": [Fault("status", status=403)],
            "late": [Fault("latency", seconds=4.0)],
        }
        faults = drawn[kind] if kind in drawn else [Fault(kind)]
        return [Fault(**{**vars(each), "times": 1}) for each in faults]


@dataclass
class Write:
    """One write.

    Attributes:
        key: Its idempotency key.
        marker: What stands in its request and in no other's.
        mutation: The field.
        given: The input.
        holds: Whether the stand-ins' data show it.
        alone: Of those with the same name, one at a time: they change the same value.
    """

    key: str
    marker: str
    mutation: str
    given: dict[str, Any]
    holds: Callable[[Any], bool]
    alone: str = ""
    answers: list[Any] = field(default_factory=list)


def writes(store) -> list[Write]:
    """A thousand, of all kinds; whom they remove is put into the store."""
    made: list[Write] = []

    def add(marker, mutation, given, holds, alone=""):
        made.append(Write(f"key-{len(made)}", marker, mutation, given, holds, alone))

    record = store.get("losant.org", LOSANT)
    store.put("losant.org", LOSANT, record | {"limits": record["limits"] | {"member": 10_000}})
    guest = next(each for each in store.all("losant.member", LOSANT) if each["role"] == "edit")
    colleague = next(each for each in store.all("nks.member", "2") if each["role"] == "member")
    employee = store.all("clickhouse.member", CLICKHOUSE)[-1]
    role = next(each["id"] for each in store.all("clickhouse.role", CLICKHOUSE) if each["name"] == "Member")
    for number in range(100):
        user = f"{number:024x}"
        store.put("losant.member", user, guest | {"userId": user, "email": f"g{number}@acme.example"}, LOSANT)
        add(
            f"userId={user}",
            "removeMember",
            {"memberId": encode("Member", "losant", LOSANT, user)},
            lambda store, user=user: store.get("losant.member", user, LOSANT) is None,
        )
        pk = 900_000 + number
        store.put("nks.member", str(pk), colleague | {"pk": pk}, "2")
        add(
            f"/members/{pk}",
            "removeMember",
            {"memberId": encode("Member", "nks", "2", str(pk))},
            lambda store, pk=pk: store.get("nks.member", str(pk), "2") is None,
        )
        employed = f"employee-{number:04}"
        store.put("clickhouse.member", employed, employee | {"userId": employed}, CLICKHOUSE)
        add(
            f"/members/{employed}",
            "removeMember",
            {"memberId": encode("Member", "clickhouse", CLICKHOUSE, employed)},
            lambda store, employed=employed: store.get("clickhouse.member", employed, CLICKHOUSE) is None,
        )
    for number in range(100):
        for upstream, kind, parent, grant in (
            ("losant", "losant.invite", LOSANT, {"role": "VIEWER"}),
            ("nks", "nks.invite", "2", {"role": "MEMBER"}),
            ("clickhouse", "clickhouse.invitation", CLICKHOUSE, {"roleIds": [role]}),
        ):
            email = f"{upstream}.{number:04}@new.example"
            add(
                email,
                "inviteMember",
                {"organizationId": "acme", "upstream": upstream.upper(), "email": email} | grant,
                lambda store, kind=kind, parent=parent, email=email: any(
                    each["email"] == email for each in store.all(kind, parent)
                ),
            )
        for upstream, kind, native_id in (
            ("losant", "losant.org", LOSANT),
            ("nks", "nks.org", "2"),
            ("locktera", "locktera.org", "org-123"),
            ("clickhouse", "clickhouse.organization", CLICKHOUSE),
        ):
            name = f"{upstream} name {number:04}"
            add(
                name,
                "updateOrganization",
                {"organizationId": "acme", "name": name, "upstreams": [upstream.upper()]},
                lambda store, kind=kind, native_id=native_id, name=name: store.get(kind, native_id)["name"] == name,
                alone=upstream,
            )
    return made


def seeded(name: str) -> random.Random:
    """The same draws in every run."""
    return random.Random(name)  # noqa: S311  no secret is drawn


def code(answer):
    return answer["userErrors"][0]["code"] if answer["userErrors"] else None


@pytest.fixture
async def moody(untouched_sandbox, tmp_path, make_site):
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    applications: dict[str, Any] = sandbox.applications
    applications.update({name: Moody(each, seeded(name)) for name, each in applications.items()})
    async with sandbox:
        site = make_site(sandbox, tmp_path, sockets=True)
        site.open(QUICK)
        yield site
        await site.close()


async def test_a_thousand_writes_under_faults(moody):
    site, store = moody, moody.sandbox.store
    todo = writes(store)
    assert len(todo) == 1000
    order = seeded("order").sample(todo, len(todo))
    room = asyncio.Semaphore(AT_ONCE)
    locks = {write.alone: asyncio.Lock() for write in todo if write.alone}
    untrue: list[tuple[str, Any]] = []

    async def carry_out(write):
        async with locks[write.alone] if write.alone else room:
            answer = await site.send(write.mutation, write.given, write.key)
            write.answers.append(answer)
            told = code(answer)
            if told != "OUTCOME_UNKNOWN" and write.holds(store) is not (told is None):
                untrue.append((write.key, answer))

    await asyncio.gather(*map(carry_out, order))

    assert untrue == []
    counts = Counter(code(write.answers[0]) for write in todo)
    assert set(counts) == {
        None,
        "OUTCOME_UNKNOWN",
        "UPSTREAM_UNAVAILABLE",
        "UPSTREAM_RATE_LIMITED",
        "UPSTREAM_FORBIDDEN",
    }
    assert counts[None] > 300

    def times_sent():
        text = [line for each in site.sandbox.applications.values() for line in each.told]
        return {write.key: sum(write.marker in line for line in text) for write in todo}

    sent = times_sent()
    assert {key: times for key, times in sent.items() if times > 1} == {}
    unsent = {key for key, times in sent.items() if not times}
    told = {write.key: code(write.answers[0]) for write in todo}
    assert {told[key] for key in unsent} <= {"OUTCOME_UNKNOWN", "UPSTREAM_RATE_LIMITED", "UPSTREAM_UNAVAILABLE"}

    states = {key.removeprefix("id:"): entry.state for key, entry in site.entries.items()}
    held_back = {key for key in unsent if told[key] == "UPSTREAM_UNAVAILABLE"}
    forgotten = held_back | {key for key in told if told[key] == "UPSTREAM_RATE_LIMITED"}
    assert set(states) == {write.key for write in todo} - forgotten
    assert set(states.values()) == {"done"}

    for each in site.sandbox.applications.values():
        each.good = True
    await site.reopen()

    async def repeat(write):
        async with room:
            write.answers.append(await site.send(write.mutation, write.given, write.key))

    await asyncio.gather(*map(repeat, todo))
    changed = {write.key for write in todo if write.answers[0] != write.answers[1]}
    assert changed == forgotten
    again = times_sent()
    assert {key: again[key] - sent[key] for key in again if again[key] != sent[key]} == dict.fromkeys(forgotten, 1)
    assert [code(write.answers[1]) for write in todo if write.key in forgotten] == [None] * len(forgotten)
