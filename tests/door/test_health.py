import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.health import routes

pytestmark = pytest.mark.anyio


async def asked(path: str, *, ready: bool = True, method: str = "GET") -> httpx.Response:
    """The answer of a gateway that is ready or not."""
    parts = {"losant": "reachable" if ready else "unreachable"}
    transport = httpx.ASGITransport(Starlette(routes=routes(lambda: (ready, parts))))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.request(method, path)


async def test_a_process_that_answers_is_alive_even_where_it_is_not_ready() -> None:
    answer = await asked("/livez", ready=False)
    assert (answer.status_code, answer.content) == (200, b'{"status":"ok"}')


@pytest.mark.parametrize(
    ("ready", "status", "body"),
    [
        (True, 200, {"status": "ok", "parts": {"losant": "reachable"}}),
        (False, 503, {"status": "unavailable", "parts": {"losant": "unreachable"}}),
    ],
)
async def test_readiness_names_each_part_and_its_state(*, ready: bool, status: int, body: dict[str, object]) -> None:
    answer = await asked("/readyz", ready=ready)
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_health_is_never_stored_and_only_read(path: str) -> None:
    answer = await asked(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert (await asked(path, method="HEAD")).status_code == 200
    assert (await asked(path, method="POST")).status_code == 405
