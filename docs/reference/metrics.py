"""The page of all metrics, read from a gateway on the sandbox."""

import asyncio
import tomllib

import httpx
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import Gateway
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from reference.cells import cell
from resolvers.identity import Upstream

ASKED = '{ organization(id: "acme") { name members(first: 1) { nodes { name } } customizations { theme } } }'


async def _metrics() -> str:
    sandbox = Sandbox()
    transports = {Upstream(name): httpx.ASGITransport(each) for name, each in sandbox.applications.items()}
    gateway = Gateway(Settings.model_validate(tomllib.loads(sandbox.settings_toml())), transports, on_sandbox=True)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
            (await client.post("/graphql", json={"query": ASKED})).raise_for_status()
            return (await client.get("/metrics")).text
    finally:
        await gateway.close()
        sandbox.store.close()


def metrics_page() -> str:
    """Every metric of the gateway's own."""
    lines = [
        "# Metrics",
        "",
        "Read from `/metrics` of a gateway that has answered one query. Beside these there are the usual `process_…`.",
        "",
        "| metric | kind | labels | what it tells |",
        "|---|---|---|---|",
    ]
    for family in text_string_to_metric_families(asyncio.run(_metrics())):
        if not family.name.startswith("gateway_"):
            continue
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        name = family.name + ("_total" if family.type == "counter" else "")
        told = ", ".join(f"`{each}`" for each in labels)
        lines.append(f"| `{name}` | {family.type} | {told} | {cell(family.documentation)} |")
    return "\n".join(lines) + "\n"
