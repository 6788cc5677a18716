from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from gateway.door.explorer.examples import TABS, Example, example, examples

EVERY = examples(special=True, on_sandbox=True)
SCHEMA = Path(__file__).parents[2] / "schema.graphql"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid_sdl=True)


def test_the_examples_are_in_the_order_of_their_files() -> None:
    assert [example.name for example in examples()] == [
        "Everything",
        "Organizations",
        "Members",
        "Activities",
        "UsageAndCost",
        "Later",
        "Capabilities",
        "Incomplete",
        "ByNativeId",
        "ByIds",
        "Entities",
    ]
    assert [example.name for example in examples(on_sandbox=True)[11:]] == ["Invite", "Modify", "Remove", "Transfer"]
    assert [example.name for example in examples(special=True)[11:]] == ["ActivityAdded", "NotFound"]
    assert [example.name for example in EVERY[11:]] == [
        *("ActivityAdded", "NotFound"),
        *("Invite", "Modify", "Remove", "Transfer"),
    ]
    assert len(EVERY) == len(list(TABS.rglob("*.graphql")))


@pytest.mark.parametrize("tab", EVERY, ids=lambda tab: tab.name)
def test_an_example_runs_as_it_stands(tab: Example, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(tab.query)) == []
    assert "$" not in tab.query


@pytest.mark.anyio
@pytest.mark.parametrize("tab", examples(on_sandbox=True), ids=lambda tab: tab.name)
async def test_an_example_works_on_the_sandbox_as_often_as_it_is_run(tab: Example, written: Any) -> None:
    first, again = await written.data(tab.query), await written.data(tab.query)

    for answer in (first, again):
        assert all(value for value in answer.values())
        assert all(value.get("userErrors", []) == [] for value in answer.values() if isinstance(value, dict))
    if tab.query.find("mutation") > 0:
        assert again == first


@pytest.mark.anyio
async def test_what_is_not_found_is_named_beside_what_is(written: Any) -> None:
    tab = next(tab for tab in EVERY if tab.name == "NotFound")

    answer = await written(tab.query)

    assert answer["data"] == {"found": {"key": "acme", "name": "Acme Corporation"}, "missing": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["missing"], "NOT_FOUND")]


@pytest.mark.anyio
async def test_several_organizations_come_in_the_order_that_is_asked_for(written: Any) -> None:
    tab = next(tab for tab in EVERY if tab.name == "ByIds")

    found = (await written.data(tab.query))["organizationsByIds"]

    assert [organization["key"] for organization in found] == ["acme", "acme"]
    assert found[0] == found[1]


@pytest.mark.parametrize("tab", EVERY, ids=lambda tab: tab.name)
def test_an_example_says_what_it_shows(tab: Example) -> None:
    assert tab.about.endswith(".")
    assert 40 < len(tab.about) < 160


@pytest.mark.parametrize("text", ["query Unexplained { viewer { kind } }", "# Nameless.\n{ viewer { kind } }"])
def test_an_example_without_a_comment_or_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"10-wrong\.graphql needs a comment on top"):
        example(text, source="10-wrong.graphql")


def test_the_examples_ask_about_the_organization_that_is_given(schema: GraphQLSchema) -> None:
    tabs = examples(organization='odd"key\\1', native_id="nks:2", special=True)
    for tab in tabs:
        assert validate(schema, parse(tab.query)) == []
        assert "acme" not in tab.query
        assert "575ed6e87ae143cd83dc4aa8" not in tab.query
    everything, by_native_id = (tab.query for tab in tabs if tab.name in {"Everything", "ByNativeId"})
    assert r'organization(id: "odd\"key\\1")' in everything
    assert 'organization(id: "nks:2")' in by_native_id
