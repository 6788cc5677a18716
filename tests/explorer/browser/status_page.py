"""The status page on made-up figures, hostile ones among them: for everyone below /open, with a key below /locked.

python status_page.py TRACE.JSON; prints its address.
"""

import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from gateway.door.status import Access, RecentOperations, routes

HOSTILE = "<img src=x onerror=globalThis.hacked=1>"
KEY = "a-key-that-may"
STARTED = time.time() - 93_784


class Verdict(Enum):
    """How an operation ended."""

    OK = auto()
    PARTIAL = auto()
    REFUSED = auto()


def upstream(name: str, **facts: Any) -> dict[str, Any]:
    """One that does well, but for what is given."""
    breaker = {"state": "CLOSED", "secondsLeft": 0.0, "calls": 120, "failures": 1}
    counts = {"throttledCredentials": 0, "inFlight": 2, "waiting": 0, "rate": None}
    return {"upstream": name, "state": "UP", "reason": None, "breaker": breaker, **counts, **facts}


def status() -> dict[str, Any]:
    """Figures of every kind."""
    quiet = {"state": "CLOSED", "secondsLeft": 0.0, "calls": 0, "failures": 0}
    is_open = {"state": "OPEN", "secondsLeft": 3.2, "calls": 24, "failures": 20}
    rate = {"used": 7, "most": 10, "seconds": 10.0}
    return {
        "gateway": {
            "version": "1.2.3",
            "profile": "explore",
            "started": STARTED,
            "uptimeSeconds": time.time() - STARTED,
            "operationsInFlight": 3,
            "draining": False,
        },
        "upstreams": [
            upstream("LOSANT", breaker=quiet, throttledCredentials=None),
            upstream("NKS", state="DEGRADED", reason=HOSTILE, waiting=4, inFlight=32),
            upstream("LOCKTERA", state="DOWN", reason="Locktera did not answer in time.", breaker=is_open),
            upstream("CLICKHOUSE", rate=rate, throttledCredentials=2),
        ],
        "cache": {"entries": 812, "bytes": 3_400_000, "mostEntries": 10_000, "mostBytes": 64_000_000},
    }


class Note(SimpleNamespace):
    """An operation that went well, but for what is given; and its trace."""

    def __init__(self, trace: Mapping[str, Any], **facts: Any) -> None:
        usual = {"request_id": "5f0c", "kind": "query", "name": "Members", "caller": "api_key:dashboard"}
        figures = {
            "verdict": Verdict.OK,
            "codes": {},
            "seconds": 0.41,
            "estimated": 230.0,
            "actual": 61.0,
            "at": time.time(),
        }
        super().__init__(**(usual | figures | facts), trace=trace)


def note(recent: RecentOperations[Note], trace: Mapping[str, Any], **facts: Any) -> None:
    """Takes note of an operation."""
    sources = Counter(each["source"] for each in trace["calls"])
    recent.note([Note(trace, **facts)], [sources.total()], sources)


async def permitted(headers: Mapping[str, str]) -> Access:
    """The seam to the gateway's callers."""
    given = headers.get("authorization")
    if given == f"Bearer {KEY}":
        return Access.GRANTED
    return Access.DENIED if given == "Bearer a-key-that-may-not" else Access.UNKNOWN


async def everyone(_headers: Mapping[str, str]) -> Access:
    """The same in the profile `explore`."""
    return Access.GRANTED


def application(trace: Mapping[str, Any]) -> Starlette:
    """Both pages, with a few operations."""
    recent = RecentOperations[Note](lambda ended: ended.trace)
    note(recent, trace, name=HOSTILE, caller=f"api_key:{HOSTILE}", codes={HOSTILE: 1}, verdict=Verdict.PARTIAL)
    note(recent, trace, name="Slow", seconds=2.9, codes={"UPSTREAM_TIMEOUT": 2}, verdict=Verdict.PARTIAL)
    nothing = {"durationMs": 1.0, "upstreamCalls": 0, "waves": 0, "calls": []}
    note(recent, nothing, kind="", name=None, verdict=Verdict.REFUSED, actual=0.0)
    note(recent, trace)

    async def another(_request: Request) -> Response:
        note(recent, trace, name="Newest", kind="mutation")
        return Response(status_code=204)

    return Starlette(
        routes=[
            Mount("/open", routes=[*routes(status, recent, everyone), Route("/another", another, methods=["POST"])]),
            Mount("/locked", routes=routes(status, recent, permitted)),
        ]
    )


if __name__ == "__main__":
    config = uvicorn.Config(application(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), log_level="warning")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}/\n")
        sys.stdout.flush()
        uvicorn.Server(config).run([listening])
