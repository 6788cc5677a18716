"""Changes whose answer makes no sense: sent once, and of unknown outcome; nothing but a failure is ever raised."""

import json
import tomllib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import strawberry

from gateway.callers.credentials import Credentials
from gateway.ledger.journal import Journal, Ledger
from gateway.settings import Settings
from gateway.upstreams import ADAPTERS, Adapter, Line
from gateway.wire.transport import HttpxTransport
from resolvers.capabilities import Serves
from resolvers.customizations import CustomizationsMode, UpdatesCustomizations
from resolvers.errors import Failure, OutcomeUnknown, UpstreamUnavailable
from resolvers.identity import Upstream
from resolvers.invitations import InvitesMembers, RevokesInvitations
from resolvers.lifetimes import CreatesOrganizations, DeletesOrganizations
from resolvers.members import ModifiesMembers, RemovesMembers
from resolvers.networking import PrivateEndpointInput, UpdatesPrivateEndpoints
from resolvers.organization_changes import (
    UpdateOrganizationInput,
    UpdateOrganizationPayload,
    UpdatesLogos,
    UpdatesOrganizations,
)
from resolvers.roles import Grant, Role
from resolvers.transfers import TransfersResources
from resolvers.uploads import UploadedFile

pytestmark = pytest.mark.anyio

SOMEBODY = {
    Upstream.LOSANT: "a" * 24,
    Upstream.NKS: "6011",
    Upstream.CLICKHOUSE: "11111111-2222-4333-8444-555555555555",
}
ENDPOINT = PrivateEndpointInput(id="vpce-1", cloud_provider="aws", region="us-east-1")


def grant(adapter: Any) -> Grant:
    """A role that the upstream can give without a look at its catalogue."""
    if adapter.upstream is Upstream.CLICKHOUSE:
        return Grant(None, [SOMEBODY[Upstream.CLICKHOUSE]], None)
    return Grant(Role.ADMIN, None, None)


Change = Callable[[Any, str], Awaitable[object]]
CHANGES: dict[type[Serves], Change] = {
    CreatesOrganizations: lambda it, _: it.create_organization("New", None),
    UpdatesOrganizations: lambda it, native_id: it.update_organization(native_id, "New", None),
    UpdatesLogos: lambda it, native_id: it.update_logo(native_id, UploadedFile("a.png", b"x"), "image/png"),
    DeletesOrganizations: lambda it, native_id: it.delete_organization(native_id),
    ModifiesMembers: lambda it, native_id: it.modify_member(native_id, SOMEBODY[it.upstream], grant(it)),
    RemovesMembers: lambda it, native_id: it.remove_member(native_id, SOMEBODY[it.upstream]),
    InvitesMembers: lambda it, native_id: it.invite_member(native_id, "new@acme.example", grant(it)),
    RevokesInvitations: lambda it, native_id: it.revoke_invitation(native_id, SOMEBODY[it.upstream]),
    UpdatesPrivateEndpoints: lambda it, native_id: it.update_private_endpoints(native_id, [ENDPOINT], []),
    UpdatesCustomizations: lambda it, native_id: it.update_customizations(
        native_id, {"theme": "dark"}, CustomizationsMode.REPLACE
    ),
    TransfersResources: lambda it, native_id: it.transfer_resources(
        native_id, "b" * 24, to_user=True, applications=["c" * 24], dashboards=[], strict=None
    ),
}
"""One change per capability."""

CLAIMS = [
    pytest.param(adapter, kind, id=f"{adapter.__name__}-{kind.__name__}")
    for adapter in ADAPTERS
    for kind in adapter.__mro__
    if any(not word.name.startswith(("READ_", "LIST_")) for word in vars(kind).get("grants", ()))
]
ODD = [
    b"",
    b"null",
    b"{}",
    b"[]",
    b"[null, 5, {}]",
    b'{"result": null}',
    b'{"result": []}',
    b'{"result": {"id": 5, "email": null}}',
    b'{"success": "yes"}',
    b'{"success": false}',
    b'{"id": null, "members": {}, "pk": "x", "theme": NaN}',
    b'{"message": 5, "detail": {"a": NaN}, "error": [1]}',
    b'[{"pk": 1, "name": "\\ud800", "email": "\\ud800"}]',
    b'[{"id": "a", "email": "new@acme.example", "ttl": 1e300, "inviteDate": "2025-06-01T00:00:00Z"}]',
    b"<html>",
    b"\xff\xfe",
    b'{"\xff": 1}',
    b'{"message": "\xff", "success": "\xff", "error": "\xff"}',
    b"[" * 100_000,
]


class Answering(httpx.AsyncBaseTransport):
    """Gives one answer to every request, and counts those that change something."""

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body
        self.changes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.changes += request.method != "GET"
        return httpx.Response(self._status, stream=httpx.ByteStream(self._body))


async def outcome(adapter: type[Adapter], kind: type[Serves], native_id: str, transport: Answering, settings) -> object:
    """How the change ends within a mutation: with what it gives, or its failure."""
    wire = HttpxTransport(
        "http://stand-in", connect_seconds=1, attempt_seconds=1, connections=1, maximum_bytes=10**6, transport=transport
    )
    journal = Journal(Ledger(None), "tester", None)
    line = Line(wire, settings.upstreams.named(adapter.upstream.word))
    ended: list[object] = []

    async def act() -> UpdateOrganizationPayload:
        try:
            ended.append(await CHANGES[kind](adapter(line, journal, Credentials({}, ()).authorization), native_id))
        except Failure as failure:
            ended.append(failure)
        return UpdateOrganizationPayload()

    given = UpdateOrganizationInput(organization_id=strawberry.ID("acme"))
    await journal.once("updateOrganization", "updateOrganization", given, UpdateOrganizationPayload, act)
    return ended[0]


@pytest.fixture
def settings(untouched_sandbox) -> Settings:
    return Settings.model_validate(tomllib.loads(untouched_sandbox.settings_toml()))


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
async def test_whatever_is_answered_nothing_but_a_failure_is_raised(
    settings, acme, adapter: type[Adapter], kind: type[Serves]
) -> None:
    assert kind in CHANGES, f"say here how {kind.__name__} is asked for"
    for status in (200, 204, 400, 404, 409):
        for body in ODD:
            transport = Answering(status, body)
            ended = await outcome(adapter, kind, acme[adapter.upstream], transport, settings)
            assert transport.changes == 1
            if isinstance(ended, Failure):
                assert ended.upstream is adapter.upstream
                assert len(ended.message) < 300
            else:
                assert status < 300


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(200, b"<html>", OutcomeUnknown), (302, b"", OutcomeUnknown), (503, b"", UpstreamUnavailable)],
)
async def test_a_change_is_sent_once_and_its_outcome_is_known_or_said_to_be_unknown(
    settings, acme, adapter: type[Adapter], kind: type[Serves], status: int, body: bytes, expected: type[Failure]
) -> None:
    transport = Answering(status, body)
    ended = await outcome(adapter, kind, acme[adapter.upstream], transport, settings)
    assert transport.changes == 1
    assert type(ended) is expected


INVITED = {"email": "New@acme.example", "role": "admin"}
LISTED = [
    INVITED | {"id": "expired", "inviteDate": "2025-06-09T00:00:00Z", "hasExpired": True},
    INVITED | {"id": "old", "inviteDate": "2025-06-01T00:00:00Z"},
    INVITED | {"id": "another", "email": "other@acme.example", "inviteDate": "2025-06-08T00:00:00Z"},
]


@pytest.mark.parametrize(
    ("newest", "chosen"),
    [
        ([INVITED | {"id": "new", "inviteDate": "2025-06-02T00:00:00Z"}], "new"),
        ([{"id": 5}, None], "old"),
        ([INVITED | {"id": "new", "inviteDate": "2025-06-02T00:00:00Z", "applicationRoles": 5}], None),
    ],
)
async def test_the_newest_open_invitation_of_the_address_is_the_one_that_was_sent(
    settings, acme, newest, chosen
) -> None:
    losant = next(each for each in ADAPTERS if each.upstream is Upstream.LOSANT)
    transport = Answering(200, json.dumps(LISTED + newest).encode())
    ended: Any = await outcome(losant, InvitesMembers, acme[Upstream.LOSANT], transport, settings)
    if chosen is None:
        assert isinstance(ended, OutcomeUnknown)
    else:
        assert ended.native_id == chosen
