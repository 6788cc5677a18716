"""What the gateway refuses to write, before anything is sent."""

import pytest

from resolvers.identity import Upstream, encode
from resolvers.uploads import UploadedFile

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
HEX, UUID = "a" * 24, "11111111-2222-4333-8444-555555555555"
PNG = UploadedFile("a.png", b"\x89PNG\r\n\x1a\n")
ENDPOINT = {"id": "vpce-1", "cloudProvider": "aws", "region": "us-east-1"}


def member(upstream, organization, native_id):
    return {"memberId": encode("Member", upstream, organization, native_id)}


def invitation(upstream, organization, native_id):
    return {"invitationId": encode("Invitation", upstream, organization, native_id)}


def invite(upstream=None, **members):
    named = {"upstream": upstream} if upstream else {}
    return {"organizationId": "acme", "email": "new@acme.example"} | named | members


def update(**members):
    return {"organizationId": "acme"} | members


def transfer(**members):
    return {"organizationId": "acme", "destination": {"organizationId": "northwind"}} | members


BAD, NONE = "BAD_USER_INPUT", None
LOSANT_MEMBER = member("losant", LOSANT, HEX)
RESOURCE_ROLE = {"resourceKind": "DASHBOARD", "resourceId": HEX, "role": "VIEWER"}

REFUSED = [
    # e-mail addresses
    *(
        ("inviteMember", invite("LOSANT", role="VIEWER", email=email), BAD, "email", NONE)
        for email in (
            "",
            "nobody",
            "nobody@",
            "@acme.example",
            "no body@acme.example",
            "a@acme.example\n",
            "a@acme.example\r\nBcc: b@acme.example",
            "a@b@acme.example",
            "ü@acme.example",
            "a@acme..example",
            "a" * 65 + "@acme.example",
            "a@" + "b" * 253,
        )
    ),
    # ids
    ("revokeInvitation", {"invitationId": LOSANT_MEMBER["memberId"]}, BAD, "invitationId", NONE),
    ("removeMember", {"memberId": invitation("losant", LOSANT, HEX)["invitationId"]}, BAD, "memberId", NONE),
    ("removeMember", {"memberId": encode("Organization", "acme")}, BAD, "memberId", NONE),
    ("removeMember", {"memberId": "nonsense"}, BAD, "memberId", NONE),
    ("removeMember", {"memberId": ""}, BAD, "memberId", NONE),
    ("removeMember", {"memberId": encode("Member", "losant", LOSANT)}, BAD, "memberId", NONE),
    ("removeMember", member("github", "1", "2"), BAD, "memberId", NONE),
    ("modifyMember", member("losant", "org-123", HEX) | {"role": "VIEWER"}, BAD, "memberId", "LOSANT"),
    ("removeMember", member("nks", "../1", "2"), BAD, "memberId", "NKS"),
    ("revokeInvitation", invitation("clickhouse", "acme", UUID), BAD, "invitationId", "CLICKHOUSE"),
    ("removeMember", member("losant", LOSANT, "../../x"), "NOT_FOUND", "memberId", "LOSANT"),
    ("modifyMember", member("losant", LOSANT, "x") | {"role": "NONE"}, "NOT_FOUND", "memberId", "LOSANT"),
    ("removeMember", member("nks", "2", "1?x=1"), "NOT_FOUND", "memberId", "NKS"),
    ("removeMember", member("clickhouse", CLICKHOUSE, ".."), "NOT_FOUND", "memberId", "CLICKHOUSE"),
    ("modifyMember", member("clickhouse", CLICKHOUSE, "a/b") | {"roleIds": []}, "NOT_FOUND", "memberId", "CLICKHOUSE"),
    ("revokeInvitation", invitation("losant", LOSANT, "x"), "NOT_FOUND", "invitationId", "LOSANT"),
    ("revokeInvitation", invitation("clickhouse", CLICKHOUSE, "x"), "NOT_FOUND", "invitationId", "CLICKHOUSE"),
    ("inviteMember", invite("LOSANT", role="VIEWER", organizationId="nobody"), "NOT_FOUND", "organizationId", NONE),
    ("inviteMember", invite("LOSANT", role="VIEWER", organizationId="no body"), BAD, "organizationId", NONE),
    ("updateOrganization", update(name="X", organizationId="losant:5"), BAD, "organizationId", "LOSANT"),
    ("updateCustomizations", {"organizationId": "nobody", "values": {}}, "NOT_FOUND", "organizationId", NONE),
    ("transferResources", transfer(organizationId="nobody"), "NOT_FOUND", "organizationId", NONE),
    ("updatePrivateEndpoints", {"organizationId": "nobody", "add": [ENDPOINT]}, "NOT_FOUND", "organizationId", NONE),
    ("updateOrganizationLogo", {"organizationId": "nobody", "logo": PNG}, "NOT_FOUND", "organizationId", NONE),
    (
        "deleteOrganization",
        {"organizationId": "nobody", "upstream": "LOSANT", "confirmName": "X"},
        "NOT_FOUND",
        "organizationId",
        NONE,
    ),
    # roles
    *(
        ("inviteMember", invite("LOSANT", role=role), BAD, "role", "LOSANT")
        for role in ("OWNER", "USER_ADMIN", "MEMBER", "BILLING", "CUSTOM")
    ),
    *(
        ("inviteMember", invite("NKS", role=role), BAD, "role", "NKS")
        for role in ("USER_ADMIN", "EDITOR", "COLLABORATOR", "VIEWER", "BILLING", "NONE", "CUSTOM")
    ),
    *(
        ("inviteMember", invite("CLICKHOUSE", role=role), BAD, "role", "CLICKHOUSE")
        for role in ("OWNER", "USER_ADMIN", "EDITOR", "CUSTOM")
    ),
    ("modifyMember", LOSANT_MEMBER | {"role": "OWNER"}, BAD, "role", "LOSANT"),
    ("modifyMember", member("clickhouse", CLICKHOUSE, UUID) | {"role": "EDITOR"}, BAD, "role", "CLICKHOUSE"),
    ("inviteMember", invite("LOSANT"), BAD, "role", "LOSANT"),
    ("inviteMember", invite("NKS"), BAD, "role", "NKS"),
    ("inviteMember", invite("LOSANT", role="VIEWER", roleIds=[UUID]), BAD, "roleIds", "LOSANT"),
    ("modifyMember", LOSANT_MEMBER | {"roleIds": []}, BAD, "roleIds", "LOSANT"),
    ("inviteMember", invite("NKS", role="MEMBER", roleIds=[UUID]), BAD, "roleIds", "NKS"),
    ("inviteMember", invite("NKS", role="MEMBER", resourceRoles=[RESOURCE_ROLE]), BAD, "resourceRoles", "NKS"),
    ("inviteMember", invite("CLICKHOUSE", resourceRoles=[RESOURCE_ROLE]), BAD, "resourceRoles", "CLICKHOUSE"),
    (
        "modifyMember",
        member("clickhouse", CLICKHOUSE, UUID) | {"resourceRoles": []},
        BAD,
        "resourceRoles",
        "CLICKHOUSE",
    ),
    ("inviteMember", invite("CLICKHOUSE", roleIds=[UUID, "Admin"]), BAD, "roleIds", "CLICKHOUSE"),
    ("inviteMember", invite("CLICKHOUSE", roleIds=[UUID], role="ADMIN"), BAD, "roleIds", "CLICKHOUSE"),
    (
        "inviteMember",
        invite("LOSANT", role="VIEWER", resourceRoles=[RESOURCE_ROLE, RESOURCE_ROLE | {"role": "ADMIN"}]),
        BAD,
        "resourceRoles.1.role",
        "LOSANT",
    ),
    (
        "modifyMember",
        LOSANT_MEMBER | {"resourceRoles": [RESOURCE_ROLE | {"resourceId": "../x"}]},
        BAD,
        "resourceRoles.0.resourceId",
        "LOSANT",
    ),
    # upstreams
    ("inviteMember", invite(role="MEMBER"), BAD, "upstream", NONE),
    ("inviteMember", invite("LOSANT", role="VIEWER", organizationId="tailspin"), BAD, "upstream", "LOSANT"),
    ("inviteMember", invite("LOCKTERA", role="VIEWER"), "UNSUPPORTED", "upstream", "LOCKTERA"),
    ("inviteMember", invite(role="VIEWER", organizationId="acme-legal"), "UNSUPPORTED", NONE, NONE),
    ("updateOrganization", update(name="X", organizationId="tailspin", upstreams=["NKS"]), BAD, "upstreams", "NKS"),
    ("updateOrganization", update(name="X", upstreams=[]), BAD, "upstreams", NONE),
    ("modifyMember", member("nks", "2", "1") | {"role": "ADMIN"}, "UNSUPPORTED", NONE, "NKS"),
    ("modifyMember", member("locktera", "org-123", "1") | {"role": "ADMIN"}, "UNSUPPORTED", NONE, "LOCKTERA"),
    ("removeMember", member("locktera", "org-123", "1"), "UNSUPPORTED", NONE, "LOCKTERA"),
    ("revokeInvitation", invitation("nks", "2", "1"), "UNSUPPORTED", NONE, "NKS"),
    ("revokeInvitation", invitation("locktera", "org-123", "1"), "UNSUPPORTED", NONE, "LOCKTERA"),
    ("createOrganization", {"upstream": "LOCKTERA", "name": "X"}, "UNSUPPORTED", NONE, "LOCKTERA"),
    ("createOrganization", {"upstream": "CLICKHOUSE", "name": "X"}, "UNSUPPORTED", NONE, "CLICKHOUSE"),
    *(
        (
            "deleteOrganization",
            {"organizationId": "acme", "upstream": upstream, "confirmName": "Acme"},
            "UNSUPPORTED",
            "upstream",
            upstream,
        )
        for upstream in ("NKS", "CLICKHOUSE")
    ),
    (
        "deleteOrganization",
        {"organizationId": "tailspin", "upstream": "LOSANT", "confirmName": "X"},
        BAD,
        "upstream",
        "LOSANT",
    ),
    ("updateCustomizations", {"organizationId": "tailspin", "values": {}}, "UNSUPPORTED", NONE, NONE),
    ("updatePrivateEndpoints", {"organizationId": "acme-legal", "add": [ENDPOINT]}, "UNSUPPORTED", NONE, NONE),
    ("updateOrganizationLogo", {"organizationId": "tailspin", "logo": PNG}, "UNSUPPORTED", NONE, NONE),
    ("transferResources", transfer(organizationId="tailspin", applicationIds=[HEX]), "UNSUPPORTED", NONE, NONE),
    # names and descriptions
    *(("createOrganization", {"upstream": "NKS", "name": name}, BAD, "name", NONE) for name in ("", "  ", "x" * 256)),
    *(("updateOrganization", update(name=name), BAD, "name", NONE) for name in ("", "\t", "x" * 256)),
    ("updateOrganization", update(description="x" * 32_768), BAD, "description", NONE),
    (
        "createOrganization",
        {"upstream": "LOSANT", "name": "X", "description": "x" * 32_768},
        BAD,
        "description",
        NONE,
    ),
    ("createOrganization", {"upstream": "NKS", "name": "X", "description": ""}, BAD, "description", "NKS"),
    ("updateOrganization", update(description="X", upstreams=["NKS"]), "UNSUPPORTED", "description", NONE),
    ("updateOrganization", update(name="X", description="X", upstreams=["NKS"]), "UNSUPPORTED", "description", NONE),
    ("updateOrganization", update(description="X", organizationId="tailspin"), "UNSUPPORTED", "description", NONE),
    # nothing to do
    ("updateOrganization", update(), BAD, "name", NONE),
    ("modifyMember", LOSANT_MEMBER, BAD, "role", NONE),
    ("updatePrivateEndpoints", update(), BAD, "add", NONE),
    ("updatePrivateEndpoints", update(add=[], remove=[]), BAD, "add", NONE),
    ("transferResources", transfer(), BAD, "applicationIds", NONE),
    ("transferResources", transfer(applicationIds=[], dashboardIds=[]), BAD, "applicationIds", NONE),
    # transfers
    (
        "transferResources",
        transfer(applicationIds=[HEX], destination={"organizationId": "tailspin"}),
        BAD,
        "destination.organizationId",
        "LOSANT",
    ),
    (
        "transferResources",
        transfer(applicationIds=[HEX], destination={"organizationId": "nobody"}),
        "NOT_FOUND",
        "destination.organizationId",
        NONE,
    ),
    (
        "transferResources",
        transfer(applicationIds=[HEX], destination={"userId": "nobody"}),
        BAD,
        "destination.userId",
        "LOSANT",
    ),
    ("transferResources", transfer(applicationIds=[HEX, "x"]), BAD, "applicationIds", "LOSANT"),
    ("transferResources", transfer(dashboardIds=["../x"]), BAD, "dashboardIds", "LOSANT"),
    ("transferResources", transfer(applicationIds=[HEX] * 1001), BAD, "applicationIds", NONE),
    ("transferResources", transfer(dashboardIds=[HEX] * 1001), BAD, "dashboardIds", NONE),
    # values
    *(("updateCustomizations", update(values=values), BAD, "values", NONE) for values in ([], "dark", 1, True)),
    ("updateOrganizationLogo", update(logo=UploadedFile("a.svg", b"<svg/>")), BAD, "logo", NONE),
    ("updateOrganizationLogo", update(logo=UploadedFile("a.png", b"")), BAD, "logo", NONE),
]


def calls(site):
    return sum(len(each.state.faults.requests) for each in site.sandbox.applications.values())


@pytest.mark.parametrize(
    ("mutation", "given", "code", "field", "upstream"),
    REFUSED,
    ids=[f"{number}-{row[0]}-{row[3]}" for number, row in enumerate(REFUSED)],
)
async def test_the_gateway_refuses_before_anything_is_asked(reading_site, mutation, given, code, field, upstream):
    before = calls(reading_site)
    payload = await reading_site.send(mutation, given)

    [error] = payload["userErrors"]
    assert (error["code"], error["field"], error["upstream"]) == (code, field.split(".") if field else None, upstream)
    assert error["retryable"] is False
    assert error["message"].endswith(".")
    objects = set(payload) - {"userErrors", "clientMutationId", "results"}
    assert [name for name in objects if payload[name] is not None] == []
    assert payload.get("results", []) == []
    assert calls(reading_site) == before


async def test_a_role_that_the_catalogue_leaves_out_is_refused_after_a_look_at_it(site):
    payload = await site.send("inviteMember", invite("CLICKHOUSE", role="COLLABORATOR"))

    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == (BAD, ["role"])
    assert "it has ADMIN, MEMBER, BILLING, VIEWER, or give `roleIds`." in error["message"]
    assert calls(site) == 1
    assert site.sent == []


@pytest.mark.parametrize("upstream", [Upstream.LOSANT, Upstream.LOCKTERA])
@pytest.mark.parametrize("change_of_name", [str.upper, str.strip, lambda name: name + " ", lambda _: ""])
async def test_without_the_right_name_nothing_is_deleted(site, upstream, change_of_name):
    native_id = {Upstream.LOSANT: LOSANT, Upstream.LOCKTERA: "org-123"}[upstream]
    name = site.before.get(f"{upstream.word}.org", native_id)["name"]
    wrong = change_of_name(name) if change_of_name(name) != name else name[1:]
    payload = await site.send(
        "deleteOrganization", {"organizationId": "acme", "upstream": upstream.name, "confirmName": wrong}, "key"
    )

    [error] = payload["userErrors"]
    assert (error["code"], error["field"], error["upstream"]) == (BAD, ["confirmName"], upstream.name)
    assert name not in error["message"]
    assert payload["deletedOrganizationId"] is None
    assert calls(site) == 1
    assert site.sent == []
    assert site.sandbox.store.get(f"{upstream.word}.org", native_id) is not None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            """mutation { transferResources(input: {organizationId: "acme", applicationIds: ["x"],
              destination: {organizationId: "northwind", userId: "x"}}) { userErrors { code } } }""",
            "TransferDestinationInput",
        ),
        (
            """mutation { transferResources(input: {organizationId: "acme", applicationIds: ["x"],
              destination: {}}) { userErrors { code } } }""",
            "TransferDestinationInput",
        ),
        (
            """mutation { inviteMember(input: {organizationId: "acme", email: "a@b.c", role: KING}) {
              userErrors { code } } }""",
            "KING",
        ),
    ],
)
async def test_what_the_schema_does_not_know_is_no_mutation(site, query, words):
    answer = await site.post(query)

    assert answer.get("data") is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == [BAD]
    assert words in answer["errors"][0]["message"]
    assert calls(site) == 0


async def test_a_number_that_json_cannot_write_is_refused(site):
    answer = await site.post(
        'mutation { updateCustomizations(input: {organizationId: "acme", values: {a: [{n: 1e999}]}}) {'
        " userErrors { code field } } }"
    )
    assert answer["data"]["updateCustomizations"]["userErrors"] == [{"code": BAD, "field": ["values"]}]
    assert calls(site) == 0
