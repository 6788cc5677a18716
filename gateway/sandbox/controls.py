"""The routes under `/__sandbox/` that tests and operators steer a stand-in by."""

from collections.abc import Callable
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.sandbox.faults import CONTROL, Fault, FaultKind, Faults

_KINDS = get_args(FaultKind)
_MEMBERS = ("path", "method", "fault", "seconds", "status", "headers", "times")


class UnusableError(Exception):
    """A control request that cannot be followed; its sentence is for the caller."""


class Controls:
    """Faults, requests, switches and reset over HTTP; no credential is asked for."""

    def __init__(self, faults: Faults, switches: dict[str, bool], rebuild: Callable[[], None]) -> None:
        self._faults = faults
        self._switches = switches
        self._rebuild = rebuild

    def routes(self) -> list[BaseRoute]:
        """The control routes."""
        return [
            Route(CONTROL + "faults", self._change_faults, methods=["GET", "POST", "DELETE"]),
            Route(CONTROL + "requests", self._see_requests, methods=["GET", "DELETE"]),
            Route(CONTROL + "switches", self._change_switches, methods=["GET", "PUT"]),
            Route(CONTROL + "reset", self._reset, methods=["POST"]),
        ]

    async def _change_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            try:
                self._faults.add(_fault(await _object(request)))
            except UnusableError as error:
                return _refused(error)
            return JSONResponse(self._faults.listed(), status_code=201)
        return JSONResponse(self._faults.listed())

    async def _see_requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.requests.clear()
            return Response(status_code=204)
        return JSONResponse(list(self._faults.requests))

    async def _change_switches(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self._switches.update(_switched(await _object(request), self._switches))
            except UnusableError as error:
                return _refused(error)
        return JSONResponse(self._switches)

    async def _reset(self, _: Request) -> Response:
        self._rebuild()
        return Response(status_code=204)


def _refused(error: UnusableError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise UnusableError("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise UnusableError("The body must be a JSON object.")
    return body


def _switched(wanted: dict[str, Any], known: dict[str, bool]) -> dict[str, bool]:
    for name, value in wanted.items():
        if name not in known:
            raise UnusableError(f"No switch {name!r} here; there are {sorted(known)}.")
        if not isinstance(value, bool):
            raise UnusableError(f"{name!r} must be true or false.")
    return wanted


def _fault(body: dict[str, Any]) -> Fault:
    unknown = sorted(set(body) - set(_MEMBERS))
    if unknown:
        raise UnusableError(f"Unknown members {unknown}; known are {list(_MEMBERS)}.")
    if body.get("fault") not in _KINDS:
        raise UnusableError(f"'fault' must be one of {list(_KINDS)}.")
    if not _is_number(body.get("seconds", 0)) or body.get("seconds", 0) < 0:
        raise UnusableError("'seconds' must be a number from 0.")
    status = body.get("status", 503)
    if type(status) is not int or not 200 <= status <= 599:  # noqa: PLR2004 - final statuses of HTTP
        raise UnusableError("'status' must be an integer from 200 to 599.")
    times = body.get("times")
    if times is not None and (type(times) is not int or times < 1):
        raise UnusableError("'times' must be an integer from 1, or null.")
    headers = body.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise UnusableError("'headers' must be an object of strings.")
    for name in ("path", "method"):
        if not isinstance(body.get(name, "*"), str):
            raise UnusableError(f"'{name}' must be a string.")
    return Fault(**{**body, "method": body.get("method", "*").upper()})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
