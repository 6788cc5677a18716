"""Every write at every upstream: the exact request, the payload, the stand-in's state, and fresh reads after it."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from resolvers.identity import encode
from resolvers.uploads import UploadedFile

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
NORTHWIND = "5f3c1a7be4b0c91d2f6a8b01"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
OK = {"userErrors": []}


def losant_member(store, role="edit", organization=LOSANT):
    return next(each for each in store.all("losant.member", organization) if each["role"] == role)


def losant_invite(store):
    return next(each for each in store.all("losant.invite", LOSANT))


def nks_member(store):
    return next(each for each in store.all("nks.member", "2") if each["role"] == "member")


def clickhouse_member(store):
    members = store.all("clickhouse.member", CLICKHOUSE)
    return next(each for each in members if each["email"] == "bo@acme.example")


def clickhouse_invitation(store):
    return store.all("clickhouse.invitation", CLICKHOUSE)[0]


def role_id(store, name):
    return next(each["id"] for each in store.all("clickhouse.role", CLICKHOUSE) if each["name"] == name)


@dataclass
class Write:
    """One row of the table. What depends on the stand-ins' data is a function of their store.

    Attributes:
        operation: Its name in the upstream's documentation.
        mutation: With `$input`.
        input: The input.
        sent: The requests that change something, each with its body.
        payload: What the mutation answers.
        reading: A query afterwards, and what it answers.
    """

    operation: str
    mutation: str
    input: Callable[[Any], dict[str, Any]]
    sent: Callable[[Any], list[tuple[str, Any]]]
    payload: Callable[[Any], Any]
    reading: tuple[str, Callable[[Any], Any]]
    variables: dict[str, Any] = field(default_factory=dict)

    def __str__(self):
        return self.operation


MODIFY = """mutation M($input: ModifyMemberInput!) { modifyMember(input: $input) {
  member { id role nativeRole assignedRoles { name } resourceRoles { resourceKind resourceId role } }
  organization { key }
  userErrors { code message field } } }"""
REMOVE = """mutation M($input: RemoveMemberInput!) { removeMember(input: $input) {
  removedMemberId organization { key } userErrors { code message field } } }"""
INVITE = """mutation M($input: InviteMemberInput!) { inviteMember(input: $input) {
  invitation { upstream email role nativeRole status } organization { key } userErrors { code message field } } }"""
REVOKE = """mutation M($input: RevokeInvitationInput!) { revokeInvitation(input: $input) {
  revokedInvitationId organization { key } userErrors { code message field } } }"""
UPDATE = """mutation M($input: UpdateOrganizationInput!) { updateOrganization(input: $input) {
  organization { key links { upstream name } } results { upstream ok problem { code } }
  userErrors { code message field } } }"""
CREATE = """mutation M($input: CreateOrganizationInput!) { createOrganization(input: $input) {
  organization { key name description slug } userErrors { code message field } } }"""
DELETE = """mutation M($input: DeleteOrganizationInput!) { deleteOrganization(input: $input) {
  deletedOrganizationId userErrors { code message field } } }"""
LOGO = """mutation M($input: UpdateOrganizationLogoInput!) { updateOrganizationLogo(input: $input) {
  organization { logoUrl } results { upstream ok } userErrors { code message field } } }"""
TRANSFER = """mutation M($input: TransferResourcesInput!) { transferResources(input: $input) {
  organization { key } userErrors { code message field } } }"""
CUSTOMIZE = """mutation M($input: UpdateCustomizationsInput!) { updateCustomizations(input: $input) {
  customizations { values theme } organization { customizations { theme } } userErrors { code message field } } }"""
ENDPOINTS = """mutation M($input: UpdatePrivateEndpointsInput!) { updatePrivateEndpoints(input: $input) {
  organization { privateEndpoints { id description } } results { upstream ok } userErrors { code message field } } }"""

MEMBERS = '{ organization(id: "acme") { members(upstreams: [%s]) { nodes { nativeId role } } } }'
INVITATIONS = '{ organization(id: "acme") { invitations(upstreams: [%s]) { nodes { email nativeId } } } }'


def roles_of(upstream, pick, role):
    def check(answer, store):
        members = answer["organization"]["members"]["nodes"]
        native_id = pick(store)
        return {each["nativeId"]: each["role"] for each in members}.get(native_id) == role

    return MEMBERS % upstream, check


def listed(upstream, email, *, there):
    def check(answer, _):
        emails = [each["email"] for each in answer["organization"]["invitations"]["nodes"]]
        return (email(_) in emails) is there

    return INVITATIONS % upstream, check


def is_so(query, check):
    return query, lambda answer, _: check(answer)


APPLICATION, DASHBOARD = "losant.application", "losant.dashboard"

WRITES = [
    Write(
        "losant org.patch",
        UPDATE,
        lambda _: {"organizationId": "acme", "name": "Acme", "description": "New", "upstreams": ["LOSANT"]},
        lambda _: [(f"losant PATCH /orgs/{LOSANT}", {"name": "Acme", "description": "New"})],
        lambda _: IsPartialDict(results=[{"upstream": "LOSANT", "ok": True, "problem": None}], **OK),
        is_so(
            '{ organization(id: "acme") { name description } }',
            lambda answer: answer["organization"] == {"name": "Acme", "description": "New"},
        ),
    ),
    Write(
        "losant org.delete",
        DELETE,
        lambda store: {
            "organizationId": f"losant:{NORTHWIND}",
            "upstream": "LOSANT",
            "confirmName": store.get("losant.org", NORTHWIND)["name"],
        },
        lambda _: [(f"losant DELETE /orgs/{NORTHWIND}", b"")],
        lambda _: {"deletedOrganizationId": encode("Organization", "northwind"), **OK},
        is_so(
            '{ organization(id: "northwind") { links { upstream problem { code } } } }',
            lambda answer: {"upstream": "LOSANT", "problem": {"code": "NOT_FOUND"}} in answer["organization"]["links"],
        ),
    ),
    Write(
        "losant org.inviteMember",
        INVITE,
        lambda _: {
            "organizationId": "acme",
            "upstream": "LOSANT",
            "email": "new@acme.example",
            "role": "COLLABORATOR",
            "resourceRoles": [{"resourceKind": "DASHBOARD", "resourceId": "a" * 24, "role": "VIEWER"}],
        },
        lambda _: [
            (
                f"losant POST /orgs/{LOSANT}/invites",
                {
                    "email": "new@acme.example",
                    "role": "collaborate",
                    "dashboardRoles": [{"resourceId": "a" * 24, "role": "view"}],
                },
            )
        ],
        lambda _: {
            "invitation": {
                "upstream": "LOSANT",
                "email": "new@acme.example",
                "role": "COLLABORATOR",
                "nativeRole": "collaborate",
                "status": "PENDING",
            },
            "organization": {"key": "acme"},
            **OK,
        },
        listed("LOSANT", lambda _: "new@acme.example", there=True),
    ),
    Write(
        "losant org.revokeInvite",
        REVOKE,
        lambda store: {"invitationId": encode("Invitation", "losant", LOSANT, losant_invite(store)["id"])},
        lambda store: [(f"losant DELETE /orgs/{LOSANT}/invites?inviteId={losant_invite(store)['id']}", b"")],
        lambda store: {
            "revokedInvitationId": encode("Invitation", "losant", LOSANT, losant_invite(store)["id"]),
            "organization": {"key": "acme"},
            **OK,
        },
        listed("LOSANT", lambda store: losant_invite(store)["email"], there=False),
    ),
    Write(
        "losant org.modifyMember",
        MODIFY,
        lambda store: {
            "memberId": encode("Member", "losant", LOSANT, losant_member(store)["userId"]),
            "role": "VIEWER",
            "resourceRoles": [{"resourceKind": "APPLICATION", "resourceId": "b" * 24, "role": "COLLABORATOR"}],
        },
        lambda store: [
            (
                f"losant PATCH /orgs/{LOSANT}/member",
                {
                    "userId": losant_member(store)["userId"],
                    "role": "view",
                    "applicationRoles": [{"resourceId": "b" * 24, "role": "collaborate"}],
                },
            )
        ],
        lambda store: {
            "member": IsPartialDict(
                id=encode("Member", "losant", LOSANT, losant_member(store)["userId"]), role="VIEWER", nativeRole="view"
            ),
            "organization": {"key": "acme"},
            **OK,
        },
        roles_of("LOSANT", lambda store: losant_member(store)["userId"], "VIEWER"),
    ),
    Write(
        "losant org.removeMember",
        REMOVE,
        lambda store: {"memberId": encode("Member", "losant", LOSANT, losant_member(store)["userId"])},
        lambda store: [(f"losant DELETE /orgs/{LOSANT}/member?userId={losant_member(store)['userId']}", b"")],
        lambda store: {
            "removedMemberId": encode("Member", "losant", LOSANT, losant_member(store)["userId"]),
            "organization": {"key": "acme"},
            **OK,
        },
        roles_of("LOSANT", lambda store: losant_member(store)["userId"], None),
    ),
    Write(
        "losant org.transferResources",
        TRANSFER,
        lambda store: {
            "organizationId": "acme",
            "destination": {"organizationId": "northwind"},
            "applicationIds": [store.all(APPLICATION, LOSANT)[0]["id"]],
            "strict": False,
        },
        lambda store: [
            (
                f"losant PATCH /orgs/{LOSANT}/transferResources",
                {
                    "destinationId": NORTHWIND,
                    "destinationType": "organization",
                    "applicationIds": [store.all(APPLICATION, LOSANT)[0]["id"]],
                    "strict": False,
                },
            )
        ],
        lambda _: {"organization": {"key": "acme"}, **OK},
        is_so(
            '{ organization(id: "acme") { resourceCounts { applications } } }',
            lambda answer: isinstance(answer["organization"]["resourceCounts"]["applications"], int),
        ),
    ),
    Write(
        "losant orgs.post",
        CREATE,
        lambda _: {"upstream": "LOSANT", "name": "Fresh", "description": "Just made"},
        lambda _: [("losant POST /orgs", {"name": "Fresh", "description": "Just made"})],
        lambda _: {
            "organization": {
                "key": IsStr(regex=r"losant:[0-9a-f]{24}"),
                "name": "Fresh",
                "description": "Just made",
                "slug": None,
            },
            **OK,
        },
        is_so(
            '{ organizations(nameContains: "fresh") { nodes { name } } }',
            lambda answer: answer["organizations"]["nodes"] == [{"name": "Fresh"}],
        ),
    ),
    Write(
        "nks orgs.create",
        CREATE,
        lambda _: {"upstream": "NKS", "name": "Edge Team"},
        lambda _: [("nks POST /orgs", {"name": "Edge Team"})],
        lambda _: {
            "organization": {
                "key": IsStr(regex=r"nks:\d+"),
                "name": "Edge Team",
                "description": None,
                "slug": IsStr(regex="edge-team.*"),
            },
            **OK,
        },
        is_so(
            '{ organizations(nameContains: "edge team") { nodes { name } } }',
            lambda answer: {"name": "Edge Team"} in answer["organizations"]["nodes"],
        ),
    ),
    Write(
        "nks orgs.update",
        UPDATE,
        lambda _: {"organizationId": "nks:2", "name": "Acme Clusters", "upstreams": ["NKS"]},
        lambda _: [("nks PATCH /orgs/2", {"name": "Acme Clusters"})],
        lambda _: IsPartialDict(results=[{"upstream": "NKS", "ok": True, "problem": None}], **OK),
        is_so(
            '{ organization(id: "acme") { slug } }',
            lambda answer: answer["organization"]["slug"].startswith("acme-clusters"),
        ),
    ),
    Write(
        "nks members.delete",
        REMOVE,
        lambda store: {"memberId": encode("Member", "nks", "2", str(nks_member(store)["pk"]))},
        lambda store: [(f"nks DELETE /orgs/2/members/{nks_member(store)['pk']}", b"")],
        lambda store: {
            "removedMemberId": encode("Member", "nks", "2", str(nks_member(store)["pk"])),
            "organization": {"key": "acme"},
            **OK,
        },
        roles_of("NKS", lambda store: str(nks_member(store)["pk"]), None),
    ),
    Write(
        "nks invites.create",
        INVITE,
        lambda _: {"organizationId": "acme", "upstream": "NKS", "email": "new@acme.example", "role": "MEMBER"},
        lambda _: [
            (
                "nks POST /orgs/2/invites",
                [{"name": "new", "email": "new@acme.example", "role": "member", "teams": []}],
            )
        ],
        lambda _: IsPartialDict(
            invitation=IsPartialDict(upstream="NKS", email="new@acme.example", role="MEMBER", status="PENDING"), **OK
        ),
        is_so("{ viewer { kind } }", lambda _: True),
    ),
    Write(
        "locktera org.patch",
        UPDATE,
        lambda _: {"organizationId": "acme", "name": "Acme Legal", "upstreams": ["LOCKTERA"]},
        lambda _: [("locktera PATCH /v1/orgs/org-123", {"name": "Acme Legal"})],
        lambda _: IsPartialDict(results=[{"upstream": "LOCKTERA", "ok": True, "problem": None}], **OK),
        is_so(
            '{ organization(id: "acme") { links { upstream name } } }',
            lambda answer: {"upstream": "LOCKTERA", "name": "Acme Legal"} in answer["organization"]["links"],
        ),
    ),
    Write(
        "locktera org.delete",
        DELETE,
        lambda store: {
            "organizationId": "acme",
            "upstream": "LOCKTERA",
            "confirmName": store.get("locktera.org", "org-123")["name"],
        },
        lambda _: [("locktera DELETE /v1/orgs/org-123", b"")],
        lambda _: {"deletedOrganizationId": encode("Organization", "acme"), **OK},
        is_so(
            '{ organization(id: "acme") { links { upstream problem { code } } } }',
            lambda answer: (
                {"upstream": "LOCKTERA", "problem": {"code": "NOT_FOUND"}} in answer["organization"]["links"]
            ),
        ),
    ),
    Write(
        "locktera customizations.put",
        CUSTOMIZE,
        lambda _: {"organizationId": "acme", "values": {"theme": "dark"}},
        lambda _: [("locktera PUT /v1/orgs/org-123/customizations", {"theme": "dark"})],
        lambda _: {
            "customizations": {"values": {"theme": "dark"}, "theme": "dark"},
            "organization": {"customizations": {"theme": "dark"}},
            **OK,
        },
        is_so(
            '{ organization(id: "acme") { customizations { values } } }',
            lambda answer: answer["organization"]["customizations"]["values"] == {"theme": "dark"},
        ),
    ),
    Write(
        "clickhouse organization.update",
        UPDATE,
        lambda _: {"organizationId": "acme", "name": "Acme Data", "upstreams": ["CLICKHOUSE"]},
        lambda _: [(f"clickhouse PATCH /v1/organizations/{CLICKHOUSE}", {"name": "Acme Data"})],
        lambda _: IsPartialDict(results=[{"upstream": "CLICKHOUSE", "ok": True, "problem": None}], **OK),
        is_so(
            '{ organization(id: "acme") { links { upstream name } } }',
            lambda answer: {"upstream": "CLICKHOUSE", "name": "Acme Data"} in answer["organization"]["links"],
        ),
    ),
    Write(
        "clickhouse organization.update privateEndpoints",
        ENDPOINTS,
        lambda _: {
            "organizationId": "acme",
            "add": [{"id": "vpce-new", "cloudProvider": "aws", "region": "us-east-1", "description": "new"}],
            "remove": [{"id": "vpce-0a1b2c3d4e5f67890", "cloudProvider": "aws", "region": "us-east-1"}],
        },
        lambda _: [
            (
                f"clickhouse PATCH /v1/organizations/{CLICKHOUSE}",
                {
                    "privateEndpoints": {
                        "add": [
                            {
                                "id": "vpce-new",
                                "cloudProvider": "aws",
                                "region": "us-east-1",
                                "description": "new",
                            }
                        ],
                        "remove": [{"id": "vpce-0a1b2c3d4e5f67890", "cloudProvider": "aws", "region": "us-east-1"}],
                    }
                },
            )
        ],
        lambda _: {
            "organization": {"privateEndpoints": [{"id": "vpce-new", "description": "new"}]},
            "results": [{"upstream": "CLICKHOUSE", "ok": True}],
            **OK,
        },
        is_so(
            '{ organization(id: "acme") { privateEndpoints { id } } }',
            lambda answer: answer["organization"]["privateEndpoints"] == [{"id": "vpce-new"}],
        ),
    ),
    Write(
        "clickhouse invitations.create",
        INVITE,
        lambda _: {"organizationId": "acme", "upstream": "CLICKHOUSE", "email": "new@acme.example", "role": "MEMBER"},
        lambda store: [
            (
                f"clickhouse POST /v1/organizations/{CLICKHOUSE}/invitations",
                {"email": "new@acme.example", "assignedRoleIds": [role_id(store, "Member")]},
            )
        ],
        lambda _: IsPartialDict(
            invitation=IsPartialDict(upstream="CLICKHOUSE", email="new@acme.example", role="MEMBER"), **OK
        ),
        listed("CLICKHOUSE", lambda _: "new@acme.example", there=True),
    ),
    Write(
        "clickhouse invitations.delete",
        REVOKE,
        lambda store: {
            "invitationId": encode("Invitation", "clickhouse", CLICKHOUSE, clickhouse_invitation(store)["id"])
        },
        lambda store: [
            (
                f"clickhouse DELETE /v1/organizations/{CLICKHOUSE}/invitations/{clickhouse_invitation(store)['id']}",
                b"",
            )
        ],
        lambda _: IsPartialDict(organization={"key": "acme"}, **OK),
        listed("CLICKHOUSE", lambda store: clickhouse_invitation(store)["email"], there=False),
    ),
    Write(
        "clickhouse members.update",
        MODIFY,
        lambda store: {
            "memberId": encode("Member", "clickhouse", CLICKHOUSE, clickhouse_member(store)["userId"]),
            "role": "BILLING",
        },
        lambda store: [
            (
                f"clickhouse PATCH /v1/organizations/{CLICKHOUSE}/members/{clickhouse_member(store)['userId']}",
                {"assignedRoleIds": [role_id(store, "Billing")]},
            )
        ],
        lambda _: IsPartialDict(
            member=IsPartialDict(role="BILLING", nativeRole="Billing", assignedRoles=[{"name": "Billing"}]), **OK
        ),
        roles_of("CLICKHOUSE", lambda store: clickhouse_member(store)["userId"], "BILLING"),
    ),
    Write(
        "clickhouse members.delete",
        REMOVE,
        lambda store: {"memberId": encode("Member", "clickhouse", CLICKHOUSE, clickhouse_member(store)["userId"])},
        lambda store: [
            (
                f"clickhouse DELETE /v1/organizations/{CLICKHOUSE}/members/{clickhouse_member(store)['userId']}",
                b"",
            )
        ],
        lambda _: IsPartialDict(organization={"key": "acme"}, **OK),
        roles_of("CLICKHOUSE", lambda store: clickhouse_member(store)["userId"], None),
    ),
]


@pytest.mark.parametrize("row", WRITES, ids=str)
async def test_a_write_is_sent_as_documented_and_seen_afterwards(written, row):
    before = written.sandbox.store.copy()

    answer = await written.data(row.mutation, input=row.input(before))

    [payload] = answer.values()
    assert payload == row.payload(before)
    assert written.writes == row.sent(before)
    query, holds = row.reading
    later = (await written(query))["data"]
    assert holds(later, before), later


async def test_a_logo_is_sent_as_a_multipart_form(written):
    answer = await written.upload(LOGO, {"organizationId": "acme"}, UploadedFile("heron.png", PIXEL))

    payload = answer["data"]["updateOrganizationLogo"]
    assert payload["results"] == [{"upstream": "NKS", "ok": True}]
    assert payload["organization"]["logoUrl"].endswith("heron.png")
    [(line, body)] = written.writes
    assert line == "nks PATCH /orgs/2"
    assert re.search(rb'name="logo"; filename="heron.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG', body)
