"""Trusted documents, asked for through the whole gateway."""

import hashlib

import pytest

from gateway.documents.manifests import ManifestUnusableError

pytestmark = pytest.mark.anyio

KEY = {"variables": {"id": "acme"}, "operationName": "Card"}
WHO = "query Who { viewer { kind } }"
UNTRUSTED = (
    "Only registered documents run here, and this is none of them: send the id, or exactly the text, of one.",
    {"code": "BAD_USER_INPUT", "retryable": False, "reason": "DOCUMENT_NOT_TRUSTED"},
)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("trusted_only", [False, True])
@pytest.mark.parametrize("tool", ["apollo", "relay", "codegen"])
async def test_a_registered_document_runs_by_its_id_by_its_hash_and_by_its_text(
    ask, manifest, registered, persisted, tool, trusted_only
):
    client = await ask(manifest=manifest(tool), trusted_only=trusted_only)
    card = registered(tool)["Card"]

    for members in (
        {"documentId": card.id},
        {"documentId": f"sha256:{sha256(card.text)}"},
        {"extensions": persisted(id=card.id)},
        {"extensions": persisted(card.text)},
        {"extensions": persisted(id=card.id), "query": ""},
        {"extensions": persisted(id=card.id), "query": card.text},
        {"extensions": persisted(card.text), "query": card.text},
        {"query": card.text},
    ):
        for method in (client.post, client.get):
            given = {name: value for name, value in members.items() if value or method == client.post}
            answer = await method(variables={"id": "acme"}, operationName=card.name, **given)
            assert answer["data"]["organization"]["key"] == "acme"
            assert client.status == 200


async def test_production_runs_registered_documents_alone_where_it_is_told_to(ask, manifest, registered):
    client = await ask('profile = "production"', manifest=manifest("apollo"), trusted_only=True)
    who = registered("apollo")["Who"]

    assert (await client.post(documentId=who.id))["data"]["viewer"]["kind"]
    assert await client.error(query=WHO) == UNTRUSTED
    assert await client.error(query="{ __schema { queryType { name } } }") == UNTRUSTED


async def test_with_trusted_documents_only_others_are_refused_before_they_are_parsed(
    ask, manifest, registered, persisted
):
    client = await ask(manifest=manifest("apollo"), trusted_only=True)
    who = registered("apollo")["Who"]

    for text in (WHO, "{ viewer {", "", who.text + " ", "# x\n" + who.text, "{ " * 100_000):
        assert await client.error(query=text) == UNTRUSTED
    assert await client.error(query=WHO, extensions=persisted(WHO)) == UNTRUSTED
    assert "data" not in await client.get(query=WHO)


async def test_with_trusted_documents_only_automatic_ones_are_not_supported_nor_remembered(ask, manifest, persisted):
    client = await ask(manifest=manifest("apollo"), trusted_only=True, automatic=True)
    unsupported = (
        "PersistedQueryNotSupported",
        {"code": "PERSISTED_QUERY_NOT_SUPPORTED", "retryable": False},
    )

    assert await client.error(extensions=persisted(WHO)) == unsupported
    assert await client.error(query=WHO, extensions=persisted(WHO)) == UNTRUSTED
    assert await client.error(extensions=persisted(WHO)) == unsupported


async def test_a_hash_of_one_document_with_the_text_of_another_is_a_mismatch(ask, manifest, registered, persisted):
    card, who = (registered("apollo")[name] for name in ("Card", "Who"))
    mismatch = ("provided sha does not match query", {"code": "BAD_USER_INPUT", "retryable": False})

    for trusted_only in (False, True):
        client = await ask(manifest=manifest("apollo"), trusted_only=trusted_only)
        assert await client.error(extensions=persisted(id=card.id), query=who.text) == mismatch
        assert await client.error(extensions=persisted(WHO), query=who.text) == mismatch


async def test_an_unknown_id_is_refused_as_other_operations_are(ask, manifest):
    client = await ask(manifest=manifest("relay"))
    reason = {"code": "BAD_USER_INPUT", "retryable": False, "reason": "DOCUMENT_NOT_FOUND"}

    assert await client.error(documentId="f00") == ('No document is registered under the "documentId" "f00".', reason)
    [error] = (await client.post(accept="application/json", documentId="f00"))["errors"]
    assert error["message"] == 'No document is registered under the "documentId" "f00".'
    assert client.status == 200

    without = await ask()
    assert await without.error(documentId="f00") == (
        'This gateway has no registered documents: send the document itself in "query", not a "documentId".',
        reason,
    )


async def test_a_registered_mutation_runs_by_post_alone(ask, manifest, registered):
    client = await ask(manifest=manifest("apollo"), trusted_only=True)
    modify = registered("apollo")["Modify"]
    variables = {"input": {"memberId": "TWVtYmVyOmxvc2FudDoxOjI", "role": "VIEWER"}}

    refused = await client.get(documentId=modify.id, variables=variables)
    assert client.status == 405
    assert refused["errors"][0]["message"] == "A GET request may only read. Send a mutation with POST."
    answer = await client.post(documentId=modify.id, variables=variables)
    assert client.status == 200
    assert answer["data"]["modifyMember"]["userErrors"]


async def test_other_documents_run_beside_registered_ones_unless_forbidden(ask, manifest):
    client = await ask(manifest=manifest("codegen"))

    assert (await client.post(query=WHO))["data"]["viewer"]["kind"]


async def test_strangers_do_not_learn_which_documents_are_registered(ask, manifest, registered, persisted):
    client = await ask("[callers]\nanonymous = []", manifest=manifest("apollo"), trusted_only=True)
    answers = []
    for members in (
        {"documentId": registered("apollo")["Who"].id},
        {"documentId": "f00"},
        {"query": WHO},
        {"extensions": persisted(WHO)},
    ):
        answer = await client.post(headers={"x-request-id": "r"}, **members)
        assert client.status == 401
        answers.append(answer)
    assert answers == [answers[0]] * 4


async def test_the_operation_of_a_registered_document_is_chosen_by_its_name(ask, written):
    path = written({"two": "query A { viewer { kind } } query B { viewer { name } }"})
    client = await ask(manifest=path, trusted_only=True)

    assert list((await client.post(documentId="two", operationName="B"))["data"]["viewer"]) == ["name"]
    message, _ = await client.error(documentId="two")
    assert message.startswith("The document holds several operations.")


async def test_a_manifest_is_looked_for_from_where_the_gateway_runs(ask, written, monkeypatch):
    monkeypatch.chdir(written({"who": WHO}).parent)
    client = await ask(manifest="manifest.json")

    assert (await client.post(documentId="who"))["data"]["viewer"]["kind"]


async def test_a_gateway_is_not_made_of_a_manifest_that_cannot_be_used(ask, written):
    path = written({"who": "query Who { viewer { nam } }"})

    with pytest.raises(ManifestUnusableError, match=r'operation "Who" \(id "who"\) cannot run: Cannot query field'):
        await ask(manifest=path)


async def test_a_registered_document_costs_what_its_text_costs_and_is_held_to_the_same_limit(ask, written):
    many = "query Many($n: Int) { organizations(first: $n) { nodes { members(first: $n) { nodes { id } } } } }"
    client = await ask(manifest=written({"many": many}), trusted_only=True)

    message, extensions = await client.error(documentId="many", variables={"n": 100})
    assert extensions["limit"] == "COST"
    assert message.startswith("The operation may cost")
    answer = await client.post(documentId="many", variables={"n": 1})
    assert answer["extensions"]["cost"]["estimated"] > 40
