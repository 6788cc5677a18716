"""How Locktera is asked, and how it refuses."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from gateway.settings import Locktera as LockteraSettings
from gateway.settings.native_ids import locktera_id
from gateway.upstreams.bearer import BearerAdapter
from gateway.upstreams.reading import Shape, safe
from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.identity import Upstream

_LONGEST_TEXT = 300


class RefusalShape(msgspec.Struct, gc=False):
    """The body of a refusal, where it is JSON."""

    message: str | None = None


_REFUSAL = Shape(Upstream.LOCKTERA, RefusalShape)


class LockteraCalls(BearerAdapter):
    """Asks Locktera."""

    upstream = Upstream.LOCKTERA
    id_form = staticmethod(locktera_id)
    id_words = "1 to 64 letters, digits, _ or -"
    credential_setting = "upstreams.locktera.token"

    @property
    def settings(self) -> LockteraSettings:
        """The upstream's table."""
        return cast("LockteraSettings", self._line.settings)

    def reason(self, body: bytes) -> str | None:
        """The member `message`, or the plain text."""
        try:
            return safe(_REFUSAL.read(body).message)
        except UpstreamInvalidResponse:
            return safe(body[:_LONGEST_TEXT].decode("utf-8", "replace").strip())


def many(given: object) -> Sequence[Any]:
    """A list, where the API may give a single object in its place."""
    return given if isinstance(given, list) else [given]


def word(values: dict[str, Any], name: str) -> str | None:
    """A known member of the free-form object; a failure in its place where it is no text."""
    value = values.get(name)
    if value is None or isinstance(value, str | Failure):
        return cast("str | None", value)
    words = f"Locktera sent a value that does not fit its API (`{name}`)."
    return cast("str", UpstreamInvalidResponse(words, upstream=Upstream.LOCKTERA))
