"""Answers whose bodies do not fit: as a whole, or in a part."""

import json
from functools import partial

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

DEEP = b"[" * 100_000 + b"]" * 100_000
NO_ANSWERS = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "null": b"null",
    "true": b"true",
    "a number": b"17",
    "text": b'"canary"',
    "an empty list": b"[]",
    "a list of lists": b"[[]]",
    "HTML": b"<!doctype html><html><title>canary</title></html>",
    "words": b"Service canary",
    "two objects": b"{}{}",
    "a key without quotes": b"{name: 1}",
    "no UTF-8": b'{"name": "\xff\xfe\xfa"',
    "UTF-16": '{"name": "canary"}'.encode("utf-16"),
    "NaN": b"NaN",
    "6000 digits": b"7" * 6000,
    "100 000 lists deep": DEEP,
    "100 000 objects deep": b'{"result":' * 100_000 + b"1" + b"}" * 100_000,
}


async def answers(body, exchange):
    await exchange.answer()
    await exchange.reply(200, body)


async def truncated(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, body[: len(body) // 2])


@pytest.mark.parametrize("body", [*NO_ANSWERS.values(), None], ids=[*NO_ANSWERS, "truncated"])
async def test_what_is_no_answer_is_asked_once_and_of_a_write_the_outcome_is_unknown(matrix, seen, body):
    fault = truncated if body is None else partial(answers, body)
    done = ("locktera",) if body is not None and not body.strip() else ()

    assert await matrix.reads(fault) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(fault) == seen(
        "OUTCOME_UNKNOWN", 1, made=True, retryable=False, **dict.fromkeys(done, (None, 1, True))
    ), "Locktera promises no body"


async def test_an_object_without_anything_has_no_organization_in_it(matrix, seen):
    fault = partial(answers, b"{}")

    assert await matrix.reads(fault) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(fault) == seen(
        "OUTCOME_UNKNOWN", 1, made=True, retryable=False, locktera=(None, 1, True)
    ), "what Locktera answers is not documented"


async def no_content(exchange):
    await exchange.answer()
    await exchange.say(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


async def test_a_204_where_an_object_was_due_is_no_answer(matrix, seen):
    assert await matrix.reads(no_content) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(no_content) == seen(
        "OUTCOME_UNKNOWN", 1, made=True, retryable=False, locktera=(None, 1, True)
    )


async def accepted(status, exchange):
    _, body = await exchange.answer()
    await exchange.reply(status, body)


@pytest.mark.parametrize("status", [202, 203, 206, 226])
async def test_a_success_of_another_kind_is_no_answer(matrix, seen, status):
    assert await matrix.reads(partial(accepted, status)) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(partial(accepted, status)) == seen("OUTCOME_UNKNOWN", 1, made=True, retryable=False)


CREATED = {
    Upstream.LOSANT: "creationDate",
    Upstream.NKS: "created",
    Upstream.LOCKTERA: "created_at",
    Upstream.CLICKHOUSE: "createdAt",
}
BOTH = "{ " + " ".join(f'{each.word}: organization(id: "{each.word}") {{ name createdAt }}' for each in Upstream) + " }"
MISFITS = {
    "NaN": b"NaN",
    "an infinity": b"-Infinity",
    "6000 digits": b"7" * 6000,
    "a number": b"17",
    "a huge exponent": b"1e999",
    "a flag": b"true",
    "a list": b"[]",
    "an object": b'{"canary": 1}',
    "no UTF-8": b'"\xff\xfe canary"',
    "half a surrogate": b'"\\ud800 canary"',
}


async def replaced(member, value, exchange):
    _, body = await exchange.answer()
    told = json.loads(body)
    told.get("result", told)[member] = "PLACE"
    await exchange.reply(200, json.dumps(told).encode().replace(b'"PLACE"', value))


async def both(site):
    reply = await site.ask(BOTH)
    errors = {tuple(error["path"]): error["extensions"]["code"] for error in reply.errors}
    missing = {(word, name) for word, told in reply.answer["data"].items() for name, value in told.items() if not value}
    counts = [proxy.count() for proxy in site.proxies.values()]
    for proxy in site.proxies.values():
        proxy.repair()
    return errors, missing, counts


@pytest.fixture(scope="module")
async def site(open_for_module):
    return await open_for_module()


@pytest.mark.parametrize("value", MISFITS.values(), ids=MISFITS)
async def test_a_part_that_does_not_fit_is_null_and_the_rest_is_there(site, value):
    for spoilt in ("name", "createdAt"):
        for upstream, proxy in site.proxies.items():
            member = "name" if spoilt == "name" else CREATED[upstream]
            proxy.strike(partial(replaced, member, value))
        errors, missing, counts = await both(site)

        places = {(each.word, spoilt) for each in Upstream}
        assert errors == dict.fromkeys(places, "UPSTREAM_INVALID_RESPONSE")
        assert missing == places
        assert counts == [1] * 4


async def test_a_part_that_is_null_is_null_without_an_error(site):
    for upstream, proxy in site.proxies.items():
        proxy.strike(partial(replaced, CREATED[upstream], b"null"))

    assert await both(site) == ({}, {(each.word, "createdAt") for each in Upstream}, [1] * 4)


@pytest.mark.parametrize("value", [*MISFITS.values(), DEEP[50_000:150_000]], ids=[*MISFITS, "50 000 deep"])
async def test_what_nobody_reads_may_be_anything_that_ends(site, value):
    for proxy in site.proxies.values():
        proxy.strike(partial(replaced, "canary", value))
    errors, missing, counts = await both(site)

    assert counts == [1] * 4
    if len(value) < 100_000:
        assert (errors, missing) == ({}, set())
    else:
        assert set(errors.values()) == {"UPSTREAM_INVALID_RESPONSE"}


async def test_a_list_in_which_items_do_not_fit_has_the_others(open_site):
    site = await open_site()
    query = '{ nks: organization(id: "nks") { members { totalCount nodes { name } incomplete { code upstream } } } }'
    whole = (await site.ask(query)).answer["data"]["nks"]["members"]

    async def spoilt(exchange):
        _, body = await exchange.answer()
        items = json.loads(body)
        await exchange.reply(200, json.dumps([None, 17, {}, *items]).encode())

    site.proxies[Upstream.NKS].strike(spoilt)
    reply = await site.ask(query)
    told = reply.answer["data"]["nks"]["members"]

    assert told["nodes"] == whole["nodes"]
    assert told["totalCount"] is None
    assert {tuple(problem.values()) for problem in told["incomplete"]} == {("UPSTREAM_INVALID_RESPONSE", "NKS")}
    assert {tuple(error["path"]) for error in reply.errors} == {("nks", "members")}
