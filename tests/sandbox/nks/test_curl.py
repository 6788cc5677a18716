"""The documented command lines, over a real socket; where there is no curl, httpx sends the very same requests."""

import asyncio
import base64
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gateway.sandbox.nks import stand_in

pytestmark = pytest.mark.anyio

CURL = shutil.which("curl")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
JSON = ("-H", "Content-Type: application/json")

Curl = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def curl(serve: Callable[..., Starlette], listen: Callable[[Starlette], Awaitable[str]]) -> Curl:
    """Run a command line whose last word is a path; gives the status and the decoded body."""
    address = await listen(serve(stand_in))

    async def run(*words: str) -> tuple[int, Any]:
        *options, path = words
        line = ["-H", "Authorization: Bearer NKS_API_TOKEN", *options, f"{address}{path}"]
        status, body = await (_run(CURL, line) if CURL else _send(line))
        return status, json.loads(body) if body else None

    return run


async def _run(program: str, line: list[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        program, "-sS", "-w", "\n%{http_code}", *line, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    body, _, status = printed.decode().rpartition("\n")
    return int(status), body


async def _send(line: list[str]) -> tuple[int, str]:
    """What curl does with -X, -H, -d and -F."""
    *options, url = line
    method, headers, content, form = "GET", {}, None, {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "-X":
            method = value
        elif option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif option == "-d":
            content = value
        else:
            name, _, text = value.partition("=")
            file = Path(text[1:]) if text.startswith("@") else None
            form[name] = (file.name, file.read_bytes(), "image/png") if file else (None, text)
    async with httpx.AsyncClient() as client:
        response = await client.request(method, url, headers=headers, content=content, files=form or None)
    return response.status_code, response.text


async def test_organizations_are_listed_read_and_created(curl: Curl) -> None:
    status, orgs = await curl("/orgs")
    assert (status, len(orgs)) == (200, 9)
    assert await curl("-X", "GET", *JSON, "/orgs/2") == (200, orgs[-1])

    status, after = await curl("-X", "POST", *JSON, "-d", '{"name":"Edge Team"}', "/orgs")

    assert (status, after[0]["pk"], after[1:]) == (201, 4212, orgs)


async def test_name_and_logo_are_patched_as_form_and_as_json(curl: Curl, tmp_path: Path) -> None:
    logo = tmp_path / "heron.png"
    logo.write_bytes(PNG)

    status, org = await curl("-X", "PATCH", "-F", f"logo=@{logo}", "/orgs/4107")
    assert (status, org["logo"].rpartition("/")[2]) == (200, "heron.png")
    status, org = await curl("-X", "PATCH", "-F", "name=White Heron", "-F", f"logo=@{logo}", "/orgs/4107")
    assert (status, org["name"]) == (200, "White Heron")
    status, org = await curl("-X", "PATCH", *JSON, "-d", '{"name":"Heron"}', "/orgs/4107/")
    assert (status, org["slug"]) == (200, "heron")


async def test_members_are_listed_and_removed_and_people_invited(curl: Curl) -> None:
    status, members = await curl("/orgs/3880/members")
    assert (status, len(members)) == (200, 2)
    assert await curl("-X", "DELETE", "/orgs/3880/members/6044") == (204, None)
    body = '[{"name":"Ines Roy","email":"ines.roy@bluefin.example","role":"member","teams":[]}]'

    status, invites = await curl(
        "-X", "POST", "-H", "Content-Type: application/json;charset=UTF-8", "-d", body, "/orgs/3880/invites"
    )

    assert (status, invites[0]["state"]) == (201, "pending")


async def test_a_team_is_made_and_deleted_and_the_user_read(curl: Curl) -> None:
    status, team = await curl("-X", "POST", *JSON, "-d", '{"name":"SRE"}', "/orgs/3880/teams")
    assert (status, team["slug"]) == (201, "sre")
    assert await curl("-X", "DELETE", f"/orgs/3880/teams/{team['pk']}") == (204, None)
    status, user = await curl("/rest-auth/user/")
    assert (status, user["username"]) == (200, "mlopez")


async def test_an_organization_is_not_deleted(curl: Curl) -> None:
    assert await curl("-X", "DELETE", "/orgs/2") == (405, {"detail": 'Method "DELETE" not allowed.'})


async def test_without_curl_the_same_requests_are_sent(
    serve: Callable[..., Starlette], listen: Callable[[Starlette], Awaitable[str]], tmp_path: Path
) -> None:
    logo = tmp_path / "acme.png"
    logo.write_bytes(PNG)
    line = ["-H", "Authorization: Bearer NKS_API_TOKEN", "-X", "PATCH", "-F", f"logo=@{logo}", "-F", "name=Acme"]

    status, body = await _send([*line, f"{await listen(serve(stand_in))}/orgs/2"])

    assert (status, json.loads(body)["name"]) == (200, "Acme")
