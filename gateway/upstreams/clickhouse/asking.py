"""How ClickHouse Cloud is asked, and what its refusals mean."""

import re
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Generic, TypeVar, cast

import msgspec

from gateway.settings import ClickHouse as ClickHouseSettings
from gateway.settings.native_ids import clickhouse_id
from gateway.upstreams.adapter import Adapter
from gateway.upstreams.reading import Shape
from gateway.wire.verdict import verdict
from resolvers.errors import Failure, NotFound
from resolvers.identity import Upstream

T = TypeVar("T")

_BAD_REQUEST = int(HTTPStatus.BAD_REQUEST)
_PLAIN_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.|@-]{1,128}")


class Envelope(msgspec.Struct, Generic[T], gc=False):
    """What every answer is wrapped in."""

    result: T


def judge(upstream: Upstream, status: int, headers: Mapping[str, str], body: bytes) -> Failure | None:
    """The general verdict; a 400 about an id that has the right form means that there is no such object."""
    if status == _BAD_REQUEST and b'"BAD_REQUEST: Invalid ' in body:
        return NotFound(f"{upstream.title} has no such object, or none that the credential sees.", upstream=upstream)
    return verdict(upstream, status, headers, body)


class ClickHouseCalls(Adapter):
    """Asks ClickHouse Cloud, each organization with its own key."""

    upstream = Upstream.CLICKHOUSE
    judge = staticmethod(judge)
    id_form = staticmethod(clickhouse_id)
    credential_setting = "[[upstreams.clickhouse.keys]]"
    id_words = "a UUID such as 2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"

    def own_credential(self, native_id: str | None) -> tuple[str, str]:
        """The key of the organization."""
        header = self._keys().get(native_id or "")
        if header is None:
            raise self.not_configured(f" for organization {native_id}")
        return header

    def keyed(self) -> list[str | None]:
        """An organization for each key that there is to ask with, in the settings' order; None for the caller's own."""
        return [None] if self.by_caller else list(self._keys())

    def _keys(self) -> Mapping[str, tuple[str, str]]:
        """Organization to header; made once per process."""
        known = self._line.credentials
        if not known:
            for key in cast("ClickHouseSettings", self._line.settings).keys:
                plain = f"{key.key_id}:{key.key_secret.get_secret_value()}"
                known[key.organization] = "Authorization", f"Basic {b64encode(plain.encode()).decode()}"
        return known

    async def read(
        self,
        shape: Shape[Envelope[T]],
        operation: str,
        native_id: str,
        parts: tuple[str, ...] = (),
        query: tuple[tuple[str, str], ...] = (),
    ) -> T:
        """What a successful answer below the organization holds."""
        path = ("v1", "organizations", native_id, *parts)
        return (await self.get(shape, operation, path, query, native_id=native_id)).result


def is_plain_id(text: str) -> bool:
    """Whether `text` could be the id of a user or activity: the API gives them no form."""
    return _PLAIN_ID.fullmatch(text) is not None
