"""Errors of variables: in words, without the values that were sent."""

import httpx
import pytest

pytestmark = pytest.mark.anyio

INVITE = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { code } } }"
PRODUCTION = (
    'profile = "production"\n[callers]\nanonymous = ["read", "members:write"]\nallow_anonymous_upstream_access = true\n'
)
GOOD = {"organizationId": "acme", "upstream": "LOSANT", "email": "a@acme.example"}


async def messages(graph, variables, query=INVITE):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    return [error["message"] for error in answer["errors"]]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "The variable $input must not be null: a value of type InviteMemberInput! is required."),
        ("S3CRET", "The variable $input must be an object of type InviteMemberInput."),
        (
            GOOD | {"email": None},
            "The variable $input, at email, must not be null: a value of type String! is required.",
        ),
        (GOOD | {"email": {"S3CRET": 1}}, "The variable $input, at email, is no value of type String."),
        (GOOD | {"role": "S3CRET"}, "The variable $input, at role, is none of the values of Role."),
        (GOOD | {"role": 7}, "The variable $input, at role, is none of the values of Role."),
        (
            GOOD | {"role": "ADMI"},
            "The variable $input, at role, is none of the values of Role. Did you mean the enum value 'ADMIN'?",
        ),
        (
            GOOD | {"rol": "S3CRET"},
            "The variable $input has the field rol, which InviteMemberInput does not have. Did you mean 'role'?",
        ),
        (
            {"upstream": "LOSANT", "email": "S3CRET"},
            "The variable $input lacks the field organizationId, which InviteMemberInput requires.",
        ),
    ],
)
async def test_they_say_what_is_wrong_and_not_what_was_sent(graph, value, said):
    assert await messages(graph, {"input": value}) == [said]


async def test_a_variable_that_is_missing_is_told(graph):
    assert await messages(graph, {}) == [
        "The variable $input is missing: a value of type InviteMemberInput! is required."
    ]


@pytest.mark.parametrize(
    ("variables", "name"), [({"n": "S3CRET"}, "n"), ({"n": 2**40}, "n"), ({"since": "S3CRET"}, "since")]
)
async def test_scalars_do_the_same(graph, variables, name):
    query = (
        "query ($n: Int, $since: DateTime) "
        '{ organization(id: "acme") { activities(first: $n, from: $since) { nodes { id } } } }'
    )
    [message] = await messages(graph, variables, query)

    assert message.startswith(f"The variable ${name} ")
    assert "S3CRET" not in message
    assert "None" not in message


@pytest.mark.parametrize("value", [None, "S3CRET", GOOD | {"role": "ADMI"}, GOOD | {"rol": 1}, {}])
async def test_in_production_they_name_no_type_and_no_field(graphs, value):
    said = await messages(graphs(PRODUCTION), {"input": value})

    assert {message.partition(", at")[0].partition(" does")[0] for message in said} == {"The variable $input"}
    assert not any(word in "".join(said) for word in ("S3CRET", "Role", "InviteMemberInput", "mean", "organizationId"))


@pytest.mark.parametrize(
    "query", ["{ organisation { id } }", "{ organization { id } }", '{ organization(id: "x") { nam } }', "{ viewer }"]
)
async def test_in_production_a_document_that_does_not_fit_learns_nothing(graphs, query):
    assert await messages(graphs(PRODUCTION), {}, query) == ["The document does not fit the schema."]


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ nope __type(name: "Query") { name } }'])
async def test_in_production_introspection_is_told_to_be_off(graphs, query):
    assert await messages(graphs(PRODUCTION), {}, query) == ["Introspection is off here."]
