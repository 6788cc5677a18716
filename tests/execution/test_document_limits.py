"""The limits on a document, each at its edge."""

import pytest
from graphql import get_introspection_query

ORGANIZATION = 'organization(id: "acme")'


EDGES = {
    "operations": ("OPERATIONS", 2, "query a { viewer { name } } query b { viewer { name } }"),
    "fragments": (
        "FRAGMENTS",
        2,
        "{ viewer { ...A ...B } } fragment A on Viewer { name } fragment B on Viewer { kind }",
    ),
    "values": ("VALUES", 4, '{ organizationsByIds(ids: ["a", "b", "c"]) { id } }'),
    "selections": ("SELECTIONS", 4, "{ viewer { name kind scopes } }"),
    "selections of a fragment, twice": (
        "SELECTIONS",
        8,
        "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer { name kind }",
    ),
    "overlaps": ("OVERLAPS", 3, "{ viewer { name name name } }"),
    "overlaps below": ("OVERLAPS", 2, "{ viewer { name } viewer { name } }"),
    "overlaps in fragments": (
        "OVERLAPS",
        2,
        "{ viewer { name } ...F ...F } fragment F on Query { ... { viewer { name } } }",
    ),
    "depth": ("DEPTH", 4, '{ organization(id: "acme") { members { nodes { name } } } }'),
    "depth of inline fragments": (
        "DEPTH",
        3,
        '{ ... on Query { organization(id: "acme") { ... @include(if: true) { members { totalCount } } } } }',
    ),
    "depth of fragments": (
        "DEPTH",
        4,
        (
            '{ ...A } fragment A on Query { organization(id: "acme") { ...B } } '
            "fragment B on Organization { members { nodes { name } } }"
        ),
    ),
    "aliases": ("ALIASES", 3, "{ a: viewer { b: name c: kind d: __typename } }"),
    "aliases of a fragment, twice": (
        "ALIASES",
        4,
        "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer { n: name }",
    ),
    "aliases that are skipped": ("ALIASES", 2, "{ viewer { a: name @skip(if: true) b: name @include(if: false) } }"),
    "root_fields": ("ROOT_FIELDS", 3, '{ viewer { name } a: node(id: "1") { id } node(id: "2") { id } __typename }'),
    "root_fields of fragments": (
        "ROOT_FIELDS",
        2,
        "{ ...F ... on Query { upstreams { state } } } fragment F on Query { viewer { name } }",
    ),
    "root_fields of a mutation": (
        "ROOT_FIELDS",
        2,
        (
            'mutation { a: removeMember(input: {memberId: "1"}) { removedMemberId } '
            'b: removeMember(input: {memberId: "1"}) { removedMemberId } }'
        ),
    ),
    "directives": (
        "DIRECTIVES",
        3,
        "{ viewer @skip(if: false) { ... @include(if: true) { name @include(if: true) } } }",
    ),
    "directives of a fragment, twice": (
        "DIRECTIVES",
        2,
        "{ viewer { name ...F } a: viewer { ...F } } fragment F on Viewer { kind @include(if: true) }",
    ),
    "parts": (
        "PARTS",
        3,
        "{ viewer { ... @defer { name } ... @defer(if: false) { kind } } upstreams @stream { ... @defer { state } } }",
    ),
    "parts of a fragment, twice": (
        "PARTS",
        2,
        "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer { ... @defer { name } }",
    ),
    "variables": (
        "VARIABLES",
        2,
        "query ($a: Boolean!, $b: Boolean!) { viewer { name @skip(if: $a) kind @skip(if: $b) } }",
    ),
    "introspection_depth": ("INTROSPECTION_DEPTH", 4, "{ __schema { types { fields { name } } } }"),
    "introspection_depth of a type": ("INTROSPECTION_DEPTH", 3, '{ __type(name: "Query") { ofType { name } } }'),
}


@pytest.mark.parametrize(("limit", "most", "text"), EDGES.values(), ids=EDGES.keys())
def test_a_document_may_ask_for_as_much_as_a_limit_and_no_more(read, request, limit, most, text):
    field = request.node.callspec.id.split(" ")[0]

    assert read(text, **{field: most}).errors == []
    [refusal] = read(text, **{field: most - 1}).errors
    assert refusal.extensions == {"limit": limit, "allowed": most - 1, "asked": most}
    assert f"has {most} " in refusal.message
    assert f"at most {most - 1} are allowed" in refusal.message


def test_introspection_counts_neither_as_depth_nor_as_aliases_of_data(read):
    document = read(
        "{ viewer { name a: __typename } b: __schema { types { c: kind fields { type { ofType { name } } } } } }",
        depth=2,
        aliases=0,
    )

    assert document.errors == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"descriptions": False},
        {"specified_by_url": True, "directive_is_repeatable": True, "schema_description": True},
        {"input_value_deprecation": True, "specified_by_url": True},
    ],
    ids=["plain", "without descriptions", "as GraphiQL asks", "as code generators ask"],
)
def test_the_introspection_of_the_usual_tools_passes(read, options):
    assert read(get_introspection_query(**options)).errors == []


def test_ten_aliases_in_introspection_pass_and_eleven_do_not(refusals):
    def document(number):
        return "{" + " ".join(f'a{n}: __type(name: "Query") {{ name }}' for n in range(number)) + "}"

    assert refusals(document(10)) == []
    assert refusals(document(11)) == ["ALIASES"]


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { fields { type { fields { name } } } } } }",
        (
            "{ __schema { types { ...T } } } fragment T on __Type { possibleTypes { ...U } } "
            "fragment U on __Type { interfaces { name } }"
        ),
        "{ __schema { queryType" + " { ofType" * 19 + " { name }" + " }" * 20 + " }",
    ],
    ids=["lists in lists", "lists in lists by fragments", "types of types"],
)
def test_introspection_that_multiplies_is_refused(refusals, text):
    assert refusals(text) == ["INTROSPECTION_DEPTH"]


def test_the_same_field_under_many_aliases_is_one_root_field_of_a_query(read):
    aliases = " ".join(f"a{n}: {ORGANIZATION} {{ id }}" for n in range(30))

    assert read(f"{{ {aliases} }}").errors == []


def test_thirty_aliases_pass_by_default_and_thirty_one_do_not(refusals):
    def document(number):
        return "{ viewer {" + " ".join(f"a{n}: name" for n in range(number)) + "} }"

    assert refusals(document(30)) == []
    assert refusals(document(31)) == ["ALIASES"]


def test_several_limits_of_one_price_are_told_together(refusals):
    assert refusals("{ a: viewer { b: name @skip(if: true) } }", aliases=1, directives=0, depth=1) == [
        "DEPTH",
        "ALIASES",
        "DIRECTIVES",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ ...A } fragment A on Query { ...A }", "Cannot spread fragment 'A' within itself."),
        (
            (
                "{ ...A } fragment A on Query { ... { viewer { ...B } } } fragment B on Viewer { ...C } "
                "fragment C on Viewer { ...B }"
            ),
            "Cannot spread fragment 'B' within itself via 'C'.",
        ),
        ("{ ...A }", "Unknown fragment 'A'."),
        ("{ viewer { name } } fragment A on Query { viewer { name } }", "Fragment 'A' is never used."),
        ("{ ...A } fragment A on Query { viewer { name } } fragment A on Query { viewer { kind } }", "only one"),
    ],
)
def test_fragments_that_make_no_sense_are_named(read, text, message):
    [refusal] = read(text).errors

    assert message in refusal.message


def test_fragments_that_double_are_refused_without_being_expanded(refusals):
    chain = "".join(f" fragment f{n} on Query {{ ...f{n + 1} ... {{ ...f{n + 1} }} }}" for n in range(90))

    assert refusals("{ ...f0 }" + chain + " fragment f90 on Query { viewer { name } }") == ["SELECTIONS"]


def test_what_is_nested_deeper_than_the_parser_goes_is_a_syntax_error(read):
    [refusal] = read("{ a" * 900 + "}" * 900, tokens=10_000).errors

    assert "nested too deeply" in refusal.message


def test_validation_tells_no_more_errors_than_the_limit(read):
    errors = read("{ viewer { " + " ".join(f"a{n}" for n in range(60)) + " } }").errors

    assert len(errors) == 20
    assert "Too many validation errors" in errors[-1].message
