"""`gateway schema diff`: against files, and commits of a real repository."""

import contextlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.cli.schema_diff import Effect, differences
from resolvers.schema import sdl

GONE = sdl() + "\nextend type Viewer { shoeSize: Int }\n"


def diff(*arguments: object, folder: Path = Path()) -> tuple[int, str, str]:
    """The exit code, standard output and standard error."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, ["schema", "diff", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


CHANGES = [
    ("type Query { a: Int, b: Int }", "type Query { a: Int }", Effect.BREAKING, "FIELD_REMOVED"),
    ("type Query { a: Int! }", "type Query { a: Int }", Effect.BREAKING, "FIELD_CHANGED_KIND"),
    ("type Query { a: Int }", "type Query { a(b: Int!): Int }", Effect.BREAKING, "REQUIRED_ARG_ADDED"),
    (
        "type Query { a: E } enum E { X Y }",
        "type Query { a: E } enum E { X }",
        Effect.BREAKING,
        "VALUE_REMOVED_FROM_ENUM",
    ),
    ("directive @d on FIELD type Query { a: Int }", "type Query { a: Int }", Effect.BREAKING, "DIRECTIVE_REMOVED"),
    (
        "type Query { a(i: I): Int } input I { x: Int, y: Int }",
        "type Query { a(i: I): Int } input I @oneOf { x: Int, y: Int }",
        Effect.BREAKING,
        "ONE_OF_ADDED",
    ),
    (
        "schema { query: Q, mutation: M } type Q { a: M } type M { a: Int }",
        "schema { query: Q } type Q { a: M } type M { a: Int }",
        Effect.BREAKING,
        "ROOT_TYPE_CHANGED",
    ),
    ("type Query { a: E } enum E { X }", "type Query { a: E } enum E { X Y }", Effect.DANGEROUS, "VALUE_ADDED_TO_ENUM"),
    (
        "type Query { a(b: Int = 1): Int }",
        "type Query { a(b: Int = 2): Int }",
        Effect.DANGEROUS,
        "ARG_DEFAULT_VALUE_CHANGE",
    ),
    ("type Query { a: Int }", "type Query { a: Int!, b: Int }", Effect.SAFE, "FIELD_ADDED"),
    ("type Query { a: Int }", 'type Query { a: Int @deprecated(reason: "x") }', Effect.SAFE, "DEPRECATED"),
    ("type Query { a(b: Int @deprecated): Int }", "type Query { a(b: Int): Int }", Effect.SAFE, "DEPRECATION_REMOVED"),
]


@pytest.mark.parametrize(("old", "new", "effect", "kind"), CHANGES, ids=[kind for *_, kind in CHANGES])
def test_a_change_has_its_effect(old, new, effect, kind):
    found = differences(build_schema(old), build_schema(new))
    assert kind in {each.kind for each in found[effect]}
    if effect is not Effect.BREAKING:
        assert not found[Effect.BREAKING]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type Query { "One." a: Int }', 'type Query { "Another." a: Int }'),
        ('"One." directive @d on FIELD type Query { a: Int }', "directive @d on FIELD type Query { a: Int }"),
        ("directive @d on OBJECT type Query { a: Int }", "type Query { a: Int }"),
        ('type Query { a: Int @deprecated(reason: "x") }', 'type Query { a: Int @deprecated(reason: "y") }'),
        ("type Query { a: Int, b: Int }", "type Query { b: Int, a: Int }"),
    ],
    ids=["description", "description of a directive", "directive of schemas", "reason", "order"],
)
def test_what_clients_cannot_see_is_no_change(old, new):
    assert not any(differences(build_schema(old), build_schema(new)).values())


def test_against_its_own_file_nothing_changed(tmp_path):
    (tmp_path / "old.graphql").write_text(sdl())
    assert diff("old.graphql", folder=tmp_path) == (0, "Nothing changed since old.graphql.\n", "")


def test_what_breaks_is_told_and_ends_with_1(tmp_path):
    (tmp_path / "old.graphql").write_text(GONE)
    code, out, err = diff("old.graphql", folder=tmp_path)
    assert (code, err) == (1, "")
    assert "Breaking: what clients send today is refused" in out
    assert "  - Field Viewer.shoeSize was removed.\n" in out
    assert out.endswith("1 breaking, 0 dangerous, 0 safe.\n")


def test_what_is_only_new_ends_with_0(tmp_path):
    (tmp_path / "old.graphql").write_text("type Query { viewer: Viewer! } type Viewer { name: String }")
    code, out, _ = diff("old.graphql", folder=tmp_path)
    assert code == 0
    assert "Safe: clients notice nothing\n" in out
    assert "Breaking" not in out


def test_json_has_each_change_under_its_effect(tmp_path):
    (tmp_path / "old.graphql").write_text(GONE)
    code, out, _ = diff("--json", "old.graphql", folder=tmp_path)
    assert code == 1
    assert json.loads(out) == {
        "old": "old.graphql",
        "breaking": [{"kind": "FIELD_REMOVED", "said": "Field Viewer.shoeSize was removed."}],
        "dangerous": [],
        "safe": [],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            b"# A letter\n\nDear reader",
            "is no GraphQL schema in SDL: Syntax Error: Unexpected Name 'Dear'. (line 3, column 1)",
        ),
        (b"", "is no GraphQL schema in SDL: Syntax Error"),
        (b"{ viewer { name } }", "is no whole GraphQL schema: it has no query type"),
        (b"type Query { a: Nowhere }", "is no GraphQL schema in SDL: Unknown type 'Nowhere'"),
        (b"type A { a: Int }", "is no whole GraphQL schema: it has no query type"),
        (b"\xff\xfe\x00", "cannot be read as a file of UTF-8 text"),
        (b"type Query { a: " + b"[" * 50_000 + b"Int", "is no GraphQL schema in SDL"),
    ],
    ids=["prose", "nothing", "a query", "a type unknown", "no query type", "bytes", "deep"],
)
def test_what_is_no_schema_is_one_sentence_and_2(tmp_path, text, said):
    (tmp_path / "old.graphql").write_bytes(text)
    code, out, err = diff("old.graphql", folder=tmp_path)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_says_what_may_be_named(tmp_path):
    ways = "an SDL file, git:REF (such as git:v1.0.0), REF:PATH, or the URL of an endpoint"
    assert diff("old.graphql", folder=tmp_path) == (2, "", f"There is no file old.graphql: name {ways}.\n")


def test_wrong_usage_ends_with_2(tmp_path):
    assert diff(folder=tmp_path)[0] == 2
    code, _, err = diff("old.graphql", "--header", "A: b", folder=tmp_path)
    assert (code, err) == (2, "--header is sent to a URL, and OLD is none.\n")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A real one: v1.0.0 has another schema than its successor; docs/old.graphql is one, too."""
    folder = tmp_path_factory.mktemp("repository")
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments]
        subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)  # noqa: S603  ours

    git("init", "--quiet", "--initial-branch=main")
    (folder / "docs").mkdir()
    (folder / "schema.graphql").write_text(GONE)
    (folder / "docs" / "old.graphql").write_text(sdl())
    git("add", ".")
    git("commit", "--quiet", "--message", "One")
    git("tag", "v1.0.0")
    (folder / "schema.graphql").write_text(sdl())
    git("commit", "--quiet", "--all", "--message", "Two")
    return folder


@pytest.mark.parametrize(
    ("old", "code", "name"),
    [
        ("git:v1.0.0", 1, "v1.0.0:schema.graphql"),
        ("v1.0.0:schema.graphql", 1, "v1.0.0:schema.graphql"),
        ("git:main~1", 1, "main~1:schema.graphql"),
        ("git:HEAD", 0, "HEAD:schema.graphql"),
        ("git:v1.0.0:docs/old.graphql", 0, "v1.0.0:docs/old.graphql"),
        ("v1.0.0:docs/old.graphql", 0, "v1.0.0:docs/old.graphql"),
    ],
)
def test_a_commit_is_compared_with(repository, old, code, name):
    for folder in (repository, repository / "docs"):
        ended, out, err = diff(old, folder=folder)
        assert (ended, err) == (code, "")
        assert f"ince {name}" in out


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("git:v9", "git knows no commit, tag or branch v9 here: fetch it (git fetch --tags), or name one"),
        ("v9:schema.graphql", "git knows no commit, tag or branch v9 here"),
        ("git:", "git knows no commit, tag or branch  here"),
        ("git:--output=stolen", "git knows no commit, tag or branch --output=stolen here"),
        ("git:v1.0.0:nowhere", "v1.0.0 has no file nowhere: name the one that it has as REF:PATH"),
        ("git:v1.0.0:docs", "v1.0.0 has no file docs: name"),
    ],
)
def test_what_git_does_not_have_is_one_sentence(repository, old, said):
    code, out, err = diff(old, folder=repository)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(each.name for each in repository.iterdir()) == [".git", "docs", "schema.graphql"]


def test_outside_a_repository_is_one_sentence(tmp_path):
    code, _, err = diff("git:v1.0.0", folder=tmp_path)
    assert code == 2
    assert err.startswith("v1.0.0:schema.graphql is in git, and there is no repository here: run this inside one, or ")
