"""The page's own files: static, strict, and without a way for data to become HTML."""

import re

import httpx
import pytest

from gateway.door.status.files import FOLDER, PAGE, names

pytestmark = pytest.mark.anyio

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


async def test_the_page_is_served_to_everyone_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    answer = await client.get("/status")

    assert answer.status_code == 200
    headers = dict(answer.headers)
    assert re.fullmatch(r'"[0-9a-f]{16}"', headers.pop("etag"))
    assert headers == {
        "cache-control": "no-cache",
        "content-length": str(len(answer.content)),
        "content-security-policy": POLICY,
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


async def test_the_page_holds_no_data_whoever_asks(client: httpx.AsyncClient, notes) -> None:
    before = await client.get("/status")
    notes(name="Confidential")
    after = await client.get("/status", headers={"authorization": "Bearer may"})

    assert after.content == before.content


async def test_the_page_has_no_inline_script_or_style(client: httpx.AsyncClient) -> None:
    html = (await client.get("/status")).text

    assert re.findall(r"<script[^>]*>([^<]*)", html) == [""]
    assert re.findall(r"<style|\sstyle=|\son\w+\s*=", html) == []


async def test_every_file_that_is_named_is_served_with_its_type(client: httpx.AsyncClient) -> None:
    html = (await client.get("/status")).text
    linked = {name.removeprefix("status/") for name in re.findall(r'(?:href|src)="([^"]+)"', html)}
    scripts = [(FOLDER / name).read_text(encoding="utf-8") for name in names() if name.endswith(".js")]
    imported = {name for script in scripts for name in re.findall(r"from '\./([^']+)'", script)}
    types = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}

    assert linked | imported == names()
    for name in names():
        answer = await client.get(f"/status/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, types[name.rpartition(".")[2]])
        assert answer.headers["content-security-policy"] == POLICY


def test_no_script_has_a_way_to_turn_text_into_html_or_code() -> None:
    ways = (
        r"(?:inner|outer)HTML|insertAdjacentHTML|document\.write|setHTML|srcdoc|\beval\b|Function\(|DOMParser|import\("
    )
    scripts = [file for file in FOLDER.iterdir() if file.name.endswith(".js")]

    assert len(scripts) >= 6
    assert {file.name: re.findall(ways, file.read_text(encoding="utf-8")) for file in scripts} == {
        file.name: [] for file in scripts
    }


def test_no_file_names_another_host() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"(?:https?:)?//\w+\.\w+", text) == [], file.name


async def test_a_file_that_has_not_changed_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/status/status.js")).headers["etag"]

    again = await client.get("/status/status.js", headers={"if-none-match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "path", [PAGE, "", "unknown.js", "../files.py", "..%2ffiles.py", "%2e%2e/files.py", "..%5cfiles.py", "status.js%00"]
)
async def test_nothing_else_can_be_reached(client: httpx.AsyncClient, path: str) -> None:
    # A URL object would resolve the dots before they are sent.
    request = client.build_request("GET", "/status/x")
    request.url = request.url.copy_with(raw_path=f"/status/{path}".encode())

    answer = await client.send(request)

    assert answer.status_code in {307, 404}
    assert "import" not in answer.text
