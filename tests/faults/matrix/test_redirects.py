"""Redirects: never followed, and nothing is sent on."""

import asyncio

import pytest

pytestmark = pytest.mark.anyio


class Trap:
    """A server that is not to be called.

    Attributes:
        sprung: How often it was.
    """

    def __init__(self):
        self.sprung = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, _, writer):
        self.sprung += 1
        writer.close()

    async def __aexit__(self, *_: object):
        self._server.close()
        await self._server.wait_closed()


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_an_invalid_answer(matrix, seen, status):
    async with Trap() as trap:

        async def redirect(exchange):
            location = f"Location: http://127.0.0.1:{trap.port}{exchange.path}"
            await exchange.reply(status, b"" if status == 304 else b'{"name": "canary"}', location)

        assert await matrix.reads(redirect) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
        assert await matrix.writes(redirect) == seen("OUTCOME_UNKNOWN", 1, made=False, retryable=False)
        assert trap.sprung == 0


@pytest.mark.parametrize(
    "location", ["http://[::1", "file:///etc/passwd", "/" + "x" * 50_000, "http://canary:99999999/"]
)
async def test_wherever_it_leads(matrix, seen, location):
    async def redirect(exchange):
        await exchange.reply(302, b"{}", f"Location: {location}")

    assert await matrix.reads(redirect) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(redirect) == seen("OUTCOME_UNKNOWN", 1, made=False, retryable=False)
