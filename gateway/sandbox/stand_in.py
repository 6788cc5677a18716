"""One vendor's stand-in: its routes and its way to write an error, made into an application."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from gateway.sandbox.clock import Clock
from gateway.sandbox.controls import Controls
from gateway.sandbox.faults import FaultInjection, Faults
from gateway.sandbox.store import Store


@dataclass(frozen=True)
class StandIn:
    """What one vendor's package says about itself.

    Attributes:
        name: The vendor; every kind and counter of its own in the store begins with `name.`.
        routes: Full paths, as the vendor has them.
        error: Writes an error as the vendor does, from a status and a sentence.
        build: Puts the made-up data into the store.
        switches: The behaviours that can be switched, with their defaults; handlers read this very dict.
    """

    name: str
    routes: list[BaseRoute]
    error: Callable[[int, str], Response]
    build: Callable[[Store, Clock], None]
    switches: dict[str, bool] = field(default_factory=dict)


def application(stand_in: StandIn, store: Store, clock: Clock) -> Starlette:
    """Serve a stand-in, with faults and control routes; the data is built where the store has none of it.

    `state.faults` is the `Faults` of the application, for those who hold it in the same process.
    """
    faults = Faults()

    def build() -> None:
        with store.transaction():
            store.delete_vendor(stand_in.name)
            stand_in.build(store, clock)
            store.put("sandbox.built", stand_in.name, {})

    if store.get("sandbox.built", stand_in.name) is None:
        build()

    def refused(request: Request, error: Exception) -> Response:
        problem = cast("HTTPException", error)
        sentence = problem.detail
        if problem.status_code == 405:  # noqa: PLR2004 - Method Not Allowed
            sentence = f'Method "{request.method}" not allowed.'
        response = stand_in.error(problem.status_code, sentence)
        response.headers.update(problem.headers or {})
        return response

    controls = Controls(faults=faults, switches=stand_in.switches, rebuild=build)
    app = Starlette(
        routes=[*controls.routes(), *stand_in.routes],
        middleware=[Middleware(FaultInjection, faults=faults, error=stand_in.error)],
        exception_handlers={HTTPException: refused},
    )
    app.router.redirect_slashes = False
    app.state.faults = faults
    return app
