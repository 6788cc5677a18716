"""Ids from outside: whatever one holds, no upstream is asked at a path that its API does not have."""

import asyncio
import base64
import random
import re
import tomllib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.app import Gateway
from gateway.callers.api_keys import hashed, new_key
from gateway.sandbox.serve import Sandbox
from gateway.sandbox.world.links import LINKS
from gateway.settings import SCOPES, Settings
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

KEY = new_key()
CALLERS = (
    f'[callers]\nanonymous = []\n[[callers.api_keys]]\nname = "all"\nhash = "{hashed(KEY)}"\n'
    f'organizations = ["*"]\nscopes = {list(SCOPES)}\n'
)

MEMBERS = '{ organization(id: "acme") { members(upstreams: [%s]) { nodes { nativeId } } } }'
HEX = "[0-9a-f]{24}"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NUMBER = "[1-9][0-9]{0,17}"
WORD = "[A-Za-z0-9_-]{1,64}"
PLAIN = r"(?!\.\.?(?:/|$))[A-Za-z0-9_.|@-]{1,128}"
PATHS = {
    "organization": {
        "losant": rf"/orgs/{HEX}(?:/invites|/transferResources)?",
        "nks": rf"/orgs/{NUMBER}",
        "locktera": rf"/v1/orgs/{WORD}(?:/customizations)?",
        "clickhouse": rf"/v1/organizations/{UUID}",
    },
    "member": {
        "losant": rf"/orgs/{HEX}(?:/member)?",
        "nks": rf"/orgs/{NUMBER}/members/{NUMBER}",
        "clickhouse": rf"/v1/organizations/{UUID}/(?:roles|members/{PLAIN})",
    },
    "invitation": {
        "losant": rf"/orgs/{HEX}/invites",
        "clickhouse": rf"/v1/organizations/{UUID}/invitations/{UUID}",
    },
    "activity": {
        "losant": rf"/orgs/{HEX}/audit-logs/{HEX}",
        "locktera": rf"/v1/orgs/{WORD}/(?:access_log|children_audit)",
        "clickhouse": rf"/v1/organizations/{UUID}/activities/{PLAIN}",
    },
}
"""What a way of each kind may ask an upstream for; nothing else is in its documentation."""

QUERY_VALUE = re.compile(r"[A-Za-z0-9_.:,+-]*")

HOSTILE = [
    "",
    " ",
    ".",
    "..",
    "../",
    "../..",
    "./x",
    "x/../../me",
    "/",
    "//evil.example",
    "\\..\\..",
    "%2e%2e",
    "%2E%2E%2F",
    "..%2f",
    "%252e%252e%252f",
    "..;/",
    "..%00",
    "x?admin=true",
    "x#fragment",
    "x&y=z",
    "@evil.example",
    "http://evil.example/",
    "x\r\nHost: evil.example",
    "x\nx",
    "x\tx",
    "\x00",
    "x\x00",
    "\x7f",
    "\u2024\u2024/",
    "\uff0e\uff0e\uff0f",
    "\u202e",
    "\ufeff",
    "İ",
    "٣٤",
    "１２",
    "²",
    "0",
    "-1",
    "+1",
    "1e3",
    "1_0",
    "0x10",
    "1.0",
    "00000000000000000001",
    "9" * 18,
    "9" * 19,
    "9" * 900,
    "a" * 24,
    "A" * 24,
    "g" * 24,
    "a" * 23 + "\n",
    "a" * 25,
    "a" * 1100,
    "a" * 100_000,
    "😀" * 300,
    "null",
    "undefined",
    "*",
    "{id}",
    "${jndi:ldap://x}",
    "' OR 1=1 --",
    "<script>",
    "self",
    "me",
    "~",
    "__proto__",
    "auth0|123",
    "access_log.x",
    "children_audit.../..",
    "x@y.example",
    "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
    "2B0F6D1E-9C4A-4B77-8E21-6F5D3C9A7B10",
    "{2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10}",
    "2b0f6d1e9c4a4b778e216f5d3c9a7b10",
    "urn:uuid:2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
]


def global_id(*parts: str) -> str:
    return base64.urlsafe_b64encode(":".join(parts).encode()).rstrip(b"=").decode()


def forms(kind: str, text: str) -> Iterator[str]:
    """The ids of a kind that can be made of a text."""
    yield text
    yield global_id(kind.capitalize(), text)
    for upstream, native_id in LINKS["acme"].items():
        if kind == "organization":
            yield f"{upstream}:{text}"
            yield global_id("Organization", f"{upstream}:{text}")
        else:
            yield global_id(kind.capitalize(), upstream, str(native_id), text)
            yield global_id(kind.capitalize(), upstream, text, "1")
            yield global_id(kind.capitalize(), upstream, f"{native_id}/{text}", "a" * 24)


@pytest.fixture
def graph(written_graphs):
    return written_graphs(CALLERS)


@pytest.fixture
def door(graph, doors):
    return doors(graph.gateway)


class Site:
    """A gateway and its stand-ins in an event loop of their own, for tests that are no coroutines."""

    def __init__(self, sandbox: Sandbox, door_kind: Any) -> None:
        self.sandbox = Sandbox(store=sandbox.store.copy())
        self.loop = asyncio.Runner()
        values = tomllib.loads(self.sandbox.settings_toml()) | tomllib.loads(CALLERS)
        transports = {Upstream(name): httpx.ASGITransport(app) for name, app in self.sandbox.applications.items()}
        self.gateway = Gateway(Settings.model_validate(values), transports, on_sandbox=True)
        self.door = door_kind(self.gateway)

    def forget(self) -> None:
        for application in self.sandbox.applications.values():
            application.state.faults.requests.clear()

    async def _close(self) -> None:
        await self.door.close()
        await self.gateway.close()

    def close(self) -> None:
        self.loop.run(self._close())
        self.loop.close()
        self.sandbox.store.close()


@pytest.fixture
def site(untouched_sandbox, door_kind) -> Iterator[Site]:
    made = Site(untouched_sandbox, door_kind)
    yield made
    made.close()


def astray(graph, kind: str) -> list[str]:
    """The requests to upstreams that a way of this kind has no business to send."""
    found = []
    for name, application in graph.sandbox.applications.items():
        for request in application.state.faults.requests:
            allowed = PATHS[kind].get(name)
            values = [value for _, value in parse_qsl(request["query"], keep_blank_values=True)]
            if (
                allowed is None
                or not re.fullmatch(allowed, request["path"])
                or not all(QUERY_VALUE.fullmatch(value) for value in values)
            ):
                found.append(f"{name} {request['method']} {request['path']}?{request['query']}")
    return found


async def gone(graph, door, way, kind: str, text: str) -> list[str]:
    """What was wrong with the answer to an id, or with what it made the gateway ask."""
    graph.forget()
    answer = await door.go(way, KEY, text)
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    return astray(graph, kind) + [code for code in codes if code in {"INTERNAL", "UPSTREAM_REJECTED"}]


@pytest.mark.parametrize("kind", PATHS)
async def test_no_hostile_id_leads_astray(graph, door, ways, kind) -> None:
    reading = [way for way in ways if way.kind in (kind, "any") and not way.mutation]
    writing = [way for way in ways if way.kind == kind and way.mutation] or reading
    choose = random.Random(7).choice  # noqa: S311  it chooses, it keeps no secret
    wrong = [
        (way.place, text, found)
        for hostile in HOSTILE
        for text in forms(kind, hostile)
        for way in (choose(reading), choose(writing))
        if (found := await gone(graph, door, way, kind, text))
    ]

    assert wrong == []


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(list(PATHS)),
    text=st.one_of(
        st.text(max_size=60),
        st.from_regex(r"[./%\\?#&=:@a-f0-9-]{1,40}", fullmatch=True),
        st.builds(str.__add__, st.sampled_from([str(each) for each in LINKS["acme"].values()]), st.text(max_size=4)),
    ),
    choice=st.randoms(use_true_random=False),
)
def test_no_id_at_all_leads_astray(site, ways, kind, text, choice) -> None:
    way = choice.choice([way for way in ways if way.kind in (kind, "any")])
    made = choice.choice(list(forms(kind, text)))

    assert site.loop.run(gone(site, site.door, way, kind, made)) == []


@pytest.mark.parametrize("text", ["\ud800", "losant:\udfff", "\udc80\udc80"])
async def test_half_a_character_is_no_id(graph, door, ways, text) -> None:
    for way in ways:
        response = await door.post(way.document, {"Authorization": f"Bearer {KEY}"}, **way.variables(text))
        assert response.status_code in {200, 400}
        assert "INTERNAL" not in response.text
    assert graph.calls == []


@pytest.mark.parametrize(
    ("there", "spelled"),
    [
        (("losant", str(LINKS["acme"]["losant"])), ("losant", str(LINKS["acme"]["losant"]).upper())),
        (("nks", "2"), ("nks", "0002")),
        (("clickhouse", str(LINKS["acme"]["clickhouse"])), ("clickhouse", str(LINKS["acme"]["clickhouse"]).upper())),
    ],
)
async def test_an_id_in_another_spelling_is_asked_for_in_the_canonical_one(graph, door, there, spelled) -> None:
    document = "query($id: ID!) { node(id: $id) { id } }"
    answers, asked = [], []
    for upstream, organization in (there, spelled):
        graph.forget()
        members = await door.ask(MEMBERS % upstream.upper(), KEY)
        native_id = members["data"]["organization"]["members"]["nodes"][0]["nativeId"]
        graph.forget()
        member = global_id("Member", upstream, organization, native_id)
        answers.append((await door.ask(document, KEY, id=member))["data"])
        asked.append(graph.calls)

    assert answers[0] == answers[1] != {"node": None}
    assert asked[0] == asked[1] != []
