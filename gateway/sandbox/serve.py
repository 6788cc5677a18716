"""The four stand-ins together, on sockets of their own, in the running event loop."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from starlette.applications import Starlette

from gateway.sandbox.clickhouse import stand_in as clickhouse
from gateway.sandbox.clock import Clock
from gateway.sandbox.listening import Listener
from gateway.sandbox.locktera import stand_in as locktera
from gateway.sandbox.losant import stand_in as losant
from gateway.sandbox.nks import stand_in as nks
from gateway.sandbox.stand_in import application
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import CREDENTIALS, LINKS, Credentials

_STAND_INS = {"losant": losant, "nks": nks, "locktera": locktera, "clickhouse": clickhouse}
_PATHS = {"locktera": "/v1"}


class Sandbox:
    """Four upstreams with made-up data.

    Attributes:
        applications: By upstream, for use in the same process (`httpx.ASGITransport`), with no socket.
        urls: By upstream, the base URL that the gateway's settings want; real ones once it is started.
        credentials: The made-up tokens and keys.
        store: All of its state.
    """

    def __init__(
        self,
        store_path: str = ":memory:",
        host: str = "127.0.0.1",
        ports: Mapping[str, int] | None = None,
        clock: Clock | None = None,
        store: Store | None = None,
    ) -> None:
        """Build what is not there yet.

        Args:
            store_path: A file keeps the state over restarts.
            host: The address to listen on.
            ports: By upstream; left out or 0 is a free one.
            clock: The time by which data are made and tokens expire.
            store: In place of `store_path`; the copy of a built one spares the building.
        """
        clock = clock or Clock()
        self.store = store or Store(store_path)
        self.applications: dict[str, Starlette] = {
            name: application(make(self.store, clock), self.store, clock) for name, make in _STAND_INS.items()
        }
        self.urls = {name: f"http://{name}.sandbox{_PATHS.get(name, '')}" for name in _STAND_INS}
        self.credentials: Credentials = CREDENTIALS
        self._host = host
        self._ports = dict(ports or {})
        self._listeners: dict[str, Listener] = {}

    async def start(self) -> None:
        """Listen; all or none.

        Raises:
            OSError: A port is taken.
        """
        try:
            for name, app in self.applications.items():
                listener = Listener(app, self._host, self._ports.get(name) or 0)
                await listener.start()
                self._listeners[name] = listener
        except BaseException:
            await self._close_listeners()
            raise
        host = f"[{self._host}]" if ":" in self._host else self._host
        for name, listener in self._listeners.items():
            self.urls[name] = f"http://{host}:{listener.port}{_PATHS.get(name, '')}"

    async def stop(self) -> None:
        """Close the sockets and the store; the sandbox cannot be started again."""
        for app in self.applications.values():
            app.state.faults.release()
        await self._close_listeners()
        self.store.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def settings_toml(self) -> str:
        """The lines of a gateway.toml that point a gateway at this sandbox."""
        lines: list[str] = []
        for name in ("losant", "nks", "locktera"):
            token = getattr(self.credentials, name)
            lines += [f"[upstreams.{name}]", f"url = {_text(self.urls[name])}", f"token = {_text(token)}"]
            if name == "locktera":
                known = [str(links[name]) for links in LINKS.values() if name in links]
                lines += [f"organizations = {json.dumps(known)}", "rate = { calls = 0, seconds = 60 }"]
            lines.append("")
        lines += ["[upstreams.clickhouse]", f"url = {_text(self.urls['clickhouse'])}"]
        lines += ["rate = { calls = 0, seconds = 10 }", ""]
        for key in self.credentials.clickhouse:
            lines += ["[[upstreams.clickhouse.keys]]", f"organization = {_text(key.organization)}"]
            lines += [f"key_id = {_text(key.key_id)}", f"key_secret = {_text(key.key_secret)}", ""]
        for organization, links in LINKS.items():
            lines.append(f"[organizations.{organization}]")
            lines += [f"{name} = {json.dumps(native)}" for name, native in links.items()]
            lines.append("")
        lines += [
            "[callers] # everything is made up: whoever comes may do anything",
            "allow_anonymous_upstream_access = true",
        ]
        scopes = ("read", "members:write", "organizations:write", "organizations:delete", "customizations:write")
        lines += [f"anonymous = {json.dumps([*scopes, 'resources:transfer', 'trace'])}", ""]
        return "\n".join(lines)

    async def _close_listeners(self) -> None:
        for listener in self._listeners.values():
            await listener.stop()
        self._listeners.clear()


def _text(value: str) -> str:
    return json.dumps(value)  # a JSON string is a TOML basic string
