"""What was done in and to an organization: log-ins, changes of its children, events, errors. Newest first."""

from datetime import UTC, datetime
from operator import itemgetter

from starlette.responses import JSONResponse, Response

from gateway.sandbox.clock import seconds
from gateway.sandbox.locktera import shapes
from gateway.sandbox.locktera.answers import invalid
from gateway.sandbox.locktera.calls import Call
from gateway.sandbox.locktera.records import ACCESS, AUDIT, ERROR, EVENT, Record, shown


def access(call: Call) -> list[Record] | Record:
    """GET /orgs/{org_id}/access_log; by the OpenAPI file the answer is one object, here the newest entry."""
    entries = [shapes.access(entry, call.switches) for entry in _entries(call, ACCESS, "timestamp")]
    if call.switches["shape_spec"]:
        return entries[0] if entries else {}
    return entries


def children_audit(call: Call) -> list[Record]:
    """GET /orgs/{org_id}/children_audit."""
    return _entries(call, AUDIT, "timestamp")


def events(call: Call) -> list[Record]:
    """GET /orgs/{org_id}/events."""
    return _entries(call, EVENT, "created_date")


def errors(call: Call) -> list[Record]:
    """GET /orgs/{org_id}/errors."""
    return [shown(entry) for entry in _entries(call, ERROR, "timestamp")]


def error_created(call: Call) -> Response:
    """POST /orgs/{org_id}/errors with ``{message, code?}``; neither body nor answer is published."""
    organization = call.organization()
    body = call.body()
    if not isinstance(body.get("message"), str) or not body["message"]:
        raise invalid("message", "must be a string")
    if not isinstance(body.get("code", 0), int):
        raise invalid("code", "must be an integer")
    number = call.store.next_number("locktera.error")
    moment = seconds(call.clock.now())
    entry = {"id": f"error-{number}", "org_id": organization["id"], "timestamp": moment}
    entry |= {name: body[name] for name in ("message", "code") if name in body}
    call.store.put(ERROR, entry["id"], entry, parent=organization["id"])
    return JSONResponse(entry, status_code=201)


def _entries(call: Call, kind: str, time: str) -> list[Record]:
    """All entries, or those from ``start`` to ``end``, or one ``page`` (from 1) of ``limit`` of them."""
    organization = call.organization()
    start, end = _moment(call, "start"), _moment(call, "end")
    if start and end and start > end:
        raise invalid("start", "must not be after end")
    page, limit = _count(call, "page") or 1, _count(call, "limit")
    found = call.store.all(kind, parent=organization["id"])
    if start:
        found = [entry for entry in found if datetime.fromisoformat(entry[time]) >= start]
    if end:
        found = [entry for entry in found if datetime.fromisoformat(entry[time]) <= end]
    found.reverse()  # of two in one second, the later one comes first
    found.sort(key=itemgetter(time), reverse=True)
    limit = limit or max(len(found), 1)
    return found[(page - 1) * limit : page * limit]


def _moment(call: Call, name: str) -> datetime | None:
    text = call.request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name, "must be an ISO 8601 date-time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(call: Call, name: str) -> int | None:
    text = call.request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > len("1000000") or int(text) == 0:
        raise invalid(name, "must be an integer from 1")
    return int(text)
