"""Usage: devices, notebook minutes and payloads over a window."""

from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException

from gateway.sandbox.clock import milliseconds
from gateway.sandbox.losant import figures
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.records import Record, Records
from gateway.sandbox.losant.windows import DAY, Window, midnight, window

_DAILY, _HOURLY = "86400000", "3600000"


class Usage:
    """The four usage calls; all but payload counts answer in rows."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def devices(self, call: Call) -> Record:
        """Devices created and deleted, and the total, by day."""
        record, over = self._asked(call)
        born, traffic = self._records.born(record), self._records.traffic(call.org)
        rows = []
        for day, _, _ in over.days(born):
            before = None if day == midnight(born) else day - DAY
            rows.append({"date": milliseconds(day), **figures.device_row(call.org, traffic, day, before)})
        return _rows(over, rows)

    def notebooks(self, call: Call) -> Record:
        """Notebook minutes, and how the runs ended, by day."""
        record, over = self._asked(call)
        traffic = self._records.traffic(call.org)
        days = over.days(self._records.born(record))
        rows = [{"date": milliseconds(day), **figures.notebook_row(call.org, traffic, day)} for day, _, _ in days]
        return _rows(over, rows)

    def payloads(self, call: Call) -> figures.Payloads:
        """Payloads by category and source over the whole window."""
        as_bytes = call.flag("asBytes")
        record, over = self._asked(call)
        traffic = self._records.traffic(call.org)
        return figures.payloads(call.org, traffic, over, self._records.born(record), as_bytes=as_bytes)

    def breakdown(self, call: Call) -> Record:
        """All payloads by day, or by hour; their sum is that of `payloads` unless non-billable ones are included."""
        flags = {"as_bytes": call.flag("asBytes"), "non_billable": call.flag("includeNonBillable")}
        resolution = call.query.get("resolution") or _DAILY
        if resolution not in (_DAILY, _HOURLY):
            raise HTTPException(400, f"Invalid query: resolution must be {_DAILY} or {_HOURLY}")
        record, over = self._asked(call)
        traffic = self._records.traffic(call.org)
        rows = []
        for day, begin, until in over.days(self._records.born(record)):
            starts = [(begin, until)] if resolution == _DAILY else [(hour, hour + 1) for hour in range(begin, until)]
            for first, after in starts:
                at = day if resolution == _DAILY else day + timedelta(hours=first)
                value = figures.payloads_between(call.org, traffic, day, first, after, **flags)
                rows.append({"date": milliseconds(at), "value": value})
        return _rows(over, rows)

    def _asked(self, call: Call) -> tuple[Record, Window]:
        record = self._records.org(call.org)
        return record, window(call.query, self._records.clock.now())


def _rows(over: Window, rows: list[dict[str, Any]]) -> Record:
    return {"start": milliseconds(over.start), "end": milliseconds(over.end), "counts": rows}
