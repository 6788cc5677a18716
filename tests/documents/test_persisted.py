"""Automatic persisted queries, as Apollo's clients send them."""

import pytest

from gateway.callers.api_keys import hashed, new_key

pytestmark = pytest.mark.anyio

WHO = "query Who { viewer { kind } }"
CARD = "query Card($id: ID!) { organization(id: $id) { key } }"
NOT_FOUND = ("PersistedQueryNotFound", {"code": "PERSISTED_QUERY_NOT_FOUND", "retryable": False})
NOT_SUPPORTED = ("PersistedQueryNotSupported", {"code": "PERSISTED_QUERY_NOT_SUPPORTED", "retryable": False})
MISMATCH = ("provided sha does not match query", {"code": "BAD_USER_INPUT", "retryable": False})


async def test_a_text_that_came_once_with_its_hash_runs_by_the_hash(ask, persisted):
    client = await ask()
    asked = {"extensions": persisted(CARD), "variables": {"id": "acme"}, "operationName": "Card"}

    assert await client.error(**asked) == NOT_FOUND
    for members in ({**asked, "query": CARD}, asked, {**asked, "query": None}, {**asked, "query": ""}):
        answer = await client.post(**members)
        assert answer["data"] == {"organization": {"key": "acme"}}


async def test_clients_may_ask_by_get(ask, persisted):
    client = await ask()
    asked = {"extensions": persisted(CARD), "variables": {"id": "acme"}, "operationName": "Card"}

    assert (await client.get(**asked))["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await client.get(query=CARD, **asked))["data"] == {"organization": {"key": "acme"}}
    assert (await client.get(**asked))["data"] == {"organization": {"key": "acme"}}


async def test_a_mutation_does_not_run_by_get(ask, persisted):
    client = await ask()
    text = 'mutation { modifyMember(input: { memberId: "x", role: VIEWER }) { userErrors { code } } }'
    assert "data" in await client.post(query=text, extensions=persisted(text))

    answer = await client.get(extensions=persisted(text))

    assert client.status == 405
    assert "data" not in answer


async def test_where_the_answer_is_plain_json_an_unknown_hash_is_no_http_error(ask, persisted):
    client = await ask()

    answer = await client.post(accept="application/json", extensions=persisted(WHO))

    assert client.status == 200
    assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_text_that_is_not_the_hashs_is_refused_and_not_remembered(ask, persisted):
    client = await ask()

    assert await client.error(query=WHO, extensions=persisted(CARD)) == MISMATCH
    assert await client.error(extensions=persisted(WHO)) == NOT_FOUND
    assert await client.error(extensions=persisted(CARD)) == NOT_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer {",
        "{ viewer { nam } }",
        "{ viewer { " + "kind " * 2_000 + "} }",
        "query A { viewer { kind } } query B { viewer { kind } }",
        "{ organizations(first: 100) { nodes { a: members(first: 100) { nodes { id } } } } }",
    ],
    ids=["syntax", "validation", "tokens", "no operation", "cost"],
)
async def test_what_is_refused_is_not_remembered(ask, persisted, text):
    client = await ask()

    message, extensions = await client.error(query=text, extensions=persisted(text))
    assert message not in {NOT_FOUND[0], NOT_SUPPORTED[0], MISMATCH[0]}
    assert extensions["code"] == "BAD_USER_INPUT"
    assert await client.error(extensions=persisted(text)) == NOT_FOUND


async def test_a_hash_that_is_none_is_refused_with_what_to_send(ask, persisted):
    client = await ask()
    for id in ("f00", "A" * 64, "g" * 64, "a" * 65):
        for members in ({}, {"query": WHO}):
            message, _ = await client.error(extensions=persisted(id=id), **members)
            assert message == (
                '"extensions.persistedQuery.sha256Hash" must be the SHA-256 of the document, in 64 lower-case '
                "hexadecimal digits, or the id of a registered document."
            )


async def test_where_they_are_off_clients_are_told_and_plain_texts_run(ask, persisted):
    client = await ask(automatic=False)

    assert await client.error(extensions=persisted(WHO)) == NOT_SUPPORTED
    assert await client.error(extensions=persisted(WHO), query=WHO) == NOT_SUPPORTED
    assert (await client.post(query=WHO))["data"]["viewer"]["kind"]


async def test_where_they_are_off_registered_documents_run_by_their_hashes(ask, manifest, registered, persisted):
    client = await ask(automatic=False, manifest=manifest("apollo"))

    assert (await client.post(extensions=persisted(id=registered("apollo")["Who"].id)))["data"]["viewer"]["kind"]
    assert await client.error(extensions=persisted(WHO)) == NOT_SUPPORTED


async def test_callers_share_what_is_remembered_and_strangers_add_nothing(ask, persisted):
    keys = {name: new_key() for name in ("one", "other")}
    granted = "".join(
        f'[[callers.api_keys]]\nname = "{name}"\nhash = "{hashed(key)}"\nscopes = ["read"]\n'
        for name, key in keys.items()
    )
    client = await ask(f"[callers]\nanonymous = []\n{granted}")
    one, other = ({"authorization": f"Bearer {key}"} for key in keys.values())

    await client.post(query=WHO, extensions=persisted(WHO))
    assert client.status == 401
    assert await client.error(headers=one, extensions=persisted(WHO)) == NOT_FOUND
    assert (await client.post(headers=one, query=WHO, extensions=persisted(WHO)))["data"]["viewer"]["kind"]
    assert (await client.post(headers=other, extensions=persisted(WHO)))["data"]["viewer"]["kind"]
