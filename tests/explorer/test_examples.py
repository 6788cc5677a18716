from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from gateway.door.explorer.examples import TABS, Example, example, examples

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
        "Capabilities",
        "Incomplete",
        "ByNativeId",
    ]
    assert [example.name for example in examples(on_sandbox=True)[8:]] == ["Invite", "Modify", "Remove", "Transfer"]
    assert len(examples(on_sandbox=True)) == len(list(TABS.rglob("*.graphql")))


@pytest.mark.parametrize("tab", examples(on_sandbox=True), ids=lambda tab: tab.name)
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


@pytest.mark.parametrize("tab", examples(on_sandbox=True), ids=lambda tab: tab.name)
def test_an_example_says_what_it_shows(tab: Example) -> None:
    assert tab.about.endswith(".")
    assert 40 < len(tab.about) < 160


@pytest.mark.parametrize("text", ["query Unexplained { viewer { kind } }", "# Nameless.\n{ viewer { kind } }"])
def test_an_example_without_a_comment_or_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"10-wrong\.graphql needs a comment on top"):
        example(text, source="10-wrong.graphql")


def test_the_examples_ask_about_the_organization_that_is_given(schema: GraphQLSchema) -> None:
    tabs = examples(organization='odd"key\\1', native_id="nks:2")
    for tab in tabs:
        assert validate(schema, parse(tab.query)) == []
        assert "acme" not in tab.query
        assert "575ed6e87ae143cd83dc4aa8" not in tab.query
    everything, by_native_id = tabs[0].query, tabs[-1].query
    assert r'organization(id: "odd\"key\\1")' in everything
    assert 'organization(id: "nks:2")' in by_native_id
