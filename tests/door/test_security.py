"""Every answer of a whole gateway has the headers that keep browsers out of trouble."""

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.door.browsers import REQUEST_HEADERS
from gateway.door.explorer.assets import manifest

pytestmark = pytest.mark.anyio

APP = "https://app.example.com"
DATA = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture
async def client(graphs) -> AsyncIterator[httpx.AsyncClient]:
    gateway = graphs(f'[server]\norigins = ["{APP}"]\nhosts = ["gateway"]').gateway
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
        yield client


PREFLIGHT = {
    "Origin": APP,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": REQUEST_HEADERS[0],
}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/graphql", {}, 200),
        ("POST", "/graphql", {"Origin": APP}, 200),
        ("POST", "/graphql", {"Content-Type": "text/plain"}, 415),
        ("GET", "/graphql?query=%7B__typename%7D", {}, 200),
        ("GET", "/graphql", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("PUT", "/graphql", {}, 405),
        ("OPTIONS", "/graphql", {}, 204),
        ("OPTIONS", "/graphql", PREFLIGHT, 200),
        ("OPTIONS", "/graphql", PREFLIGHT | {"Origin": "https://evil.example"}, 400),
        ("GET", "/livez", {}, 200),
        ("HEAD", "/livez", {}, 200),
        ("GET", "/readyz", {}, 200),
        ("POST", "/livez", {}, 405),
        ("GET", "/livez", {"Host": "evil.example"}, 400),
        ("GET", "/metrics", {}, 200),
        ("GET", "/elsewhere", {}, 404),
        ("GET", "/graphql/", {}, 404),
        ("GET", "/explorer/elsewhere.js", {}, 404),
    ],
)
async def test_data_and_refusals_have_them_all(client, method, path, headers, status) -> None:
    content = b'{"query": "{ __typename }"}'
    headers = {"Content-Type": "application/json"} | headers
    answer = await client.request(method, path, content=content if method == "POST" else None, headers=headers)

    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"] == DATA
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert len(answer.headers.multi_items()) == len({name for name, _ in answer.headers.multi_items()})


async def test_the_explorer_keeps_its_own_policy_and_has_the_rest(client) -> None:
    for path in ("/", f"/explorer/{manifest().script}"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert len(answer.headers.get_list("content-security-policy")) == 1


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/S3CRET", 404), ("DELETE", "/livez", 405)])
async def test_where_nothing_is_one_reads_where_something_is_and_nothing_of_the_path(
    client, method, path, status
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["message"]
    assert "S3CRET" not in answer.text
    if status == 404:
        assert "/graphql" in answer.json()["message"]
    else:
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_what_proxies_say_about_a_request_is_not_believed(client) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "X-Forwarded-Proto": "https",
        "Origin": "http://evil.example",
    }
    answer = await client.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
    assert answer.status_code == 403
