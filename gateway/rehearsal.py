"""Stand-ins that have every organization that is asked for: they show what an operation asks of upstreams."""

import asyncio
import base64
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Final

import httpx

from gateway.sandbox.serve import Sandbox
from gateway.settings import OrganizationLinks, Settings
from resolvers.identity import Upstream

_PATH: Final = re.compile(r"(?P<before>/(?:v1/)?(?:orgs|organizations))(?P<id>/[^/]+)?(?P<rest>/.*)?$")
_BEFORE: Final = {Upstream.LOCKTERA: "/v1/orgs", Upstream.CLICKHOUSE: "/v1/organizations"}
_TEMPLATE: Final = "acme"
_SECONDS: Final = 0.02
"""What an answer takes, so that calls made at the same time are seen to be."""


def rehearsal(settings: Settings, sandbox: Sandbox) -> dict[Upstream, httpx.AsyncBaseTransport]:
    """Transports in the place of sockets. An organization that the sandbox has not looks like its `acme`.

    Args:
        settings: Of the gateway whose operations are rehearsed; lists hold the organizations that they link.
        sandbox: Answers; not started.
    """
    return {upstream: _Rehearsed(upstream, settings, sandbox) for upstream in Upstream}


class _Rehearsed(httpx.AsyncBaseTransport):
    """One upstream. Other objects of an organization than the sandbox has are not found, as anywhere."""

    def __init__(self, upstream: Upstream, settings: Settings, sandbox: Sandbox) -> None:
        own = Settings.model_validate(tomllib.loads(sandbox.settings_toml())).organizations
        self._upstream = upstream
        self._below = httpx.ASGITransport(sandbox.applications[upstream.word])
        self._template = _ids(own, upstream)[_TEMPLATE]
        self._known = set(_ids(own, upstream).values())
        self._linked = list(_ids(settings.organizations, upstream).values())
        self._keys = {
            _basic(key.key_id, key.key_secret.get_secret_value()): key.organization
            for key in settings.upstreams.clickhouse.keys
        }
        credentials = sandbox.credentials
        self._token = "" if upstream is Upstream.CLICKHOUSE else f"Bearer {getattr(credentials, upstream.word)}"
        self._tokens = {key.organization: _basic(key.key_id, key.key_secret) for key in credentials.clickhouse}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Asks the sandbox for an organization that it has, and answers under the name that was asked for."""
        path = _PATH.search(request.url.path)
        named = path["id"][1:] if path and path["id"] else None
        whose = named or self._keys.get(request.headers.get("authorization", ""), self._template)
        stand_in = whose if whose in self._known else self._template
        await asyncio.sleep(_SECONDS)
        response = await self._below.handle_async_request(await self._sent(request, path, stand_in))
        body = await response.aread()
        if response.status_code == httpx.codes.OK:
            if path and not named and request.method == "GET" and self._upstream is not Upstream.CLICKHOUSE:
                body = self._with_linked(body)
            elif whose != stand_in:
                body = self._renamed(body, whose)
        headers = {"content-type": "application/json"}
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(body))

    async def _sent(self, request: httpx.Request, path: re.Match[str] | None, stand_in: str) -> httpx.Request:
        url = request.url
        if path:
            below = f"/{stand_in}{path['rest'] or ''}" if path["id"] else ""
            url = url.copy_with(path=_BEFORE.get(self._upstream, "/orgs") + below)
        headers = httpx.Headers(request.headers)
        headers["authorization"] = self._token or self._tokens[stand_in]
        return httpx.Request(request.method, url, headers=headers, content=await request.aread())

    def _renamed(self, body: bytes, whose: str) -> bytes:
        if self._upstream is not Upstream.NKS:
            return body.replace(self._template.encode(), whose.encode())
        found = json.loads(body)
        if isinstance(found, dict) and str(found.get("pk")) == self._template:
            found["pk"] = int(whose)
        return json.dumps(found).encode()

    def _with_linked(self, body: bytes) -> bytes:
        """The list, which has the linked organizations too."""
        found = json.loads(body)
        listed = found["items"] if isinstance(found, dict) and "items" in found else found
        if isinstance(listed, list):
            name = "pk" if self._upstream is Upstream.NKS else "id"
            there = {str(each[name]) for each in listed}
            template = next(each for each in listed if str(each[name]) == self._template)
            further = [self._renamed(json.dumps(template).encode(), each) for each in self._linked if each not in there]
            listed[:0] = map(json.loads, further)
        return json.dumps(found).encode()


def _ids(organizations: Mapping[str, OrganizationLinks], upstream: Upstream) -> dict[str, str]:
    """The native ids at one upstream, by name."""
    links = {name: each.native_ids for name, each in organizations.items()}
    return {name: ids[upstream.word] for name, ids in links.items() if upstream.word in ids}


def _basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
