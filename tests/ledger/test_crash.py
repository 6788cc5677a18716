"""What is left of a write when the gateway dies over it."""

import asyncio

import httpx
import pytest

from gateway.sandbox.faults import Fault

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"

RENAME = """mutation { updateOrganization(input: {organizationId: "acme", name: "Heron", clientMutationId: "key"}) {
  organization { id } results { upstream ok problem { code } } userErrors { code message upstream retryable }
  clientMutationId } }"""
INVITE = """mutation { inviteMember(input: {organizationId: "acme", upstream: %s, email: "new@acme.example",
  role: %s, clientMutationId: "key"}) {
  invitation { email } userErrors { code message upstream retryable } clientMutationId } }"""


def hang(stand_ins, upstream, method, path="*"):
    stand_ins.applications[upstream].state.faults.add(Fault("hang", method=method, path=path))


def requests(stand_ins, method):
    return [
        f"{name} {request['method']} {request['path']}"
        for name, application in stand_ins.applications.items()
        for request in application.state.faults.requests
        if request["method"] == method
    ]


async def killed_over(process, query, arrived):
    """Sends a mutation and kills the gateway as soon as `arrived` says so."""
    sending = asyncio.ensure_future(process.send(query))
    async with asyncio.timeout(10):
        while not arrived():
            assert not sending.done(), sending
            await asyncio.sleep(0.02)
    await process.kill()
    with pytest.raises(httpx.TransportError):
        await sending


async def test_a_write_in_flight_is_of_unknown_outcome_and_never_sent_again(start, stand_ins):
    hang(stand_ins, "losant", "POST")
    first = await start()
    await killed_over(first, INVITE % ("LOSANT", "VIEWER"), lambda: requests(stand_ins, "POST"))
    stand_ins.applications["losant"].state.faults.clear()
    sent = requests(stand_ins, "POST")
    assert sent == [f"losant POST /orgs/{LOSANT}/invites"]

    second = await start()
    expected = {
        "invitation": None,
        "userErrors": [
            {
                "code": "OUTCOME_UNKNOWN",
                "message": "The gateway stopped while this was being carried out; the change may have been made. "
                f"Check Losant: POST /orgs/{LOSANT}/invites.",
                "upstream": "LOSANT",
                "retryable": False,
            }
        ],
        "clientMutationId": "key",
    }
    for _ in range(2):
        assert (await second.send(INVITE % ("LOSANT", "VIEWER")))["inviteMember"] == expected
    other = (await second.send(INVITE % ("LOSANT", "ADMIN")))["inviteMember"]
    assert other["userErrors"][0]["code"] == "CONFLICT"
    assert requests(stand_ins, "POST") == sent
    assert "a write was cut off and may have been made" in second.err
    assert "new@acme.example" not in second.err

    await second.kill()
    third = await start()
    assert (await third.send(INVITE % ("LOSANT", "VIEWER")))["inviteMember"] == expected
    assert requests(stand_ins, "POST") == sent


async def test_of_several_writes_in_flight_all_are_named(start, stand_ins):
    for name in ("nks", "clickhouse"):
        hang(stand_ins, name, "PATCH")
    first = await start()
    await killed_over(first, RENAME, lambda: len(requests(stand_ins, "PATCH")) == 4)
    sent = requests(stand_ins, "PATCH")

    second = await start()
    payload = (await second.send(RENAME))["updateOrganization"]

    [error] = payload["userErrors"]
    assert error["code"] == "OUTCOME_UNKNOWN"
    assert error["upstream"] is None
    for words in (
        f"Losant: PATCH /orgs/{LOSANT}",
        "NKS: PATCH /orgs/2",
        "Locktera: PATCH /orgs/org-123",
        f"ClickHouse Cloud: PATCH /v1/organizations/{CLICKHOUSE}",
    ):
        assert words in error["message"]
    assert payload["results"] == []
    assert requests(stand_ins, "PATCH") == sent


async def test_what_was_not_sent_yet_may_be_asked_for_again(start, stand_ins):
    hang(stand_ins, "clickhouse", "GET", "*/roles")
    first = await start()
    await killed_over(
        first,
        INVITE % ("CLICKHOUSE", "MEMBER"),
        lambda: any(line.endswith("/roles") for line in requests(stand_ins, "GET")),
    )
    stand_ins.applications["clickhouse"].state.faults.clear()
    assert requests(stand_ins, "POST") == []

    second = await start()
    payload = (await second.send(INVITE % ("CLICKHOUSE", "MEMBER")))["inviteMember"]

    assert payload["userErrors"] == []
    assert payload["invitation"] == {"email": "new@acme.example"}
    assert len(requests(stand_ins, "POST")) == 1


async def test_what_was_answered_before_the_end_is_answered_again(start, stand_ins):
    first = await start()
    answer = await first.send(INVITE % ("LOSANT", "VIEWER"))
    await first.kill()
    second = await start()

    assert await second.send(INVITE % ("LOSANT", "VIEWER")) == answer
    assert answer["inviteMember"]["invitation"] == {"email": "new@acme.example"}
    assert len(requests(stand_ins, "POST")) == 1


async def test_a_second_gateway_on_the_same_folder_says_so_and_ends(start, tmp_path):
    await start()
    second = await start(serves=False)

    assert await second.ended() == 1
    assert second.out == ""
    assert second.err == (
        f"Another gateway keeps its ledger of writes in {tmp_path / 'state'}. Give each its own server.state_dir.\n"
    )


async def test_a_folder_that_cannot_be_is_named(start, tmp_path):
    (tmp_path / "file").write_text("x")
    state = tmp_path / "file" / "below"
    process = await start(state, serves=False)

    assert await process.ended() == 1
    assert process.err == (
        f"The ledger of writes cannot be kept in {state}: Not a directory. Set server.state_dir to a folder that the "
        "gateway can write.\n"
    )


async def test_a_file_that_is_no_database_is_named_and_left_alone(start, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "ledger.sqlite").write_text("no database\n" * 100)
    process = await start(serves=False)

    assert await process.ended() == 1
    assert process.err == (
        f"{state / 'ledger.sqlite'} cannot be used as the ledger of writes: file is not a database.\n"
    )
    assert (state / "ledger.sqlite").read_text() == "no database\n" * 100
