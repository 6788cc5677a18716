"""With answers kept for long: a write has exactly what it touches read anew, whichever upstream and operation it is."""

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

KEPT = "[cache]\nfresh_seconds = 600"
ALL = """{
  acme: organization(id: "acme") {
    links { name } members { nodes { email } } invitations { nodes { email } } customizations { theme }
    plan { id } privateEndpoints { id } byocConfigs { id } usage { consumption { month } }
  }
  northwind: organization(id: "northwind") { links { name } members { nodes { email } } invitations { totalCount } }
}"""
LISTS = "{ organizations(first: 100) { nodes { key } } }"
ACME = {
    Upstream.LOSANT: "575ed6e87ae143cd83dc4aa8",
    Upstream.NKS: "2",
    Upstream.LOCKTERA: "org-123",
    Upstream.CLICKHOUSE: "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
}
NORTHWIND_AT_LOSANT = "5f3c1a7be4b0c91d2f6a8b01"
OTHERS = {
    "losant orgs.post": set(),
    "nks orgs.create": set(),
    "losant org.delete": {NORTHWIND_AT_LOSANT},
    "losant org.transferResources": {ACME[Upstream.LOSANT], NORTHWIND_AT_LOSANT},
}
"""What is touched where it is not the one organization."""


def gone_out(site) -> set[str]:
    """The paths that were read since this was asked last, by upstream."""
    found = set()
    for name, application in site.sandbox.applications.items():
        requests = application.state.faults.requests
        found |= {f"{name} {request['path']}" for request in requests if request["method"] == "GET"}
        requests.clear()
    return found


async def reads(site, query: str) -> set[str]:
    """The paths that a query has read."""
    gone_out(site)
    await site.post(query)
    return gone_out(site)


async def test_a_change_has_what_it_touches_read_anew_and_nothing_else(site, change):
    await site.reopen(KEPT)
    first = await reads(site, ALL)
    assert not await reads(site, ALL), "all of it is kept"
    await site.make(change)
    by_the_change = gone_out(site)
    again = await reads(site, ALL)

    touched = OTHERS.get(change.operation, {ACME[change.upstream]})
    due = {
        line
        for line in first
        if line.startswith(f"{change.upstream.word} ") and (touched & set(line.split("/")) or line.endswith("/orgs"))
    }
    assert again == due - (by_the_change - again)
    assert due or not touched


async def test_a_change_has_the_lists_of_its_upstream_read_anew(site, change):
    await site.reopen(KEPT)
    first = await reads(site, LISTS)
    assert not await reads(site, LISTS)
    await site.make(change)
    again = await reads(site, LISTS)

    assert set(again) == {line for line in first if line.startswith(f"{change.upstream.word} ")}
    assert again
