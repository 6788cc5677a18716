"""The four stand-ins together."""

import tomllib
from pathlib import Path

import httpx
import pytest

from gateway.sandbox.serve import Sandbox
from gateway.sandbox.world.links import LINKS

pytestmark = pytest.mark.anyio

LOSANT = {"Authorization": "Bearer LOSANT_API_TOKEN"}
NKS = {"Authorization": "Bearer NKS_API_TOKEN"}


async def test_each_stand_in_answers_at_its_url_with_its_credential() -> None:
    async with Sandbox() as sandbox, httpx.AsyncClient() as client:
        urls, known = sandbox.urls, sandbox.credentials
        key = known.clickhouse[0]
        answers = [
            await client.get(f"{urls['losant']}/orgs/{LINKS['acme']['losant']}", headers=LOSANT),
            await client.get(f"{urls['nks']}/orgs/{LINKS['acme']['nks']}", headers=NKS),
            await client.get(
                f"{urls['locktera']}/orgs/{LINKS['acme']['locktera']}",
                headers={"Authorization": f"Bearer {known.locktera}"},
            ),
            await client.get(
                f"{urls['clickhouse']}/v1/organizations/{key.organization}", auth=(key.key_id, key.key_secret)
            ),
        ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.url.port for answer in answers}) == 4


async def test_the_applications_answer_without_a_socket() -> None:
    sandbox = Sandbox()
    transport = httpx.ASGITransport(sandbox.applications["losant"])
    async with httpx.AsyncClient(transport=transport, base_url=sandbox.urls["losant"], headers=LOSANT) as client:
        assert (await client.get("/orgs")).json()["totalCount"] == 60
    await sandbox.stop()


async def test_state_outlives_a_restart_and_ports_can_be_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.sqlite")
    async with Sandbox(path) as first, httpx.AsyncClient(headers=NKS) as client:
        url = first.urls["nks"]
        assert (await client.post(f"{url}/orgs", json={"name": "Kept"})).status_code == 201
        port = httpx.URL(url).port
        assert port is not None

    async with Sandbox(path, ports={"nks": port}) as second, httpx.AsyncClient(headers=NKS) as client:
        assert second.urls["nks"] == url
        assert (await client.get(f"{url}/orgs")).json()[0]["name"] == "Kept"


async def test_a_taken_port_is_an_error_and_leaves_no_socket_open() -> None:
    async with Sandbox() as first:
        port = httpx.URL(first.urls["clickhouse"]).port
        assert port is not None
        second = Sandbox(ports={"clickhouse": port})

        with pytest.raises(OSError, match="in use"):
            await second.start()
        await second.stop()


async def test_the_settings_point_a_gateway_at_the_sandbox() -> None:
    async with Sandbox() as sandbox:
        settings = tomllib.loads(sandbox.settings_toml())

    assert {name: upstream["url"] for name, upstream in settings["upstreams"].items()} == sandbox.urls
    assert settings["upstreams"]["losant"]["token"] == "LOSANT_API_TOKEN"
    assert settings["upstreams"]["clickhouse"]["keys"][0]["key_id"] == "CH_KEY_ID"
    assert "org-123" in settings["upstreams"]["locktera"]["organizations"]
    assert settings["organizations"] == LINKS


async def test_linked_organizations_exist_and_share_their_people() -> None:
    async with Sandbox() as sandbox, httpx.AsyncClient() as client:
        for links in LINKS.values():
            for name, token in (("losant", LOSANT), ("nks", NKS)):
                if name in links:
                    url = f"{sandbox.urls[name]}/orgs/{links[name]}"
                    assert (await client.get(url, headers=token)).status_code == 200
        acme = LINKS["acme"]
        losant = (await client.get(f"{sandbox.urls['losant']}/orgs/{acme['losant']}", headers=LOSANT)).json()
        nks = (await client.get(f"{sandbox.urls['nks']}/orgs/{acme['nks']}/members", headers=NKS)).json()

    there = {member["email"]: member["lastName"] for member in losant["members"]}
    here = {member["user"]["email"]: member["user"]["last_name"] for member in nks}
    both = there.keys() & here.keys()
    assert len(both) >= 5
    assert {there[email] for email in both} == {here[email] for email in both}
