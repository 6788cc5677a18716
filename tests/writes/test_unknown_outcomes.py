"""Writes whose answer never came, or made no sense: told as such, sent once, and never again under their key."""

import asyncio
import contextlib
import json
import socket
import time

import pytest

from gateway.sandbox.listening import Listener
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
HTML = b"<!doctype html><title>Sign in</title>"
ODD_ANSWERS = [
    (200, {"content-type": "text/html"}, HTML),
    (200, {"content-type": "application/json"}, b"null"),
    (200, {"content-type": "application/json"}, b"[5"),
    (200, {"content-type": "application/json"}, b'"done"'),
    (200, {"content-type": "application/json"}, b'{"result": '),
    (201, {}, b"\xff\xfe"),
    (200, {"content-encoding": "br"}, b"x"),
    (302, {"location": "/elsewhere"}, b""),
    (307, {"location": "/elsewhere"}, b""),
    (308, {"location": "http://127.0.0.1:1/"}, b"{}"),
]
EMPTY = [(200, {}, b""), (201, {}, b"  ")]
NO_CONTENT = (204, {}, b"")
MAY_BE_EMPTY = {"locktera org.patch", "locktera org.delete", "locktera customizations.put"}
"""Nothing public shows what they answer, or sources contradict each other."""

MAY_BE_NO_CONTENT = MAY_BE_EMPTY | {"nks members.delete", "clickhouse members.delete", "clickhouse invitations.delete"}


async def unknown_once(site, change, key):
    """Asserts that the change has an unknown outcome, was sent once, and is not sent again under the key."""
    before = len(site.sent)
    first = await site.make(change, key)
    assert len(site.sent) == before + 1
    [error] = first["userErrors"]
    assert error["code"] == "OUTCOME_UNKNOWN"
    assert error["upstream"] == change.upstream.name
    assert error["retryable"] is False
    assert "://" not in error["message"]
    for result in first.get("results", []):
        assert result["ok"] is False
        assert result["problem"]["code"] == "OUTCOME_UNKNOWN"
    objects = set(first) - {"userErrors", "clientMutationId", "results"}
    assert [name for name in objects if first[name] is not None] == []
    assert await site.make(change, key) == first
    assert len(site.sent) == before + 1
    return first


async def test_an_answer_that_makes_no_sense_leaves_the_outcome_unknown(substituted, change):
    answers = [*ODD_ANSWERS]
    answers += [] if change.operation in MAY_BE_EMPTY else EMPTY
    answers += [] if change.operation in MAY_BE_NO_CONTENT else [NO_CONTENT]
    for number, answer in enumerate(answers):
        substituted.sandbox.applications[change.upstream.word].answer = answer
        await unknown_once(substituted, change, f"key-{number}")
    assert {line.partition(" ")[0] for line in substituted.sent} == {change.upstream.word}
    assert not any("elsewhere" in line for line in substituted.sent)

    substituted.repair()
    assert (await substituted.make(change, "key-0"))["userErrors"][0]["code"] == "OUTCOME_UNKNOWN"
    assert not change.made(substituted.before, substituted.sandbox.store)


async def test_a_broken_connection_leaves_the_outcome_unknown(wired, change):
    for fault in ("reset", "garbage", "hang", "cut"):
        for name in ("POST", "PUT", "PATCH", "DELETE"):
            wired.fault(change.upstream, fault=fault, method=name)
        await unknown_once(wired, change, fault)
        wired.repair()
        made = change.made(wired.before, wired.sandbox.store)
        assert made is (fault == "cut")

    await wired.reopen()
    assert (await wired.make(change, "cut"))["userErrors"][0]["code"] == "OUTCOME_UNKNOWN"
    assert len(wired.sent) == 4


async def test_an_upstream_that_is_not_there_may_be_asked_again_under_the_same_key(wired, renaming):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    await wired.reopen(f'[upstreams.{renaming.upstream.word}]\nurl = "http://127.0.0.1:{port}"')
    refused = await wired.make(renaming, "key")
    still_refused = await wired.make(renaming, "key")
    await wired.reopen()
    good = await wired.make(renaming, "key")

    for payload in (refused, still_refused):
        [error] = payload["userErrors"]
        assert error["code"] == "UPSTREAM_UNAVAILABLE"
        assert error["retryable"] is True
        assert str(port) not in error["message"]
    assert good["userErrors"] == []
    assert len(wired.sent) == 1
    assert renaming.made(wired.before, wired.sandbox.store)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
async def test_an_upstream_that_is_out_of_order_is_asked_once(wired, renaming, status):
    await wired.reopen()
    wired.fault(renaming.upstream, fault="status", status=status, method="PATCH")
    first = await wired.make(renaming, "key")

    [error] = first["userErrors"]
    assert error["code"] == "UPSTREAM_UNAVAILABLE"
    assert await wired.make(renaming, "key") == first
    assert len(wired.sent) == 1


async def test_a_slow_write_inside_its_deadline_is_done_once(wired, renaming):
    await wired.reopen("[upstream_defaults]\nattempt_seconds = 0.1\nwrite_deadline_seconds = 5.0")
    wired.fault(renaming.upstream, fault="latency", seconds=0.4, method="PATCH")
    payload = await wired.make(renaming, "key")

    assert payload["userErrors"] == []
    assert len(wired.sent) == 1


async def test_a_write_ends_at_its_deadline(wired, renaming):
    wired.fault(renaming.upstream, fault="hang", method="PATCH")
    began = time.monotonic()
    payload = await wired.make(renaming, "key")

    assert time.monotonic() - began < 5
    assert payload["userErrors"][0]["message"].endswith("; the change may have been made.")


async def test_a_change_that_was_made_is_not_told_as_failed_because_it_cannot_be_read_back(site, changes):
    [change] = [each for each in changes if each.operation == "clickhouse members.update"]
    site.fault(Upstream.CLICKHOUSE, fault="status", status=404, method="GET", path="*/members/*")
    payload = await site.make(change, "key")

    assert payload["userErrors"][0]["code"] == "OUTCOME_UNKNOWN"
    assert change.made(site.before, site.sandbox.store)


async def test_customizations_that_cannot_be_read_back_are_of_unknown_outcome(site, changes):
    [change] = [each for each in changes if each.operation == "locktera customizations.put"]
    site.fault(Upstream.LOCKTERA, fault="status", status=503, method="GET")
    payload = await site.make(change, "key")

    assert payload["userErrors"][0]["code"] == "OUTCOME_UNKNOWN"
    assert change.made(site.before, site.sandbox.store)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("losant org.modifyMember", {"id": LOSANT, "members": {"no": "list"}}),
        ("losant org.modifyMember", {"id": LOSANT, "members": []}),
        ("losant org.inviteMember", []),
        ("losant org.inviteMember", [{"id": 5, "email": "new@acme.example"}]),
        ("losant org.transferResources", {"success": False}),
        ("nks orgs.create", [{"pk": 1, "name": "Another"}]),
        ("nks invites.create", [{"pk": 1, "email": "another@acme.example"}]),
        ("clickhouse invitations.create", {"result": {"id": "x", "email": "a@b.c", "assignedRoles": "none"}}),
        ("clickhouse invitations.create", {"result": {"id": "x", "email": "a@b.c", "expireAt": "tomorrow"}}),
        ("clickhouse organization.update", {"status": 200}),
    ],
)
async def test_an_answer_without_what_was_made_leaves_the_outcome_unknown(substituted, changes, operation, body):
    [change] = [each for each in changes if each.operation == operation]
    answer = (200, {"content-type": "application/json"}, json.dumps(body).encode())
    substituted.sandbox.applications[change.upstream.word].answer = answer

    await unknown_once(substituted, change, "key")


async def test_a_client_that_goes_away_does_not_stop_the_write(wired, renaming):
    await wired.reopen()
    listener = Listener(wired.gateway, "127.0.0.1", 0)
    await listener.start()
    given = renaming.input(wired.before)
    query = f"""mutation {{ updateOrganization(input: {{ organizationId: "acme", name: "{given["name"]}",
      upstreams: [{renaming.upstream.name}], clientMutationId: "key" }}) {{ clientMutationId }} }}"""
    body = json.dumps({"query": query}).encode()
    wired.fault(renaming.upstream, fault="latency", seconds=0.4, method="PATCH")
    _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await wired.until(lambda: wired.sent)
    await asyncio.sleep(0.1)
    assert wired.entries["id:key"].state == "running"
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    await wired.until(lambda: wired.entries["id:key"].state != "running")

    assert wired.entries["id:key"].state == "done"
    assert renaming.made(wired.before, wired.sandbox.store)
    again = await wired.make(renaming, "key")
    assert again["userErrors"] == []
    assert [result["ok"] for result in again["results"]] == [True]
    assert len(wired.sent) == 1
    await listener.stop()


async def test_a_gateway_that_is_closed_lets_the_write_end_first(wired, renaming):
    await wired.reopen()
    wired.fault(renaming.upstream, fault="latency", seconds=0.3, method="PATCH")
    running = asyncio.ensure_future(wired.make(renaming, "key"))
    await wired.until(lambda: wired.sent)
    running.cancel()
    await asyncio.wait([running])
    await wired.gateway.close()

    assert renaming.made(wired.before, wired.sandbox.store)
    wired.open()
    assert (await wired.make(renaming, "key"))["userErrors"] == []
    assert len(wired.sent) == 1
