"""One application on one socket."""

import logging
import socket
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.sandbox.faults import CONNECTION

pytestmark = pytest.mark.anyio

Listen = Callable[[Starlette], Awaitable[str]]


async def has_no_delay(request: Request) -> JSONResponse:
    own = request.scope["extensions"][CONNECTION]["transport"].get_extra_info("socket")
    return JSONResponse(bool(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))


async def test_an_answer_does_not_wait_for_an_acknowledgement(listen: Listen) -> None:
    address = await listen(Starlette(routes=[Route("/", has_no_delay)]))

    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/")).json() is True


async def test_a_stand_in_writes_no_log_lines(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="uvicorn")
    address = await listen(Starlette(routes=[Route("/", has_no_delay)]))

    async with httpx.AsyncClient(base_url=address) as client:
        await client.get("/")

    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
