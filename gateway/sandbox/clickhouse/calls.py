"""One authenticated call: whose key it carries, which organization it is about, what the key may do there."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.clickhouse.answers import Refusal, answer, bad_request, error
from gateway.sandbox.clickhouse.checks import invalid_id, moment_of, uuid_of
from gateway.sandbox.clickhouse.permissions import ANY_KEY, permissions_of
from gateway.sandbox.clickhouse.records import API_KEY, CREDENTIAL, ORGANIZATION, Record
from gateway.sandbox.clock import Clock, seconds
from gateway.sandbox.rate import RateLimit
from gateway.sandbox.store import Store

_READING = ("GET", "HEAD")
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Call:
    """What a handler works with.

    Attributes:
        raw: The body.
        key: The API key that the call carries.
        organization: The key's organization, which is the one in the path, if the path names one.
        switches: The stand-in's switches, as they are now.
    """

    request: Request
    raw: bytes
    store: Store
    clock: Clock
    key: Record
    organization: Record
    switches: dict[str, bool]

    @property
    def organization_id(self) -> str:
        """The organization's id."""
        return str(self.organization["id"])

    @property
    def address(self) -> str:
        """Where the call comes from."""
        return self.request.client.host if self.request.client else "127.0.0.1"


Handler = Callable[[Call], Any]


class Door:
    """Lets calls in: authentication, rate, organization and permission, in this order."""

    def __init__(self, store: Store, clock: Clock, switches: dict[str, bool]) -> None:
        self._store = store
        self._clock = clock
        self._switches = switches
        self._rate = RateLimit(calls=10, seconds=10.0, clock=clock)

    def endpoint(self, permission: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A Starlette endpoint that answers with what ``handler`` returns or refuses."""

        async def serve(request: Request) -> Response:
            raw = await request.body()
            try:
                call = self._admit(request, raw, permission)
                if request.method in _READING:
                    return answer(handler(call))
                with self._store.transaction():
                    return answer(handler(call))
            except Refusal as refusal:
                return error(refusal.status, refusal.text, refusal.headers)

        return serve

    def _admit(self, request: Request, raw: bytes, permission: str) -> Call:
        key, organization = self._authenticated(request)
        if self._switches["rate_limit"] and (wait := self._rate.take(key["id"])):
            raise Refusal(429, headers={"X-RateLimit-Reset": f"{wait:.3f}"})
        sought = request.path_params.get("organizationId")
        if sought is not None and uuid_of("organization", sought) != organization["id"]:
            raise bad_request(invalid_id("organization", sought)) if self._switches["foreign_id_400"] else Refusal(404)
        call = Call(request, raw, self._store, self._clock, key, organization, self._switches)
        self._refuse_address(call)
        if permission != ANY_KEY and permission not in permissions_of(key, organization["id"], self._store):
            raise Refusal(403, "FORBIDDEN: insufficient permissions")
        return call

    def _authenticated(self, request: Request) -> tuple[Record, Record]:
        key_id, secret = _basic(request.headers.get("authorization", ""))
        credential = self._store.get(CREDENTIAL, key_id)
        if credential is None or not hmac.compare_digest(credential["secret"].encode(), secret.encode()):
            raise Refusal(401, "UNAUTHORIZED: Key is not found")
        organization = self._store.get(ORGANIZATION, credential["organizationId"])
        key = self._store.get(API_KEY, credential["apiKeyId"], parent=credential["organizationId"])
        moment = self._clock.now()
        if organization is None or key is None or key["state"] != "enabled" or _is_past(key.get("expireAt"), moment):
            raise Refusal(401, "UNAUTHORIZED: Key is not found")
        used = key.get("usedAt")
        if used is None or moment - moment_of(used) >= _USE_IS_NOTED_EVERY:
            key["usedAt"] = seconds(moment)
            self._store.put(API_KEY, key["id"], key, parent=organization["id"])
        return key, organization

    def _refuse_address(self, call: Call) -> None:
        """An empty list of addresses lets nobody in."""
        allowed = [entry["source"] for entry in call.key.get("ipAccessList", [])]
        if any(source in _EVERYWHERE for source in allowed):
            return
        address = ipaddress.ip_address(call.address)
        if not any(address in ipaddress.ip_network(source, strict=False) for source in allowed):
            raise Refusal(403, f"FORBIDDEN: {address} is not in the key's IP access list")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(401)
    try:
        key_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal(401) from None
    return key_id, secret


def _is_past(expiry: str | None, moment: datetime) -> bool:
    return expiry is not None and moment_of(expiry) <= moment
