"""The gateway, and the sandbox where it runs on one, served until a signal ends it."""

import asyncio
import tomllib
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Final

import structlog

from gateway.cli.assembly import assembled
from gateway.cli.banner import Origin, Paper, heading, upstream_table
from gateway.cli.collection import collect_at_need
from gateway.cli.ending import HURRIED_SECONDS, LONGEST_SECONDS, Interruption, end_within, interruption
from gateway.cli.open_files import make_room_for
from gateway.cli.post import Post
from gateway.cli.refusal import CannotRunError
from gateway.cli.server import Server
from gateway.cli.sockets import address_of, listening_socket
from gateway.settings import Callers, Settings

if TYPE_CHECKING:  # they bring the whole graph along
    from gateway.app import Gateway
    from gateway.sandbox.serve import Sandbox

GRACE_SECONDS: Final = 1.0
"""In production, where nothing is said: what Kubernetes and load balancers take to see that it is not ready."""

_log = structlog.get_logger(__name__)


async def serve(settings: Settings, origin: Origin, post: Post | None = None) -> None:
    """Serves until SIGINT or SIGTERM, prints the banner on the way.

    Args:
        settings: The gateway's.
        origin: Of the settings.
        post: Of this process among several; None where it serves alone.

    Raises:
        CannotRunError: There is nothing to listen on, or a file that the settings name cannot be used.
    """
    async with AsyncExitStack() as stack:
        stopped = stack.enter_context(interruption())
        if post:
            post.take()
        bound = post.socket if post else listening_socket(settings.server.host, settings.server.port)
        stack.enter_context(bound)
        from gateway.ledger.store import LedgerUnusableError  # noqa: PLC0415  it takes time; a taken port is told before

        if origin.sandbox:
            if settings.server.workers > 1:
                _log.warning("the sandbox runs in one process", workers=settings.server.workers)
            from gateway.sandbox.serve import Sandbox  # noqa: PLC0415  most gateways do without

            settings = on_sandbox(settings, await stack.enter_async_context(Sandbox()))
        gateway = assembled(settings, on_sandbox=bool(origin.sandbox))
        try:
            gateway.open()
        except LedgerUnusableError as error:
            raise CannotRunError(str(error)) from None
        collect_at_need()
        make_room_for(settings.server.connections)
        if post:
            await stack.enter_async_context(gateway.among(post.colleagues))
        server = Server(gateway, gateway.cut_off)
        address = address_of(settings.server.host, bound.getsockname()[1])
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([bound]))
            banner = tasks.create_task(_tell(server, gateway, origin, address, post))
            await stopped.wait()
            banner.cancel()
            gateway.drain()
            server.drain()
            hurry = tasks.create_task(_hurry(server, stopped, serving))
            grace = settings.server.grace_seconds
            if grace is None:
                grace = GRACE_SECONDS if settings.profile == "production" else 0.0
            end_within(grace + LONGEST_SECONDS, serving.done)
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await stopped.hurried.wait()
            server.should_exit = True
            await serving
            hurry.cancel()


async def _hurry(server: Server, stopped: Interruption, serving: asyncio.Task[None]) -> None:
    """End at once, when that is asked for."""
    await stopped.hurried.wait()
    end_within(HURRIED_SECONDS, serving.done)
    server.hurried.set()


def on_sandbox(settings: Settings, sandbox: "Sandbox") -> Settings:
    """The same settings, with the sandbox's upstreams and organizations; its callers, where there are no own ones."""
    own = Settings.model_validate(tomllib.loads(sandbox.settings_toml()))
    theirs = {"upstreams": own.upstreams, "organizations": own.organizations}
    if settings.callers == Callers():
        theirs["callers"] = own.callers
    return settings.model_copy(update=theirs)


async def _tell(server: Server, gateway: "Gateway", origin: Origin, address: str, post: Post | None) -> None:
    paper = Paper()
    await server.listening.wait()
    if post:
        post.report()
        if not post.tells:
            return
    paper.print(heading(gateway.settings, origin, address))
    try:
        paper.print(upstream_table(await gateway.check()))
        if cache := await gateway.shared_cache():
            paper.print(f"\n{cache}")
    except Exception:  # noqa: BLE001  whatever it is, the gateway goes on serving
        _log.exception("the check of the upstreams failed")
    paper.print("\nCtrl+C ends it.", style="dim")
