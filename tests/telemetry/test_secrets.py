"""Nothing that a request carries is in metrics, log lines or spans."""

import pytest

pytestmark = pytest.mark.anyio

MARKED = """
query Fine($variable: ID!, $more: String = "SECRET-default") {
  SECRET_alias: organization(id: $variable) { name }
  organization(id: "SECRET-literal") { name members(first: 3, after: "SECRET-cursor") { nodes { id } } }
  # SECRET-comment
  node(id: $more) { id }
  acme: organization(id: "acme") { name customizations { layers { values } } members(first: 2) { nodes { id } } }
}
"""
HEADERS = {
    "Authorization": "Bearer SECRET-key",
    "Cookie": "session=SECRET-cookie",
    "Losant-Authorization": "Bearer SECRET-losant",
    "Idempotency-Key": "SECRET-idempotency",
    "traceparent": "SECRET-trace",
    "tracestate": "vendor=SECRET-state",
    "User-Agent": "SECRET-agent",
}
ID = "575ed6e87ae143cd83dc4aa8"


@pytest.mark.parametrize("authorized", [True, False])
async def test_no_part_of_a_request_is_told(log, graphs, scrape, collector, authorized):
    graph = graphs(f'[log]\noperations = true\n[otel]\nendpoint = "{collector.endpoint}"\n')
    headers = {name: value for name, value in HEADERS.items() if authorized or name != "Authorization"}
    await graph.post(MARKED, {"variable": "SECRET-variable"}, headers)
    await graph.post('{ organization(id: "SECRET-only") { name } }', {}, headers)
    await graph.post("query SECRET { SECRET_field }", {"SECRET-name": "SECRET-value"}, headers)
    await graph.post("SECRET } {", {}, headers)
    await graph.post(f'{{ organization(id: "losant:{ID}") {{ name }} }}', {}, headers)
    metrics = (await scrape.text(graph.gateway)).text
    await graph.gateway.close()
    spans = "\n".join(map(str, collector.requests))

    lines = log.operations
    assert len(lines) == 5
    assert [line.pop("name", None) for line in lines if line.get("name") == "SECRET"] in ([], ["SECRET"])
    for told in (metrics, "\n".join(map(str, lines)), spans):
        assert told
        assert "SECRET" not in told.replace("query SECRET", "").replace('"graphql.operation.name"', "")
        assert ID not in told
        assert "/orgs" not in told
