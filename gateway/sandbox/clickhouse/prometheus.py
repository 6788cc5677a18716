"""Metrics of an organization's services in Prometheus' text format."""

from starlette.responses import Response

from gateway.sandbox.chance import between
from gateway.sandbox.clickhouse.answers import bad_request
from gateway.sandbox.clickhouse.calls import Call

_METRICS = (
    ("ClickHouseProfileEvents_Query", "counter", "Queries that were started.", 1_000_000),
    ("ClickHouseMetrics_Query", "gauge", "Queries that run.", 40),
    ("ClickHouseAsyncMetrics_Uptime", "gauge", "Seconds since the server started.", 5_000_000),
)
_FILTERED = 1


def read(call: Call) -> Response:
    """GET {organization}/prometheus: text, empty for an organization without services."""
    wanted = call.request.query_params.get("filtered_metrics", "false")
    if wanted not in {"true", "false"}:
        raise bad_request("filtered_metrics must be true or false")
    services = call.organization.get("_services", [])
    lines: list[str] = []
    for name, kind, text, most in _METRICS[: _FILTERED if wanted == "true" else None] if services else ():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        for service in services:
            labels = f'clickhouse_org="{call.organization_id}",clickhouse_service="{service["id"]}"'
            lines.append(f"{name}{{{labels}}} {between(0, most, service['id'], name)}")
    return Response("".join(f"{line}\n" for line in lines), media_type="text/plain")
