"""What each warehouse, service and pipe of an organization costs a day, in ClickHouse Credits.

A day's figures follow from the entity and the day alone, so that two reads agree; the rows of the last days are not
locked. Days before an entity began, and days to come, cost nothing.
"""

from datetime import date, timedelta
from typing import Final

from gateway.sandbox.chance import fraction
from gateway.sandbox.clickhouse.answers import bad_request
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import day_of
from gateway.sandbox.clickhouse.records import USAGE_DAY, USAGE_ENTITY, Record

UNLOCKED_DAYS: Final = 3
_LONGEST = timedelta(days=30)
_WEEKEND = 5
_QUIET = 0.6


def read(call: Call) -> Record:
    """GET {organization}/usageCost: both dates required, plain, inclusive, at most 31 days."""
    query = call.request.query_params
    if not query.get("from_date") or not query.get("to_date"):
        raise bad_request("from_date and to_date are required")
    start, end = day_of(query["from_date"]), day_of(query["to_date"])
    if start > end:
        raise bad_request("from_date is after to_date")
    if end - start > _LONGEST:
        raise bad_request("the period must be at most 31 days")
    tags = [_tag(text) for text in query.getlist("filter")]
    today = call.clock.now().date()
    entities = [
        entity
        for entity in call.store.all(USAGE_ENTITY, parent=call.organization_id)
        if all(_is_tagged(entity, name, value) for name, value in tags)
    ]
    wanted = {entity["entityId"] for entity in entities}
    written = {day["date"]: day["rows"] for day in call.store.all(USAGE_DAY, parent=call.organization_id)}
    costs: list[Record] = []
    for number in range((min(end, today) - start).days + 1):
        day = start + timedelta(days=number)
        if day.isoformat() in written:
            costs += [row for row in written[day.isoformat()] if row["entityId"] in wanted]
        else:
            locked = today - day > timedelta(days=UNLOCKED_DAYS)
            costs += [_row(entity, day, locked=locked) for entity in entities if _runs(entity, day)]
    total = round(sum(row["totalCHC"] for row in costs), 2)
    return {"grandTotalCHC": total, "costs": costs}


def _row(entity: Record, day: date, *, locked: bool) -> Record:
    quiet = _QUIET if day.weekday() >= _WEEKEND else 1.0
    metrics = {
        name: round(usual * quiet * (0.8 + 0.4 * fraction(entity["entityId"], name, day)), 2)
        for name, usual in entity["usual"].items()
    }
    return {
        "dataWarehouseId": entity["dataWarehouseId"],
        "serviceId": entity["serviceId"],
        "date": day.isoformat(),
        "entityType": entity["entityType"],
        "entityId": entity["entityId"],
        "entityName": entity["entityName"],
        "metrics": metrics,
        "totalCHC": round(sum(metrics.values()), 2),
        "locked": locked,
    }


def _runs(entity: Record, day: date) -> bool:
    return bool(entity["since"] <= day.isoformat() and day.isoformat() <= (entity.get("until") or "9999-12-31"))


def _tag(text: str) -> tuple[str, str | None]:
    """``tag:KEY=VALUE`` or ``tag:KEY``."""
    word, _, tag = text.partition(":")
    name, equals, value = tag.partition("=")
    if word != "tag" or not name:
        raise bad_request(f"Invalid filter {text}")
    return name, value if equals else None


def _is_tagged(entity: Record, name: str, value: str | None) -> bool:
    tags = entity.get("tags", {})
    return name in tags and (value is None or tags[name] == value)
