"""The dashboard reads what a gateway tells."""

import json
import re
from importlib.resources import files

import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.anyio

DASHBOARD = json.loads((files("gateway.telemetry") / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
NAME = re.compile(r"\b((?:gateway|process)_\w+)(\{[^}]*\})?")


def read_by(expression):
    """The metrics of an expression, each with the labels that it is chosen by."""
    return [(name, set(re.findall(r"(\w+)\s*[!=]~?=?", chosen))) for name, chosen in NAME.findall(expression)]


async def test_every_expression_reads_metrics_and_labels_that_a_gateway_tells(graph, scrape):
    await graph.data('{ organization(id: "acme") { name members(first: 2) { nodes { id } } } }')
    told = {
        sample.name: set(sample.labels) | {"instance"}
        for family in text_string_to_metric_families((await scrape.text(graph.gateway)).text)
        for sample in family.samples
    }

    read = 0
    for panel in PANELS:
        for target in panel["targets"]:
            metrics = read_by(target["expr"])
            assert metrics, target["expr"]
            grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", target["expr"]))))
            for name, chosen in metrics:
                assert name in told, target["expr"]
                assert chosen | grouped <= told[name], target["expr"]
                read += 1
    assert read > 20


async def test_every_metric_of_the_gateway_is_on_the_dashboard(graph, scrape):
    await graph.data('{ organization(id: "acme") { name } }')
    families = text_string_to_metric_families((await scrape.text(graph.gateway)).text)
    shown = {name for panel in PANELS for target in panel["targets"] for name, _ in read_by(target["expr"])}

    ours = {family.name for family in families if family.name.startswith("gateway_")}
    assert {name for name in ours if not any(each.startswith(name) for each in shown)} == set()


async def test_every_panel_has_a_title_a_description_and_a_unit():
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


async def test_the_rows_are_operations_cost_upstreams_cache_subscriptions_and_process():
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]

    assert rows == ["Operations", "Cost", "Upstreams", "Cache", "Subscriptions", "Process"]


async def test_no_two_panels_lie_on_each_other():
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
