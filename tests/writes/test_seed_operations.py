"""The operations that the four vendors document for organizations: each is reached through the graph."""

import pytest

from resolvers.identity import encode

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
L, K, C = f"/orgs/{LOSANT}", "/v1/orgs/org-123", f"/v1/organizations/{CLICKHOUSE}"
USAGE = '{ organization(id: "acme") { usage(from: "2026-09-01T00:00:00Z", to: "2026-09-08T00:00:00Z") { %s } } }'
ACTIVITIES = '{ organization(id: "acme") { activities(sources: [%s]) { nodes { id } } } }'
COMMON = {"losant": ("_actions=false", "_links=true", "_embedded=true")}
"""What every official client of a vendor sends with every call."""
BREAKDOWN = (
    f"GET {L}/payloadCountsBreakdown?start=1788220800000&end=1788825600000&resolution=86400000&asBytes=false"
    "&includeNonBillable=false"
)

READS = {
    "losant org.get": ('{ organization(id: "acme") { description } }', f"GET {L}"),
    "losant org.deviceCounts": (
        USAGE % "deviceCounts { total }",
        f"GET {L}/deviceCounts?start=1788220800000&end=1788825600000",
    ),
    "losant org.notebookMinuteCounts": (
        USAGE % "notebookMinutes { minutes }",
        f"GET {L}/notebookMinuteCounts?start=1788220800000&end=1788825600000",
    ),
    "losant org.payloadCounts": (
        USAGE % "payloadCounts { total }",
        f"GET {L}/payloadCounts?start=1788220800000&end=1788825600000&asBytes=false",
    ),
    "losant org.payloadCountsBreakdown": (
        USAGE % "payloadCountsBreakdown(resolution: DAY) { value }",
        BREAKDOWN,
    ),
    "losant org.pendingInvites": (
        '{ organization(id: "acme") { invitations(upstreams: [LOSANT]) { nodes { email } } } }',
        f"GET {L}/invites",
    ),
    "nks orgs.list": ("{ organizations(upstreams: [NKS]) { nodes { slug } totalCount } }", "GET /orgs"),
    "nks orgs.get": ('{ organization(id: "acme") { slug } }', "GET /orgs/2"),
    "locktera org.get": (
        '{ organization(id: "acme-legal") { name } }',
        "GET /v1/orgs/7a92b400-4a8f-4f2a-bc4e-5f16d17b9c3f",
    ),
    "locktera access_log": (ACTIVITIES % "ACCESS_LOG", f"GET {K}/access_log"),
    "locktera children_audit": (ACTIVITIES % "CHILDREN_AUDIT", f"GET {K}/children_audit"),
    "locktera consumption": (USAGE % "consumption { month apiCalls storageUsedGb }", f"GET {K}/consumption"),
    "locktera customizations.get": (
        '{ organization(id: "acme") { customizations { values } } }',
        f"GET {K}/customizations",
    ),
    "clickhouse organizations.list": (
        "{ organizations(upstreams: [CLICKHOUSE]) { nodes { name } totalCount } }",
        "GET /v1/organizations",
    ),
    "clickhouse organization.get": (
        '{ organization(id: "acme") { privateEndpoints { id } } }',
        f"GET {C}",
    ),
    "clickhouse activities.list": (ACTIVITIES % "ACTIVITY", f"GET {C}/activities"),
}
WRITES = {
    "losant org.patch": f"PATCH {L}",
    "losant org.delete": "DELETE /orgs/5f3c1a7be4b0c91d2f6a8b01",
    "losant org.inviteMember": f"POST {L}/invites",
    "losant org.revokeInvite": f"DELETE {L}/invites?inviteId=%s",
    "losant org.modifyMember": f"PATCH {L}/member",
    "losant org.removeMember": f"DELETE {L}/member?userId=%s",
    "losant org.transferResources": f"PATCH {L}/transferResources",
    "nks orgs.create": "POST /orgs",
    "nks orgs.update": "PATCH /orgs/2",
    "locktera org.patch": f"PATCH {K}",
    "locktera org.delete": f"DELETE {K}",
    "locktera customizations.put": f"PUT {K}/customizations",
    "clickhouse organization.update": f"PATCH {C}",
}
ACTIVITY = "clickhouse activity.get"


def requests(site, name):
    """What a stand-in was sent, without what goes with every call."""
    lines = []
    for request in site.sandbox.applications[name].state.faults.requests:
        kept = [part for part in request["query"].split("&") if part and part not in COMMON.get(name, ())]
        lines.append(f"{request['method']} {request['path']}" + ("?" + "&".join(kept) if kept else ""))
    return lines


def test_they_are_thirty():
    counted = [name.partition(" ")[0] for name in [*READS, *WRITES, ACTIVITY]]

    assert {name: counted.count(name) for name in counted} == {
        "losant": 13,
        "nks": 4,
        "locktera": 8,
        "clickhouse": 5,
    }


@pytest.mark.parametrize("operation", READS)
async def test_a_reading_operation_is_reached(site, operation):
    query, expected = READS[operation]
    answer = await site.post(query)

    assert "errors" not in answer, answer["errors"]
    assert expected in requests(site, operation.partition(" ")[0])
    assert site.sent == []


async def test_a_single_activity_is_reached(site):
    native_id = site.before.all("clickhouse.activity", CLICKHOUSE)[0]["id"]
    global_id = encode("Activity", "clickhouse", CLICKHOUSE, native_id)
    answer = await site.post(f'{{ organization(id: "acme") {{ activity(id: "{global_id}") {{ id }} }} }}')

    assert answer["data"]["organization"]["activity"]["id"] == global_id
    assert requests(site, "clickhouse") == [f"GET {C}/activities/{native_id}"]


@pytest.mark.parametrize("operation", WRITES)
async def test_a_writing_operation_is_reached(site, changes, operation):
    [change] = [each for each in changes if each.operation == operation]
    payload = await site.make(change)

    assert payload["userErrors"] == []
    [sent] = [line for line in requests(site, change.upstream.word) if not line.startswith("GET")]
    beginning, _, ending = WRITES[operation].partition("%s")
    assert sent.startswith(beginning)
    assert sent.endswith(ending)
    assert ("?" in sent) is ("%s" in WRITES[operation])
    assert change.made(site.before, site.sandbox.store)
