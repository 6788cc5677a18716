"""What is read of manifests, and what is said of those that cannot be used."""

import hashlib
import re

import pytest

from gateway.documents.manifests import MOST_BYTES, ManifestUnusableError, read_manifest
from gateway.documents.trusted import TrustedDocuments, trusted_documents
from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

WHO = "query Who { viewer { kind } }"
APOLLO = {"format": "apollo-persisted-query-manifest", "version": 1}


def check(text):
    return Documents(graphql_schema, limits=Limits(), exploring=False).mistakes(text)


def refusal(path, check=check):
    with pytest.raises(ManifestUnusableError) as caught:
        trusted_documents(path, check)
    said = str(caught.value)
    assert said.startswith(f"The manifest {path}")
    assert said.endswith(".")
    return said.removeprefix(f"The manifest {path}")


@pytest.mark.parametrize(
    ("tool", "names", "algorithm"),
    [
        ("apollo", ["Card", "Modify", "Who"], "sha256"),
        ("relay", ["CardQuery", "WhoQuery"], "md5"),
        ("codegen", ["Card", "Who"], "sha1"),
    ],
)
def test_each_tools_manifest_is_read_and_its_ids_stay_as_they_are(manifest, tool, names, algorithm):
    found = read_manifest(manifest(tool))

    assert [each.name for each in found] == names
    assert [each.id for each in found] == [hashlib.new(algorithm, each.text.encode()).hexdigest() for each in found]


@pytest.mark.parametrize("tool", ["apollo", "relay", "codegen"])
def test_a_document_goes_by_its_id_and_by_the_hash_of_its_text(manifest, tool):
    trusted = trusted_documents(manifest(tool), check)

    for each in read_manifest(manifest(tool)):
        digest = hashlib.sha256(each.text.encode()).hexdigest()
        assert trusted.get(each.id) == trusted.get(digest) == trusted.get(f"sha256:{digest}") == each.text
        assert each.text in trusted
        assert f"{each.text} " not in trusted


def test_a_clients_name_beside_an_operation_and_a_byte_order_mark_do_no_harm(written):
    operation = {"id": "1", "name": "Who", "type": "query", "body": WHO, "clientName": "web"}
    other = {**operation, "clientName": "phone"}

    assert len(trusted_documents(written({**APOLLO, "operations": [operation, other]}), check)) == 1
    assert [each.id for each in read_manifest(written(b'\xef\xbb\xbf{"a": "{ viewer { kind } }"}'))] == ["a"]


def test_a_manifest_of_no_known_format_is_refused_with_the_known_ones(written):
    for content in ([], 1, "x", {"a": 1}, {"a": {"b": WHO}}, {**APOLLO, "version": 2}, {**APOLLO, "format": "other"}):
        assert refusal(written(content)).startswith(" has an unknown format: it must be Apollo's ")
    assert refusal(written({**APOLLO, "version": True})).startswith(" has an unknown format")
    assert refusal(written(b"[" * 100_000)).startswith(" has an unknown format")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r" is not JSON in UTF-8: .+\."),
        (b"{", r" is not JSON in UTF-8: .+\."),
        (b'{"a": "\xff"}', r" is not JSON in UTF-8: .+\."),
        ({}, r" holds no document: build it anew, or name another one\."),
        ({**APOLLO, "operations": []}, r" holds no document: build it anew, or name another one\."),
        (APOLLO, r' has no "operations": it must be a list\.'),
        ({**APOLLO, "operations": [{"id": 1, "body": WHO}]}, r': operations\[0\] needs an "id" and a "body", .+\.'),
        ({**APOLLO, "operations": [{"id": "a", "name": "A"}]}, r': operations\[0\] needs an "id" and a "body", .+\.'),
        ({"": WHO}, r': an id must have 1 to 256 characters \(operation "Who" \(id ""\)\)\.'),
        ({"a" * 257: "{ viewer { kind } }"}, r": an id must have 1 to 256 characters \(document with the id .+\)\."),
    ],
)
def test_what_is_wrong_with_the_file_is_said(written, content, said):
    assert re.fullmatch(said, refusal(written(content)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "query Who { viewer { nam } }",
            "Cannot query field 'nam' on type 'Viewer'. Did you mean 'name'? (line 1, column 22).",
        ),
        ("query Who { viewer {", "Syntax Error: Expected Name, found <EOF> (line 1, column 21)."),
        ("query Who { __schema { types { name } } }", "GraphQL introspection has been disabled"),
        ("query Who { viewer { " + "kind " * 2_000 + "} }", "The document has 2007 tokens; at most 2000 are allowed."),
    ],
)
def test_a_document_that_cannot_run_is_named_with_what_is_wrong(written, text, said):
    found = refusal(written({"f00": text, "b4r": WHO}))

    assert found.startswith(f' is refused: operation "Who" (id "f00") cannot run: {said}')


def test_all_documents_that_cannot_run_are_counted(written):
    found = refusal(written({"a": "{ a }", "b": WHO, "c": "{ c }", "d": "{ d }"}))

    assert found == (
        " is refused: document with the id \"a\" cannot run: Cannot query field 'a' on type 'Query' "
        "(line 1, column 3). 2 more cannot run either."
    )


def test_two_documents_cannot_go_by_one_id(written):
    one, other = {"id": "a", "body": WHO}, {"id": "a", "body": "query Other { viewer { name } }"}

    assert refusal(written({**APOLLO, "operations": [one, other]})) == (
        ' is ambiguous: two documents go by "a"; one of them is operation "Other" (id "a").'
    )


def test_no_document_has_the_hash_of_another_as_its_id(written):
    digest = hashlib.sha256(WHO.encode()).hexdigest()

    assert "is ambiguous" in refusal(written({digest: "{ viewer { name } }", "a": WHO}))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    rest = "Set documents.manifest to a readable file."
    assert refusal(tmp_path / "none.json") == f" cannot be read: No such file or directory. {rest}"
    assert refusal(tmp_path) == f" cannot be read: Is a directory. {rest}"


def test_a_file_is_read_up_to_a_size(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)

    assert refusal(path) == " is too large: at most 67108864 bytes are read."


def test_without_a_manifest_nothing_is_trusted():
    trusted = TrustedDocuments()

    assert not trusted
    assert trusted.get("a") is None
    assert WHO not in trusted
