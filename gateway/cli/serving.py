"""The gateway, and the sandbox where it runs on one, served until a signal ends it."""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, Final, cast

import structlog
import uvicorn

from gateway.cli.assembly import assembled
from gateway.cli.banner import Origin, Paper, heading, upstream_table
from gateway.cli.connections import Bounds, Connection
from gateway.cli.ending import (
    ANSWER_SECONDS,
    CLOSE_SECONDS,
    CUT_SECONDS,
    HURRIED_SECONDS,
    LONGEST_SECONDS,
    Interruption,
    end_within,
    interruption,
)
from gateway.cli.open_files import make_room_for
from gateway.cli.refusal import CannotRunError
from gateway.cli.sockets import address_of, listening_socket
from gateway.cli.web_sockets import WebSocketConnection
from gateway.sandbox.serve import Sandbox
from gateway.settings import Callers, Settings

if TYPE_CHECKING:  # it brings the whole graph along
    from gateway.app import Gateway

GRACE_SECONDS: Final = 1.0
"""In production, where nothing is said: what Kubernetes and load balancers take to see that it is not ready."""

_TICK_SECONDS: Final = 0.02

_log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals alone and says when it listens."""

    def __init__(self, app: "Gateway") -> None:
        figures = app.settings.server
        bounds = Bounds(figures.header_seconds, figures.header_bytes, figures.connections, figures.write_seconds)
        web_socket = partial(WebSocketConnection, write_seconds=figures.write_seconds)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                loop="asyncio",
                http=cast("type[asyncio.Protocol]", partial(Connection, bounds=bounds)),
                ws=cast("type[asyncio.Protocol]", web_socket),
                ws_max_size=figures.socket_message_bytes,
                ws_ping_interval=figures.socket_ping_seconds,
                ws_ping_timeout=figures.socket_ping_seconds,
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=cast("int", figures.idle_seconds),
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        )
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()


async def serve(settings: Settings, origin: Origin) -> None:
    """Serves until SIGINT or SIGTERM, prints the banner on the way.

    Raises:
        CannotRunError: There is nothing to listen on, or a file that the settings name cannot be used.
    """
    async with AsyncExitStack() as stack:
        stopped = stack.enter_context(interruption())
        bound = stack.enter_context(listening_socket(settings.server.host, settings.server.port))
        from gateway.ledger.store import LedgerUnusableError  # noqa: PLC0415  it takes time; a taken port is told before

        if origin.sandbox:
            settings = on_sandbox(settings, await stack.enter_async_context(Sandbox()))
        gateway = assembled(settings, on_sandbox=bool(origin.sandbox))
        try:
            gateway.open()
        except LedgerUnusableError as error:
            raise CannotRunError(str(error)) from None
        make_room_for(settings.server.connections)
        server = Server(gateway)
        address = address_of(settings.server.host, bound.getsockname()[1])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve([bound]))
            banner = tasks.create_task(_tell(server, gateway, origin, address))
            await stopped.wait()
            banner.cancel()
            server.should_exit = True


def on_sandbox(settings: Settings, sandbox: Sandbox) -> Settings:
    """The same settings, with the sandbox's upstreams and organizations; its callers, where there are no own ones."""
    own = Settings.model_validate(tomllib.loads(sandbox.settings_toml()))
    theirs = {"upstreams": own.upstreams, "organizations": own.organizations}
    if settings.callers == Callers():
        theirs["callers"] = own.callers
    return settings.model_copy(update=theirs)


async def _tell(server: Server, gateway: "Gateway", origin: Origin, address: str) -> None:
    paper = Paper()
    await server.listening.wait()
    paper.print(heading(gateway.settings, origin, address))
    try:
        paper.print(upstream_table(await gateway.check()))
    except Exception:  # noqa: BLE001  whatever it is, the gateway goes on serving
        _log.exception("the check of the upstreams failed")
    paper.print("\nCtrl+C ends it.", style="dim")
