"""The vendor's own client, `losant-rest` from PyPI, over a real socket."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from losant_rest import Client, LosantError
from starlette.applications import Starlette

from gateway.sandbox.losant import stand_in
from gateway.sandbox.world.links import NORTHWIND_LOSANT
from gateway.sandbox.world.losant import SOUTHGATE

pytestmark = pytest.mark.anyio

CHEN = "5f3c1b02e4b0c91d2f6a8b12"
WINDOW = {"start": "-172800000", "end": "0"}

Run = Callable[[Callable[[Client], Any]], Awaitable[Any]]


@pytest.fixture
async def run(serve: Callable[..., Starlette], listen: Callable[[Starlette], Awaitable[str]]) -> Run:
    """Call the client, which blocks, in a thread beside the server."""
    client = Client(auth_token="LOSANT_API_TOKEN", url=await listen(serve(stand_in)))
    return lambda call: asyncio.to_thread(call, client)


async def test_all_thirteen_operations_on_an_organization_work(run: Run) -> None:
    org = {"orgId": NORTHWIND_LOSANT}

    assert (await run(lambda c: c.org.get(**org, summaryInclude="payloadCount")))["name"] == "Northwind Telemetry"
    patched = await run(lambda c: c.org.patch(**org, organization={"description": "Colder"}))
    assert patched["description"] == "Colder"
    assert len((await run(lambda c: c.org.device_counts(**org, **WINDOW)))["counts"]) == 3
    assert len((await run(lambda c: c.org.notebook_minute_counts(**org, **WINDOW)))["counts"]) == 3
    assert "deviceState" in await run(lambda c: c.org.payload_counts(**org, **WINDOW, asBytes="true"))
    hourly = {**WINDOW, "resolution": "3600000", "asBytes": "false", "includeNonBillable": "true"}
    assert len((await run(lambda c: c.org.payload_counts_breakdown(**org, **hourly)))["counts"]) == 49
    assert len(await run(lambda c: c.org.pending_invites(**org))) == 2
    invite = {"email": "erin.moss@northwind.example", "role": "view"}
    invites = await run(lambda c: c.org.invite_member(**org, invite=invite))
    assert [i["email"] for i in invites][-1] == invite["email"]
    assert len(await run(lambda c: c.org.revoke_invite(**org, inviteId=invites[-1]["id"]))) == 2
    changed = await run(lambda c: c.org.modify_member(**org, member={"userId": CHEN, "role": "edit"}))
    assert changed["members"][2]["role"] == "edit"
    assert len((await run(lambda c: c.org.remove_member(**org, userId=CHEN)))["members"]) == 2
    transfer = {"destinationId": SOUTHGATE, "destinationType": "organization",
                "applicationIds": ["5f3c1c10e4b0c91d2f6a8b21"]}  # fmt: skip
    assert await run(lambda c: c.org.transfer_resources(**org, transfer=transfer)) == {"success": True}
    assert await run(lambda c: c.org.delete(**org)) == {"success": True}


async def test_the_calls_around_an_organization_work(run: Run) -> None:
    page = await run(lambda c: c.orgs.get(sortField="name", perPage=50, filterField="name", filter="*n*"))
    assert 0 < page["count"] < 60
    made = await run(lambda c: c.orgs.post(organization={"name": "Harbor Sensors"}))
    assert made["members"][0]["role"] == "admin"
    logs = await run(lambda c: c.audit_logs.get(orgId=NORTHWIND_LOSANT, perPage=1))
    assert (logs["count"], logs["totalCount"]) == (1, 2)
    one = await run(lambda c: c.audit_log.get(orgId=NORTHWIND_LOSANT, auditLogId=logs["items"][0]["id"]))
    assert one == logs["items"][0]
    only = {"request": [{"resource": "device"}]}
    found = await run(lambda c: c.audit_logs.get(orgId=NORTHWIND_LOSANT, auditLogFilter=only))
    assert [log["requestResource"] for log in found["items"]] == ["device"]
    login = {"email": "alice.nguyen@northwind.example", "password": "correct horse battery"}
    assert (await run(lambda c: c.auth.authenticate_user(credentials=login)))["token"] == "LOSANT_API_TOKEN"
    held = {"token": "INVITE_TOKEN", "email": "dana.silva@northwind.example"}
    assert (await run(lambda c: c.org_invites.get(**held)))["orgName"] == "Northwind Telemetry"
    accepted = await run(lambda c: c.org_invites.post(invite={**held, "accept": True}))
    assert accepted == {"accepted": True, "orgId": NORTHWIND_LOSANT}


async def test_an_unknown_organization_raises_the_clients_error(run: Run) -> None:
    with pytest.raises(LosantError) as caught:
        await run(lambda c: c.org.get(orgId="0" * 24))

    assert caught.value.args[0] == 404
    assert caught.value.args[1]["type"] == "NotFound"
