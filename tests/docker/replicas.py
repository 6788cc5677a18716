"""What two replicas on the same Valkey have in common: asked from outside, one claim at a time."""

import sys
import time
from typing import Any

import httpx

PATIENCE_SECONDS = 60
FRESH_SECONDS = 2.0
WHOLE = """{ organization(id: "acme") {
  name members(first: 5) { totalCount incomplete { upstream } } customizations { theme } usage { cost { total } } } }"""
NAME = '{ organization(id: "northwind") { name } }'
RENAME = """mutation ($name: String!) {
  updateOrganization(input: {organizationId: "northwind", name: $name}) { userErrors { message } } }"""
INVITE = """mutation ($email: String!) {
  inviteMember(input: {
    organizationId: "acme", upstream: LOSANT, email: $email, role: VIEWER, clientMutationId: "robin"
  }) {
    invitation { id } userErrors { code message } } }"""


class Replica:
    """A gateway at an address."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=30)

    def page(self) -> httpx.Response:
        return self._client.get("/", headers={"accept": "text/html"})

    def ask(self, query: str, **variables: object) -> tuple[dict[str, Any], int]:
        """The data, which must come without errors, and how many upstream calls they took."""
        answer = self._client.post("/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"], answer["extensions"]["cost"]["upstreamCalls"]


def explorer(*replicas: Replica) -> None:
    for each in replicas:
        page = each.page()
        assert page.status_code == 200, page.status_code
        assert "<!doctype html>" in page.text


def upstreams(*replicas: Replica) -> None:
    first, second = (each.ask(WHOLE)[0] for each in replicas)
    assert first == second, (first, second)
    assert first["organization"]["members"]["totalCount"]


def cache(first: Replica, second: Replica) -> None:
    """What the first has just read costs the second no call; what it read itself is no longer fresh by then."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(FRESH_SECONDS + 1)
        _, calls = first.ask(NAME)
        _, calls_of_second = second.ask(NAME)
        if calls and not calls_of_second:
            return
    raise AssertionError("the second replica asks the upstreams for what the first has just read")


def invalidation(first: Replica, second: Replica) -> None:
    for number, (writer, reader) in enumerate([(first, second), (second, first)]):
        reader.ask(NAME)
        name = f"Northwind {number}"
        said = writer.ask(RENAME, name=name)[0]["updateOrganization"]
        assert not said["userErrors"], said
        assert reader.ask(NAME)[0]["organization"]["name"] == name


def idempotency(first: Replica, second: Replica) -> None:
    invited, _ = first.ask(INVITE, email="robin@acme.example")
    again, calls = second.ask(INVITE, email="robin@acme.example")
    assert invited["inviteMember"]["invitation"], invited
    assert again == invited, (invited, again)
    assert calls == 0, calls


def conflict(_: Replica, second: Replica) -> None:
    said, _ = second.ask(INVITE, email="somebody-else@acme.example")
    assert [each["code"] for each in said["inviteMember"]["userErrors"]] == ["CONFLICT"], said


def alone(_: Replica, second: Replica) -> None:
    second.ask(WHOLE)
    _, calls = second.ask(INVITE, email="robin@acme.example")
    assert calls == 0, calls


CLAIMS = {each.__name__: each for each in (explorer, upstreams, cache, invalidation, idempotency, conflict, alone)}

if __name__ == "__main__":
    CLAIMS[sys.argv[3]](Replica(sys.argv[1]), Replica(sys.argv[2]))
