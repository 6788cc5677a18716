"""One authenticated call: who makes it, with which rights, about which organization."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.sandbox.body import read
from gateway.sandbox.clock import Clock
from gateway.sandbox.locktera.answers import Refusal, error, invalid
from gateway.sandbox.locktera.records import CREDENTIAL, ORG, Record
from gateway.sandbox.rate import RateLimit
from gateway.sandbox.store import Store

_READING = ("GET", "HEAD")
_CALLS_PER_MINUTE = (100, 500)
"""Of standard users and of administrators."""


@dataclass(frozen=True)
class Call:
    """What a handler works with.

    Attributes:
        raw: The body.
        caller: Whose API key the call carries: ``{user, org_id, roots, permissions}``.
        switches: The stand-in's switches, as they are now.
    """

    request: Request
    raw: bytes
    store: Store
    clock: Clock
    caller: Record
    switches: dict[str, bool]

    def body(self) -> Record:
        """The JSON object in the body; 400 for anything else."""
        try:
            body = read(self.raw)
        except ValueError:
            raise Refusal(400, "Invalid input: body is not valid JSON") from None
        if not isinstance(body, dict):
            raise invalid("body", "must be an object")
        return body

    def organization(self) -> Record:
        """The organization in the path; 404 where it is unknown or outside the caller's hierarchy."""
        return self.reachable(self.request.path_params["org_id"])

    def reachable(self, organization_id: str) -> Record:
        """Any organization in the caller's hierarchy, else 404."""
        record = self.store.get(ORG, organization_id)
        if record is None or record["_root"] not in self.caller["roots"]:
            raise Refusal(404)
        return record

    @property
    def address(self) -> str:
        """Where the call comes from."""
        return self.request.client.host if self.request.client else "127.0.0.1"


Handler = Callable[[Call], Any]
"""Gives the body of a 200, or a whole response."""


class Door:
    """Lets calls in: API key, rate, right to write."""

    def __init__(self, store: Store, clock: Clock, switches: dict[str, bool]) -> None:
        self._store = store
        self._clock = clock
        self._switches = switches
        self._rates = {calls: RateLimit(calls=calls, seconds=60.0, clock=clock) for calls in _CALLS_PER_MINUTE}

    def endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A Starlette endpoint that answers with what ``handler`` gives or refuses."""

        async def serve(request: Request) -> Response:
            raw = await request.body()
            try:
                call = self._admit(request, raw)
                if request.method in _READING:
                    answer = handler(call)
                else:
                    with self._store.transaction():
                        answer = handler(call)
            except Refusal as refusal:
                return self.error(refusal.status, refusal.message, refusal.fields)
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return serve

    def error(self, status: int, message: str = "", fields: dict[str, str] | None = None) -> Response:
        """An error in the shape that the switches ask for."""
        return error(status, message, fields, text=self._switches["text_errors"])

    def _admit(self, request: Request, raw: bytes) -> Call:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        caller = self._store.get(CREDENTIAL, token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise Refusal(401)
        if self._switches["rate_limit"] and self._rates[caller["calls_per_minute"]].take(token):
            raise Refusal(429)
        if request.method not in _READING and "write" not in caller["permissions"]:
            raise Refusal(403)
        return Call(request, raw, self._store, self._clock, caller, self._switches)
