import json
import re

import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.explorer import routes
from gateway.door.explorer.assets import manifest
from gateway.door.explorer.headers import headers_text

pytestmark = pytest.mark.anyio

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def settings_of(html: str) -> dict[str, object]:
    found = re.search(r'<script id="settings" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    settings: dict[str, object] = json.loads(found[1])
    return settings


async def test_the_page_has_a_strict_policy_and_nothing_around_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 200
    assert dict(answer.headers) == {
        "cache-control": "no-cache",
        "content-length": str(len(answer.content)),
        "content-security-policy": POLICY,
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


async def test_the_page_has_no_inline_script(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    scripts = re.findall(r"<script\b[^>]*>", html)
    assert scripts == [
        '<script id="settings" type="application/json">',
        f'<script type="module" src="explorer/{manifest().script}">',
    ]
    assert not re.findall(r"<[^>]+\son\w+\s*=", html)


async def test_every_file_that_the_page_names_is_served(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    linked = set(re.findall(r'(?:href|src)="([^"]+)"', html))
    workers = settings_of(html)["workers"]
    assert isinstance(workers, dict)
    assert set(workers) == {"editor", "graphql", "json"}
    assert len(linked) >= 4
    for path in linked | {f"explorer/{name}" for name in workers.values()}:
        assert (await client.get(f"/{path}")).status_code == 200, path


async def test_every_file_that_a_built_file_names_is_served(client: httpx.AsyncClient) -> None:
    served = manifest().static
    for name in served:
        if name.endswith((".js", ".css")):
            text = (await client.get(f"/explorer/{name}")).text
            named = re.findall(r"""["'(]\./([\w.-]+-[0-9A-Z]{8}\.\w+)["')]""", text)
            assert set(named) <= set(served), name


async def test_files_have_their_types_and_are_kept_for_good(client: httpx.AsyncClient) -> None:
    types = {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
        "ttf": "font/ttf",
        "woff2": "font/woff2",
    }
    for name in manifest().static:
        answer = await client.get(f"/explorer/{name}")
        assert answer.headers["content-type"] == types[name.rpartition(".")[2]], name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_files_have_a_digest_of_their_content_in_their_name() -> None:
    assert [name for name in manifest().static if not re.search(r"-[0-9A-Z]{8}\.\w+$", name)] == []


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*", "GZIP"])
async def test_a_client_that_takes_gzip_gets_less_than_half_of_the_bytes(
    client: httpx.AsyncClient, accepted: str
) -> None:
    path = f"/explorer/{manifest().script}"
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    packed = await client.get(path, headers={"accept-encoding": accepted})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content


@pytest.mark.parametrize("refused", ["", "br", "gzip;q=0", "gzip; q=0.0"])
async def test_a_client_that_does_not_take_gzip_gets_none(client: httpx.AsyncClient, refused: str) -> None:
    answer = await client.get(f"/explorer/{manifest().script}", headers={"accept-encoding": refused})
    assert "content-encoding" not in answer.headers


async def test_fonts_are_not_compressed_twice(client: httpx.AsyncClient) -> None:
    font = next(name for name in manifest().static if name.endswith(".woff2"))
    assert "content-encoding" not in (await client.get(f"/explorer/{font}")).headers


@pytest.mark.parametrize(
    "path",
    [
        "unknown.js",
        "",
        "manifest.json",
        "../manifest.json",
        "..%2fmanifest.json",
        "%2e%2e/manifest.json",
        "..%5cmanifest.json",
        "static/..%2f..%2fassets.py",
        "%2fetc%2fpasswd",
        "main%00.js",
        "....//manifest.json",
    ],
)
async def test_only_the_bundle_can_be_reached(client: httpx.AsyncClient, path: str) -> None:
    # A URL object would resolve the dots before they are sent.
    request = client.build_request("GET", "/explorer/x")
    request.url = request.url.copy_with(raw_path=f"/explorer/{path}".encode())
    answer = await client.send(request)
    assert answer.status_code == 404
    assert "packages" not in answer.text


async def test_only_reading_is_offered(client: httpx.AsyncClient) -> None:
    for path in ("/", f"/explorer/{manifest().icon}"):
        assert (await client.head(path)).status_code == 200
        assert (await client.post(path)).status_code == 405


async def test_a_title_cannot_leave_its_place() -> None:
    title = '</script></title><img src=x onerror=alert(1)>"&\u2028'
    transport = httpx.ASGITransport(Starlette(routes=routes(title=title, endpoint="/api/graphql")))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        html = (await client.get("/")).text
    assert "<img" not in html
    assert html.count("</script>") == 2
    settings = settings_of(html)
    assert settings["title"] == title
    assert settings["endpoint"] == "/api/graphql"


async def test_the_headers_that_the_page_tells_of_are_those_that_are_wanted(client: httpx.AsyncClient) -> None:
    assert "Losant-Authorization" not in str(settings_of((await client.get("/")).text)["headers"])
    wanted = ["Losant-Authorization", "ClickHouse-Authorization"]
    transport = httpx.ASGITransport(Starlette(routes=routes(callers_headers=wanted)))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as other:
        text = settings_of((await other.get("/")).text)["headers"]
    assert text == headers_text(wanted)


async def test_nothing_is_loaded_from_another_host(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text
    sheets = [(await client.get(f"/explorer/{name}")).text for name in manifest().static if name.endswith(".css")]
    assert len(sheets) == 1
    for text in (html, *sheets):
        assert re.findall(r"""(?:href|src)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", text) == []
    hosts = r"jsdelivr|unpkg|esm\.sh|cdnjs|skypack|jspm|googleapis|gstatic|typekit|cloudflare"
    for name in manifest().static:
        if name.endswith(".js"):
            text = (await client.get(f"/explorer/{name}")).text
            assert re.findall(hosts, text) == [], name
            assert "sourceMappingURL" not in text, name
