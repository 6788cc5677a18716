"""What happened in an organization, newest first."""

from datetime import datetime
from operator import itemgetter

from gateway.sandbox.clickhouse.answers import bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import activity_id_of, moment_of
from gateway.sandbox.clickhouse.records import ACTIVITY, Record, shown
from gateway.sandbox.clock import seconds

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS = 10
_NUMBER_DIGITS = 10


def activity_id(moment: datetime, number: int) -> str:
    """An id that sorts by time: ``act_``, ten digits of time, ten that tell apart what happened at once."""
    return "act_" + _digits(int(moment.timestamp() * 1000), _TIME_DIGITS) + _digits(number, _NUMBER_DIGITS)


def note(call: Call, kind: str, **more: str) -> None:
    """Write down what the caller's key has just done."""
    moment = call.clock.now()
    number = call.store.next_number("clickhouse.activity")
    activity = {
        "id": activity_id(moment, number),
        "createdAt": seconds(moment),
        "type": kind,
        "actorType": "api",
        "actorId": call.key["id"],
        "actorDetails": call.key["name"],
        "actorIpAddress": call.address,
        "organizationId": call.organization_id,
        **more,
    }
    if agent := call.request.headers.get("user-agent"):
        activity["userAgent"] = agent
    call.store.put(ACTIVITY, activity["id"], activity, parent=call.organization_id)


def listed(call: Call) -> list[Record]:
    """GET {organization}/activities: ``from_date`` and ``to_date`` are dates or date-times, both included."""
    query = call.request.query_params
    start = moment_of(query["from_date"]) if "from_date" in query else None
    end = moment_of(query["to_date"], end=True) if "to_date" in query else None
    if start and end and start > end:
        raise bad_request("from_date is after to_date")
    found = call.store.all(ACTIVITY, parent=call.organization_id)
    if start:
        found = [activity for activity in found if datetime.fromisoformat(activity["createdAt"]) >= start]
    if end:
        found = [activity for activity in found if datetime.fromisoformat(activity["createdAt"]) <= end]
    found.reverse()  # of two in one second, the later one comes first
    found.sort(key=itemgetter("createdAt"), reverse=True)
    return found


def got(call: Call) -> Record:
    """GET {organization}/activities/{activityId}."""
    sought = activity_id_of(call.request.path_params["activityId"])
    activity = call.store.get(ACTIVITY, sought, parent=call.organization_id)
    if activity is None:
        raise not_found(sought)
    return shown(activity)


def _digits(number: int, count: int) -> str:
    digits = ""
    for _ in range(count):
        number, digit = divmod(number, len(_CROCKFORD))
        digits = _CROCKFORD[digit] + digits
    return digits
