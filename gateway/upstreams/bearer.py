"""Adapters of upstreams that have one bearer token for everything."""

from typing import cast

from gateway.settings.upstreams import TokenUpstream
from gateway.upstreams.adapter import Adapter
from gateway.upstreams.once import once


class BearerAdapter(Adapter):
    """Shows the settings' token, whichever organization is asked for."""

    def credential(self, native_id: str | None = None) -> tuple[str, str]:  # noqa: ARG002  one for all
        """The same in the whole operation; the gateway's own is the same in all."""
        return self._line.credentials.get("") or self._credential

    @once
    def _credential(self) -> tuple[str, str]:
        return super().credential()

    def own_credential(self, native_id: str | None) -> tuple[str, str]:  # noqa: ARG002  one token for all
        """`Bearer` and the token; made once per process."""
        token = cast("TokenUpstream", self._line.settings).token.get_secret_value()
        if not token:
            raise self.not_configured()
        header = self._line.credentials[""] = "Authorization", f"Bearer {token}"
        return header
