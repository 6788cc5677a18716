"""Automatic persisted queries that replicas share."""

import hashlib

import pytest

from gateway.documents.automatic import MOST_BYTES, SHARE, MemoryStore
from gateway.shared.documents import KEPT_SECONDS, SharedTexts

pytestmark = pytest.mark.anyio

QUERY = '{ organization(id: "acme") { key } }'
KEY = {"data": {"organization": {"key": "acme"}}}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text):
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}


async def test_a_text_registered_at_one_is_known_to_the_others(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    unknown = await other.post(extensions=persisted(QUERY))
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    await one.post(QUERY, extensions=persisted(QUERY))
    assert (await other.post(extensions=persisted(QUERY)))["data"] == KEY["data"]


async def test_a_text_is_known_while_the_server_is_away_where_it_was_used(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    await one.post(QUERY, extensions=persisted(QUERY))
    await other.post(extensions=persisted(QUERY))
    server.kill()
    for each in (one, other):
        assert (await each.post(extensions=persisted(QUERY)))["data"] == KEY["data"]


async def test_a_text_under_a_hash_that_is_not_its_own_is_not_known(server, connect):
    connection = connect(server.url)
    texts = SharedTexts(connection, MemoryStore())
    await connection.ask("SET", connection.key("document", sha256(QUERY)), "{ upstreams { reason } }")
    assert await texts.get(sha256(QUERY)) is None
    await texts.put(sha256(QUERY), QUERY)
    assert await SharedTexts(connection, MemoryStore()).get(sha256(QUERY)) == QUERY


async def test_texts_are_forgotten_one_day(server, connect):
    connection = connect(server.url)
    await SharedTexts(connection, MemoryStore()).put(sha256(QUERY), QUERY)
    left = await connection.ask("TTL", connection.key("document", sha256(QUERY)))
    assert KEPT_SECONDS - 60 < left <= KEPT_SECONDS


async def test_a_text_that_is_too_long_is_not_shared(server, connect):
    connection = connect(server.url)
    text = "x" * (MOST_BYTES // SHARE + 1)
    await SharedTexts(connection, MemoryStore()).put(sha256(text), text)
    assert await connection.ask("DBSIZE") <= 1


@pytest.mark.parametrize("text", ["{ a }", '{ a(b: "\ud83d\ude09 é") }', "{ a } # \ud800"], ids=ascii)
async def test_any_text_comes_back_as_it_was(server, connect, text):
    connection = connect(server.url)
    hashed = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    await SharedTexts(connection, MemoryStore()).put(hashed, text)
    assert await SharedTexts(connection, MemoryStore()).get(hashed) == text
