"""Writes from the client's side: a gateway whose ledger outlives it, and a change of each kind at each upstream."""

import asyncio
import base64
import json
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType
from starlette.types import Receive, Scope, Send

from gateway.app import Gateway
from gateway.ledger.entries import Entry
from gateway.sandbox.faults import Fault
from gateway.sandbox.serve import Sandbox
from gateway.sandbox.store import Store
from gateway.settings import Settings
from resolvers.identity import Upstream, encode
from resolvers.schema import graphql_schema
from resolvers.uploads import UploadedFile

LOSANT = "575ed6e87ae143cd83dc4aa8"
NORTHWIND = "5f3c1a7be4b0c91d2f6a8b01"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)


def selection(kind: Any) -> str:
    """Every scalar of a type of the graph and of the objects in it; of an organization, what identifies it."""
    if kind.name == "Organization":
        return "{ id key }"
    parts = []
    for name, field in kind.fields.items():
        inner = field.type
        while isinstance(inner, GraphQLNonNull | GraphQLList):
            inner = inner.of_type
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            parts.append(name)
        elif isinstance(inner, GraphQLObjectType):
            parts.append(f"{name} {selection(inner)}")
    return "{ " + " ".join(parts) + " }"


def document(mutation: str) -> str:
    """A mutation that selects all that its payload has to say."""
    assert graphql_schema.mutation_type
    field = graphql_schema.mutation_type.fields[mutation]
    given = field.args["input"].type
    payload = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return f"mutation M($input: {given}) {{ {mutation}(input: $input) {selection(payload)} }}"


@dataclass(frozen=True)
class Change:
    """One change that an upstream takes.

    Attributes:
        operation: The upstream's word, and its own name of the operation.
        mutation: The field that makes it.
        input: The input; what depends on the stand-in's data is looked up there.
        made: Whether the stand-in's data, compared with those before, show it.
    """

    operation: str
    mutation: str
    input: Callable[[Store], dict[str, Any]]
    made: Callable[[Store, Store], bool]

    @property
    def upstream(self) -> Upstream:
        return Upstream(self.operation.partition(" ")[0])

    def __str__(self) -> str:
        return self.operation.replace(" ", "-")


def losant_member(store: Store) -> str:
    return next(str(each["userId"]) for each in store.all("losant.member", LOSANT) if each["role"] == "edit")


def nks_member(store: Store) -> str:
    return next(str(each["pk"]) for each in store.all("nks.member", "2") if each["role"] == "member")


def clickhouse_member(store: Store) -> str:
    members = store.all("clickhouse.member", CLICKHOUSE)
    return next(str(each["userId"]) for each in members if each["email"] == "bo@acme.example")


def emails(store: Store, kind: str, parent: str) -> list[str]:
    return [each["email"] for each in store.all(kind, parent)]


def invite(upstream: str, role: str) -> Callable[[Store], dict[str, Any]]:
    return lambda _: {
        "organizationId": "acme",
        "upstream": upstream,
        "email": "new@acme.example",
        "role": role,
    }


def rename(upstream: str) -> Callable[[Store], dict[str, Any]]:
    return lambda _: {"organizationId": "acme", "name": "Heron", "upstreams": [upstream]}


def named(kind: str, native_id: str) -> Callable[[Store, Store], bool]:
    return lambda _, now: (now.get(kind, native_id) or {}).get("name") == "Heron"


CHANGES = [
    Change(
        "losant orgs.post",
        "createOrganization",
        lambda _: {"upstream": "LOSANT", "name": "Heron", "description": "Just made"},
        lambda _, now: any(each["name"] == "Heron" for each in now.all("losant.org")),
    ),
    Change("losant org.patch", "updateOrganization", rename("LOSANT"), named("losant.org", LOSANT)),
    Change(
        "losant org.delete",
        "deleteOrganization",
        lambda store: {
            "organizationId": "northwind",
            "upstream": "LOSANT",
            "confirmName": (store.get("losant.org", NORTHWIND) or {})["name"],
        },
        lambda _, now: now.get("losant.org", NORTHWIND) is None,
    ),
    Change(
        "losant org.inviteMember",
        "inviteMember",
        lambda store: (
            invite("LOSANT", "COLLABORATOR")(store)
            | {"resourceRoles": [{"resourceKind": "DASHBOARD", "resourceId": "a" * 24, "role": "VIEWER"}]}
        ),
        lambda _, now: "new@acme.example" in emails(now, "losant.invite", LOSANT),
    ),
    Change(
        "losant org.revokeInvite",
        "revokeInvitation",
        lambda store: {
            "invitationId": encode("Invitation", "losant", LOSANT, store.all("losant.invite", LOSANT)[0]["id"])
        },
        lambda before, now: now.get("losant.invite", before.all("losant.invite", LOSANT)[0]["id"], LOSANT) is None,
    ),
    Change(
        "losant org.modifyMember",
        "modifyMember",
        lambda store: {
            "memberId": encode("Member", "losant", LOSANT, losant_member(store)),
            "role": "VIEWER",
            "resourceRoles": [{"resourceKind": "APPLICATION", "resourceId": "b" * 24, "role": "COLLABORATOR"}],
        },
        lambda before, now: (now.get("losant.member", losant_member(before), LOSANT) or {})["role"] == "view",
    ),
    Change(
        "losant org.removeMember",
        "removeMember",
        lambda store: {"memberId": encode("Member", "losant", LOSANT, losant_member(store))},
        lambda before, now: now.get("losant.member", losant_member(before), LOSANT) is None,
    ),
    Change(
        "losant org.transferResources",
        "transferResources",
        lambda store: {
            "organizationId": "acme",
            "destination": {"organizationId": "northwind"},
            "applicationIds": [store.all("losant.application", LOSANT)[0]["id"]],
        },
        lambda before, now: (
            now.get("losant.application", before.all("losant.application", LOSANT)[0]["id"], NORTHWIND) is not None
        ),
    ),
    Change(
        "nks orgs.create",
        "createOrganization",
        lambda _: {"upstream": "NKS", "name": "Heron"},
        lambda _, now: any(each["name"] == "Heron" for each in now.all("nks.org")),
    ),
    Change("nks orgs.update", "updateOrganization", rename("NKS"), named("nks.org", "2")),
    Change(
        "nks orgs.update logo",
        "updateOrganizationLogo",
        lambda _: {"organizationId": "acme", "logo": UploadedFile("heron.png", PIXEL)},
        lambda _, now: str((now.get("nks.org", "2") or {})["logo"]).endswith("heron.png"),
    ),
    Change(
        "nks members.delete",
        "removeMember",
        lambda store: {"memberId": encode("Member", "nks", "2", nks_member(store))},
        lambda before, now: now.get("nks.member", nks_member(before), "2") is None,
    ),
    Change(
        "nks invites.create",
        "inviteMember",
        invite("NKS", "MEMBER"),
        lambda _, now: "new@acme.example" in emails(now, "nks.invite", "2"),
    ),
    Change("locktera org.patch", "updateOrganization", rename("LOCKTERA"), named("locktera.org", "org-123")),
    Change(
        "locktera org.delete",
        "deleteOrganization",
        lambda store: {
            "organizationId": "acme",
            "upstream": "LOCKTERA",
            "confirmName": (store.get("locktera.org", "org-123") or {})["name"],
        },
        lambda _, now: now.get("locktera.org", "org-123") is None,
    ),
    Change(
        "locktera customizations.put",
        "updateCustomizations",
        lambda _: {
            "organizationId": "acme",
            "values": {"theme": "dark", "logo_url": "https://a.example/l.png", "n": 1},
        },
        lambda _, now: "n" in (now.get("locktera.org", "org-123") or {})["customizations"],
    ),
    Change(
        "clickhouse organization.update",
        "updateOrganization",
        rename("CLICKHOUSE"),
        named("clickhouse.organization", CLICKHOUSE),
    ),
    Change(
        "clickhouse organization.update privateEndpoints",
        "updatePrivateEndpoints",
        lambda _: {
            "organizationId": "acme",
            "add": [{"id": "vpce-new", "cloudProvider": "aws", "region": "us-east-1", "description": "new"}],
        },
        lambda _, now: any(
            each["id"] == "vpce-new"
            for each in (now.get("clickhouse.organization", CLICKHOUSE) or {})["privateEndpoints"]
        ),
    ),
    Change(
        "clickhouse invitations.create",
        "inviteMember",
        invite("CLICKHOUSE", "MEMBER"),
        lambda _, now: "new@acme.example" in emails(now, "clickhouse.invitation", CLICKHOUSE),
    ),
    Change(
        "clickhouse invitations.delete",
        "revokeInvitation",
        lambda store: {
            "invitationId": encode(
                "Invitation", "clickhouse", CLICKHOUSE, store.all("clickhouse.invitation", CLICKHOUSE)[0]["id"]
            )
        },
        lambda before, now: (
            now.get("clickhouse.invitation", before.all("clickhouse.invitation", CLICKHOUSE)[0]["id"], CLICKHOUSE)
            is None
        ),
    ),
    Change(
        "clickhouse members.update",
        "modifyMember",
        lambda store: {
            "memberId": encode("Member", "clickhouse", CLICKHOUSE, clickhouse_member(store)),
            "role": "BILLING",
        },
        lambda before, now: (
            now.get("clickhouse.member", clickhouse_member(before), CLICKHOUSE)
            != before.get("clickhouse.member", clickhouse_member(before), CLICKHOUSE)
        ),
    ),
    Change(
        "clickhouse members.delete",
        "removeMember",
        lambda store: {"memberId": encode("Member", "clickhouse", CLICKHOUSE, clickhouse_member(store))},
        lambda before, now: now.get("clickhouse.member", clickhouse_member(before), CLICKHOUSE) is None,
    ),
]


class Substitute:
    """A stand-in that gives one answer to all that would change something, as long as there is one to give.

    Attributes:
        answer: Status, headers, body; None leaves all to the stand-in.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self.state = application.state
        self.answer: tuple[int, dict[str, str], bytes] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.answer is None or scope["method"] == "GET":
            await self._application(scope, receive, send)
            return
        status, headers, body = self.answer
        self.state.faults.requests.append({"method": scope["method"], "path": scope["path"]})
        while (await receive()).get("more_body"):
            pass
        length = {} if status == 204 else {"content-length": str(len(body))}
        pairs = [(name.encode(), value.encode()) for name, value in (headers | length).items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


class Site:
    """A gateway before stand-ins of the test's own, with its ledger in a folder.

    Attributes:
        sandbox: The stand-ins.
        before: Their data as they were at first.
        gateway: The gateway; another one after `reopen`.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, *, sockets: bool) -> None:
        self.sandbox = sandbox
        self.before = sandbox.store.copy()
        self._folder = folder
        self._sockets = sockets
        self.gateway: Gateway
        self._client: httpx.AsyncClient

    def open(self, toml: str = "") -> None:
        """Starts the gateway, with settings in the place of the sandbox's own tables of the same name."""
        values = tomllib.loads(self.sandbox.settings_toml())
        for name, table in tomllib.loads(toml).items():
            known = values.setdefault(name, {})
            for key, value in table.items():
                known[key] = known[key] | value if isinstance(known.get(key), dict) else value
        values["server"] = {"state_dir": str(self._folder)}
        transports = {
            Upstream(name): httpx.ASGITransport(application) for name, application in self.sandbox.applications.items()
        }
        self.gateway = Gateway(Settings.model_validate(values), None if self._sockets else transports)
        transport = httpx.ASGITransport(self.gateway)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=30)

    async def reopen(self, toml: str = "") -> None:
        """Ends the gateway and starts another on the same folder."""
        await self.end()
        self.open(toml)

    async def end(self) -> None:
        await self._client.aclose()
        await self.gateway.close()

    async def send(self, mutation: str, given: dict[str, Any], key: str | None = None, **headers: str) -> Any:
        """The payload of a mutation, which must come without an error.

        Args:
            mutation: Its field.
            given: Its input.
            key: Its `clientMutationId`.
            headers: Of the request; `_` stands for `-`.
        """
        files: list[tuple[str, tuple[str, bytes]]] = []
        plain = dict(given) | ({"clientMutationId": key} if key is not None else {})
        if isinstance(file := plain.get("logo"), UploadedFile):
            files = [("0", (file.name, file.content))]
            plain["logo"] = None
        operation = {"query": document(mutation), "variables": {"input": plain}}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if files:
            fields = {"operations": json.dumps(operation), "map": json.dumps({"0": ["variables.input.logo"]})}
            sent["GraphQL-Preflight"] = "1"
            response = await self._client.post("/graphql", data=fields, files=files, headers=sent)
        else:
            response = await self._client.post("/graphql", json=operation, headers=sent)
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"][mutation]

    async def make(self, change: Change, key: str | None = None) -> Any:
        """The payload of a change."""
        return await self.send(change.mutation, change.input(self.before), key)

    async def post(self, query: str, **headers: str) -> Any:
        """The answer to an operation."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await self._client.post("/graphql", json={"query": query}, headers=sent)).json()

    def fault(self, upstream: Upstream, **members: Any) -> None:
        """Lets a fault strike."""
        self.sandbox.applications[upstream.word].state.faults.add(Fault(**members))

    def repair(self) -> None:
        """Takes all faults and answers back."""
        for application in self.sandbox.applications.values():
            application.state.faults.clear()
            if isinstance(application, Substitute):
                application.answer = None

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until something is so; gives up after 5 s."""
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("It never was so.")

    @property
    def sent(self) -> list[str]:
        """What was sent to change something, as `upstream METHOD path`."""
        return [
            f"{name} {request['method']} {request['path']}"
            for name, application in self.sandbox.applications.items()
            for request in application.state.faults.requests
            if request["method"] != "GET"
        ]

    @property
    def entries(self) -> dict[str, Entry]:
        """The ledger, by key."""
        return {entry.key: entry for entry in self.gateway._ledger.store.entries()}  # noqa: SLF001  its own test

    async def close(self) -> None:
        await self.end()
        self.before.close()


@pytest.fixture
def sandbox(untouched_sandbox: Sandbox) -> Iterator[Sandbox]:
    """Stand-ins of the test's own."""
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    yield sandbox
    sandbox.store.close()


@pytest.fixture
async def site(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Site]:
    """In this process, without a socket."""
    site = Site(sandbox, tmp_path, sockets=False)
    site.open()
    yield site
    await site.close()


QUICK = """
[upstream_defaults]
attempt_seconds = 1.0
write_deadline_seconds = 1.0
"""


@pytest.fixture
async def wired(untouched_sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Site]:
    """Over sockets, with a gateway that has little patience."""
    async with Sandbox(store=untouched_sandbox.store.copy()) as sandbox:
        site = Site(sandbox, tmp_path, sockets=True)
        site.open(QUICK)
        yield site
        await site.close()


@pytest.fixture
async def substituted(untouched_sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Site]:
    """Over sockets, before stand-ins whose answers the test may choose."""
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    applications: dict[str, Any] = sandbox.applications
    applications.update({name: Substitute(application) for name, application in applications.items()})
    async with sandbox:
        site = Site(sandbox, tmp_path, sockets=True)
        site.open()
        yield site
        await site.close()


@pytest.fixture(params=CHANGES, ids=str)
def change(request: pytest.FixtureRequest) -> Change:
    """Each change that any upstream takes."""
    changed: Change = request.param
    return changed


@pytest.fixture
def changes() -> list[Change]:
    """All of them."""
    return CHANGES


RENAMES = [each for each in CHANGES if each.mutation == "updateOrganization"]


@pytest.fixture(params=RENAMES, ids=lambda each: each.upstream.word)
def renaming(request: pytest.FixtureRequest) -> Change:
    """The same change at each of the four."""
    changed: Change = request.param
    return changed


@pytest.fixture(scope="module")
async def reading_site(untouched_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Shared by tests whose writes are all refused by the gateway."""
    site = Site(untouched_sandbox, tmp_path_factory.mktemp("state"), sockets=False)
    site.open()
    yield site
    await site.close()


@pytest.fixture
def make_site() -> type[Site]:
    """Sites of the test's own making."""
    return Site
