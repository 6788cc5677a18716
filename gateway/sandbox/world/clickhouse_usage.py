"""What the made-up ClickHouse Cloud organizations pay for."""

from datetime import datetime, timedelta

from gateway.sandbox.chance import uuid4
from gateway.sandbox.clickhouse.records import USAGE_DAY, USAGE_ENTITY, Record
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import (
    ACME_CLICKHOUSE,
    MEGACORP_CLICKHOUSE,
    NORTHWIND_CLICKHOUSE,
    TAILSPIN_CLICKHOUSE,
)

_WAREHOUSE, _SERVICE = "8d4f2a6c-0b1e-4c3d-9e5f-7a6b8c9d0e12", "c9a6b2f0-1d3e-4a58-b7c4-2e8f6d0a9b31"
_PIPE = "6e5d4c3b-2a19-4807-96f5-e4d3c2b1a098"
_STORED = {"storageCHC": 1.1, "backupCHC": 0.35}
_SERVED = {"computeCHC": 9.8, "publicDataTransferCHC": 0.2, "interRegionTier1DataTransferCHC": 0.04}
_PIPED = {"computeCHC": 0.8, "dataTransferCHC": 0.2, "initialLoadCHC": 0.0}
_PROD, _DEV = {"env": "prod", "team": "data"}, {"env": "dev"}


def build(store: Store, now: datetime) -> None:
    """Put warehouses, services and pipes into the store, and the two days of Acme that the fixtures show."""
    old = min("2025-06-03", _ago(now, 180))
    lab, tried = uuid4("acme", "lab"), uuid4("acme", "trial")
    _entity(store, ACME_CLICKHOUSE, "datawarehouse", _WAREHOUSE, "prod-warehouse", _STORED, since=old, tags=_PROD)
    _entity(
        store, ACME_CLICKHOUSE, "service", _SERVICE, "prod-eu", _SERVED, since=old, tags=_PROD, warehouse=_WAREHOUSE
    )
    pipe = {"warehouse": _WAREHOUSE, "service": _SERVICE}
    _entity(store, ACME_CLICKHOUSE, "clickpipe", _PIPE, "orders-pipe", _PIPED, since=old, tags=_PROD, **pipe)
    _entity(store, ACME_CLICKHOUSE, "datawarehouse", lab, "lab-warehouse", _STORED, since=_ago(now, 120), tags=_DEV)
    _entity(
        *(store, ACME_CLICKHOUSE, "service", tried, "lab-trial", _SERVED),
        since=_ago(now, 75),
        until=_ago(now, 12),
        warehouse=lab,
    )
    _first_days(store)
    for organization, name, services in (
        (NORTHWIND_CLICKHOUSE, "telemetry", 1),
        (MEGACORP_CLICKHOUSE, "unit", 40),
        (TAILSPIN_CLICKHOUSE, "archive", 1),
    ):
        warehouse = uuid4(organization, "warehouse")
        _entity(store, organization, "datawarehouse", warehouse, f"{name}-warehouse", _STORED, since=_ago(now, 400))
        for number in range(services):
            service = uuid4(organization, "service", number)
            since = _ago(now, 400 - number)
            _entity(
                store, organization, "service", service, f"{name}-{number}", _SERVED, since=since, warehouse=warehouse
            )


def _first_days(store: Store) -> None:
    stored = _row("datawarehouse", _WAREHOUSE, "prod-warehouse", {"storageCHC": 1.12, "backupCHC": 0.35}, 1.47)
    metrics = {"computeCHC": 9.8, "publicDataTransferCHC": 0.2, "interRegionTier1DataTransferCHC": 0.0}
    served = _row("service", _SERVICE, "prod-eu", metrics, 10.0)
    piped = _row("clickpipe", _PIPE, "orders-pipe", _PIPED, 1.0)
    for day, rows, locked in (("2025-06-01", [stored, served], True), ("2025-06-02", [piped], False)):
        dated = [{**row, "date": day, "locked": locked} for row in rows]
        store.put(USAGE_DAY, day, {"date": day, "rows": dated}, parent=ACME_CLICKHOUSE)


def _row(kind: str, entity: str, name: str, metrics: dict[str, float], total: float) -> Record:
    service = None if kind == "datawarehouse" else _SERVICE
    identity = {"dataWarehouseId": _WAREHOUSE, "serviceId": service, "date": "", "entityType": kind, "entityId": entity}
    return {**identity, "entityName": name, "metrics": metrics, "totalCHC": total, "locked": True}


def _ago(now: datetime, days: int) -> str:
    return (now - timedelta(days=days)).date().isoformat()


def _entity(  # noqa: PLR0913, PLR0917 - an entity has as many members
    store: Store,
    organization: str,
    kind: str,
    entity_id: str,
    name: str,
    usual: dict[str, float],
    *,
    since: str,
    until: str | None = None,
    tags: dict[str, str] | None = None,
    warehouse: str = "",
    service: str = "",
) -> None:
    entity = {
        "dataWarehouseId": warehouse or entity_id,
        "serviceId": service or entity_id if kind != "datawarehouse" else None,
        "entityType": kind,
        "entityId": entity_id,
        "entityName": name,
        "usual": usual,
        "since": since,
        "until": until,
        "tags": tags or {},
    }
    store.put(USAGE_ENTITY, entity_id, entity, parent=organization)
