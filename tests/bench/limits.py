"""What it costs to refuse hostile documents: `make bench-limits` prints CPU milliseconds as Markdown."""

import gc
import statistics
import sys
import time

from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

ROUNDS = 7
MOST = 50.0


def fragments(number, body):
    return "".join(f" fragment f{each} on Query {{ {body(each)} }}" for each in range(number))


NESTED = "{ organization(id: 1) { members { nodes "

HOSTILE = {
    "a body of names (1 MB)": "{" + " a" * 500_000 + "}",
    "names up to the characters' limit": "{" + " a" * 16_000 + "}",
    "brackets up to the characters' limit": "{" * 32_768,
    "2 000 unknown fields": "{" + " a" * 1_990 + "}",
    "1 990 times `__typename`": "{" + " __typename" * 1_990 + "}",
    "one field 499 times": "{" + " viewer { name }" * 499 + "}",
    "one field 60 times, with 5 below": "{" + " viewer { kind name scopes organizationKeys __typename }" * 60 + "}",
    "one field 45 times, with 1 below (passes)": "{" + " viewer { name }" * 45 + "}",
    "660 aliases of one field": "{ viewer {" + "".join(f" a{each}: name" for each in range(660)) + "} }",
    "chain of 95 fragments": "{ ...f0 }" + fragments(95, lambda n: f"...f{n + 1}") + " fragment f95 on Query { a }",
    "chain of 240 fragments": "{ ...f0 }" + fragments(240, lambda n: f"...f{n + 1}"),
    "fragments that double 90 times": "{ ...f0 }"
    + fragments(90, lambda n: f"...f{n + 1} ... {{ ...f{n + 1} }}" if n < 89 else "viewer { name }"),
    "fields of fragments that double": "{ ...f0 }"
    + fragments(60, lambda n: f"a: viewer {{ name }} ...f{n + 1} b: node(id: 1) {{ ...f{n + 1} }}"),
    "38 fragments, each in all before": "{ ...f0 }"
    + fragments(38, lambda n: "".join(f"...f{m} " for m in range(n + 1, 38)) + "viewer { name }"),
    "95 fragments with the same fields": "{"
    + "".join(f" ...f{n}" for n in range(95))
    + "}"
    + fragments(95, lambda _: "viewer { name }"),
    "unused fragment of 480 fields": "{ viewer { name } } fragment f on Query {" + " viewer { name }" * 480 + "}",
    "cycle of 95 fragments": "{ ...f0 }" + fragments(95, lambda n: f"...f{(n + 1) % 95}"),
    "28 fragments, each in all": "{ ...f0 }" + fragments(28, lambda _: "".join(f" ...f{m}" for m in range(28))),
    "selections 190 deep": "{" + " ... {" * 190 + "__typename" + "}" * 190 + "}",
    "selections 900 deep": "{ a" * 900 + "}" * 900,
    "the graph 20 levels deep": (NESTED + "{ organization ") * 5 + "{ id }" + "} } } }" * 5,
    "object of 600 fields in an argument": "{ organization(id: {"
    + "".join(f"a{n}: 1 " for n in range(600))
    + "}) { id } }",
    "list of 1 900 items in an argument": "{ organizationsByIds(ids: [" + "1 " * 1_900 + "]) { id } }",
    "lists 180 deep in an argument": "{ organization(id: " + "[" * 180 + "]" * 180 + ") { id } }",
    "600 unknown arguments": "{ organization(" + "".join(f"a{n}: 1 " for n in range(600)) + ") { id } }",
    "one argument 600 times": "{ organization(" + "id: 1 " * 600 + ") { id } }",
    "block string of 32 000 characters": '{ organization(id: """' + "x\n" * 16_000 + '""") { id } }',
    "block string without an end": '{ organization(id: """' + " \n" * 16_000,
    "string of 16 000 escapes": '{ organization(id: "' + "\\n" * 16_000 + '") { id } }',
    "comment of 32 000 characters": "#" + "x" * 32_000 + "\n{ viewer { nam } }",
    "commas": "{" + "," * 32_000 + "nam }",
    "900 directives": "{ viewer" + " @a" * 900 + " { name } }",
    "400 variables": "query (" + "".join(f"$a{n}: Int " for n in range(400)) + ") { viewer { name } }",
    "50 operations with 95 fields each": "".join(f"query q{n} {{ ...f }} " for n in range(50))
    + "fragment f on Query {"
    + " viewer { name }" * 95
    + "}",
    "190 operations": "".join(f"query q{n} {{ viewer {{ name }} }} " for n in range(190)),
    "introspection, 10 aliases": "{" + "".join(f" a{n}: __schema {{ types {{ name }} }}" for n in range(11)) + "}",
    "introspection, fields of types of fields": "{ __schema { types {"
    + " fields { type {" * 6
    + " name"
    + " } }" * 6
    + " } } }",
    "introspection, `ofType` 100 times": "{ __schema { types { fields { type {"
    + " ofType {" * 100
    + " name"
    + " }" * 100
    + " } } } } }",
    "members of organizations of members": "{ organizations(first: 100) { nodes { members(first: 100) { nodes { "
    "organization { members(first: 100) { nodes { name } } } } } } } }",
}


def refuse(text):
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)
    gc.collect()
    start = time.process_time()
    document = documents.read(text)
    if document.node is not None:
        operation = document.operation(None, documents.estimator)
        why = "COST" if operation.estimate({}).total > Limits().cost else "passes"
    else:
        limits = [error.extensions.get("limit") for error in document.errors if error.extensions]
        why = ", ".join(dict.fromkeys(filter(None, limits))) or document.errors[0].message[:50].replace("\n", " ")
    return (time.process_time() - start) * 1000, why


def main():
    refuse("{ viewer { name } }")
    sys.stdout.write("| document | characters | refused by | CPU ms |\n|---|--:|---|--:|\n")
    slow = []
    for kind, text in HOSTILE.items():
        seen = [refuse(text) for _ in range(ROUNDS)]
        milliseconds = statistics.median(each for each, _ in seen)
        sys.stdout.write(f"| {kind} | {len(text)} | {seen[0][1]} | {milliseconds:.1f} |\n")
        if milliseconds > MOST:
            slow.append(kind)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
