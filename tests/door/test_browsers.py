"""Browsers: apps on other origins, and names that requests are for."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.door.browsers import REQUEST_HEADERS, middleware
from gateway.settings import SettingsError, load

pytestmark = pytest.mark.anyio

APP = "https://app.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ", ".join(REQUEST_HEADERS)}


def client(host="gateway.example.com", **given):
    routes = [Route("/graphql", lambda _: PlainTextResponse("{}"), methods=["POST"])]
    app = Starlette(routes=routes, middleware=middleware(**({"origins": [], "hosts": []} | given)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}")


async def test_an_app_on_a_listed_origin_may_ask_with_all_headers_that_the_gateway_reads():
    async with client(origins=[APP]) as browser:
        asked = await browser.options("/graphql", headers={"Origin": APP, **PREFLIGHT})
        answered = await browser.post("/graphql", headers={"Origin": APP})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == APP
    assert set(REQUEST_HEADERS) <= set(asked.headers["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in asked.headers
    assert answered.headers["access-control-allow-origin"] == APP
    assert answered.headers["access-control-expose-headers"] == "X-Request-Id, Retry-After"


async def test_apollos_clients_may_say_who_they_are():
    said = "apollographql-client-name,apollographql-client-version,apollographql-library-name,content-type"
    headers = {"Origin": APP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": said}
    async with client(origins=[APP]) as browser:
        asked = await browser.options("/graphql", headers=headers)

    assert asked.status_code == 200
    assert set(said.split(",")) <= set(asked.headers["access-control-allow-headers"].lower().split(", "))


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example.com", f"{APP}.evil.example", "null"])
async def test_an_app_on_another_origin_may_not(origin):
    async with client(origins=[APP]) as browser:
        asked = await browser.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
        answered = await browser.post("/graphql", headers={"Origin": origin})

    assert asked.status_code == 400
    assert "access-control-allow-origin" not in answered.headers


async def test_without_origins_no_app_elsewhere_is_let_in():
    async with client() as browser:
        answered = await browser.post("/graphql", headers={"Origin": APP})

    assert not [name for name in answered.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gateway.example.com", 200),
        ("a.inner.example.com", 200),
        ("evil.example", 400),
        ("gateway.example.com.evil", 400),
    ],
)
async def test_requests_for_other_names_are_refused_where_names_are_listed(host, status):
    async with client(host, hosts=["gateway.example.com", "*.inner.example.com"]) as browser:
        assert (await browser.post("/graphql")).status_code == status


@pytest.mark.parametrize(
    "wrong", ["app.example.com", "https://app.example.com/path", "*", "https://user@app.example.com"]
)
def test_what_is_no_origin_is_a_mistake(tmp_path, wrong):
    file = tmp_path / "gateway.toml"
    file.write_text(f'[server]\norigins = ["{wrong}"]\n')

    with pytest.raises(SettingsError, match="must be an origin such as"):
        load(file, {})
