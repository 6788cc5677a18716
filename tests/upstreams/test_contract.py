"""What holds for each read of each upstream, whatever it reads."""

import asyncio

import httpx
import pytest

from gateway.upstreams import ADAPTERS, Adapter
from resolvers.capabilities import Serves
from resolvers.errors import (
    BadUserInput,
    Failure,
    NotConfigured,
    NotFound,
    UpstreamForbidden,
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from resolvers.identity import Link, Upstream
from resolvers.merging import Part
from resolvers.profiles import ListsOrganizations

pytestmark = pytest.mark.anyio

CLAIMS = [
    pytest.param(adapter, kind, id=f"{adapter.__name__}-{kind.__name__}")
    for adapter in ADAPTERS
    for kind in adapter.__mro__
    if any(word.name.startswith(("READ_", "LIST_")) for word in vars(kind).get("grants", ()))
]
"""Each upstream with each of its capabilities to read; changes have tests of their own."""

OF_ONE = [claim for claim in CLAIMS if claim.values[1] is not ListsOrganizations]
UNKNOWN = {
    Upstream.LOSANT: "aaaaaaaaaaaaaaaaaaaaaaaa",
    Upstream.NKS: "987654321",
    Upstream.LOCKTERA: "no-such-org",
    Upstream.CLICKHOUSE: "11111111-2222-4333-8444-555555555555",
}
MALFORMED = {
    Upstream.LOSANT: [
        "",
        "xyz",
        "575ed6e87ae143cd83dc4aa",
        "575ed6e87ae143cd83dc4aa8a",
        "../575ed6e87ae143cd83dc4",
        "Ａ" * 24,
    ],
    Upstream.NKS: ["", "0", "-2", "2.0", "2/members", "1" * 19, "٢", "2 "],
    Upstream.LOCKTERA: ["", "..", "a/b", "a" * 65, "é", "org 123", "org-123\n", "%2e%2e"],
    Upstream.CLICKHOUSE: [
        "",
        "2b0f6d1e",
        "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b1",
        "2b0f6d1e9c4a4b778e216f5d3c9a7b10",
        "..",
    ],
}


def whole(outcome: object) -> object:
    """The outcome; a part that failed is raised as the merged list would tell it."""
    if isinstance(outcome, Part) and outcome.failures:
        raise outcome.failures[0]
    return outcome


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
async def test_what_is_claimed_is_delivered(bench, reads, acme, adapter: type[Adapter], kind: type[Serves]) -> None:
    assert kind in reads, f"say in conftest.py how {kind.__name__} is read"
    outcome = whole(await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream]))
    assert outcome.items if isinstance(outcome, Part) else outcome
    assert {sent.method for sent in bench.recorders[adapter.upstream].sent} == {"GET"}
    assert bench.sent == len(bench.recorders[adapter.upstream].sent), "no other upstream is asked"


@pytest.mark.parametrize(("adapter", "kind"), OF_ONE)
async def test_nothing_is_asked_twice_in_one_operation(
    bench, reads, acme, adapter: type[Adapter], kind: type[Serves]
) -> None:
    one = bench.adapter(adapter.upstream)
    await reads[kind](one, acme[adapter.upstream])
    once = list(bench.calls(adapter.upstream))
    await asyncio.gather(*(reads[kind](one, acme[adapter.upstream]) for _ in range(3)))
    assert bench.calls(adapter.upstream) == once
    assert len(set(once)) == len(once)
    await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream])
    assert len(bench.calls(adapter.upstream)) == 2 * len(once), "another operation asks anew"


@pytest.mark.parametrize(("adapter", "kind"), OF_ONE)
async def test_an_organization_that_is_not_there_is_not_found(
    benches, reads, adapter: type[Adapter], kind: type[Serves]
) -> None:
    unknown = UNKNOWN[adapter.upstream]
    keys = [{"organization": unknown, "key_id": "CH_KEY_ID", "key_secret": "CH_KEY_SECRET"}]
    more = {"upstreams": {"clickhouse": {"url": "http://stand-in", "keys": keys}}}
    bench = benches(**(more if adapter.upstream is Upstream.CLICKHOUSE else {}))
    with pytest.raises(NotFound) as caught:
        whole(await reads[kind](bench.adapter(adapter.upstream), unknown))
    assert caught.value.upstream is adapter.upstream


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
async def test_without_a_credential_nothing_is_sent(
    benches, reads, acme, adapter: type[Adapter], kind: type[Serves]
) -> None:
    bench = benches(upstreams={})
    if adapter.upstream is Upstream.CLICKHOUSE and kind is ListsOrganizations:
        assert await reads[kind](bench.adapter(adapter.upstream), "") == [], "no key, no organization"
    else:
        with pytest.raises(NotConfigured) as caught:
            whole(await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream]))
        assert caught.value.upstream is adapter.upstream
        assert adapter.credential_setting in caught.value.message
    assert bench.sent == 0


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, UpstreamRejected),
        (401, UpstreamUnauthenticated),
        (403, UpstreamForbidden),
        (404, NotFound),
        (429, UpstreamRateLimited),
        (302, UpstreamInvalidResponse),
        (500, UpstreamUnavailable),
        (503, UpstreamUnavailable),
    ],
)
async def test_a_refusal_is_the_failure_that_it_means(
    bench, reads, acme, adapter: type[Adapter], kind: type[Serves], status: int, expected: type[Failure]
) -> None:
    bench.recorders[adapter.upstream].instead = lambda _: httpx.Response(
        status, headers={"Retry-After": "30"}, stream=httpx.ByteStream(b"secret words")
    )
    with pytest.raises(expected) as caught:
        whole(await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream]))
    assert caught.value.upstream is adapter.upstream
    if status in (429, 500, 503):
        assert 25.0 < caught.value.retry_after_seconds <= 30.0, "less where another call was told so a moment before"
    else:
        assert caught.value.retry_after_seconds is None
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(("adapter", "kind"), CLAIMS)
async def test_a_failure_is_not_remembered_by_the_next_operation(
    bench, reads, acme, adapter: type[Adapter], kind: type[Serves]
) -> None:
    recorder = bench.recorders[adapter.upstream]
    recorder.instead = lambda _: httpx.Response(503, stream=httpx.ByteStream(b""))
    with pytest.raises(UpstreamUnavailable):
        whole(await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream]))
    recorder.instead = lambda _: None
    assert whole(await reads[kind](bench.adapter(adapter.upstream), acme[adapter.upstream]))


@pytest.mark.parametrize("upstream", Upstream)
async def test_an_id_of_another_form_is_refused_before_any_call(bench, upstream: Upstream) -> None:
    surroundings = bench.surroundings()
    for native_id in MALFORMED[upstream]:
        with pytest.raises(BadUserInput) as caught:
            surroundings.whole(Link(upstream, native_id))
        assert caught.value.upstream is upstream
        with pytest.raises(BadUserInput):
            await surroundings.find(f"{upstream.word}:{native_id}")
    assert bench.sent == 0


@pytest.mark.parametrize(
    ("upstream", "given", "canonical"),
    [
        (Upstream.LOSANT, "575ED6E87AE143CD83DC4AA8", "575ed6e87ae143cd83dc4aa8"),
        (Upstream.NKS, "0002", "2"),
        (Upstream.LOCKTERA, "MEGA_corp-0001", "MEGA_corp-0001"),
        (Upstream.CLICKHOUSE, "2B0F6D1E-9C4A-4B77-8E21-6F5D3C9A7B10", "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"),
    ],
)
async def test_an_id_has_one_spelling(bench, upstream: Upstream, given: str, canonical: str) -> None:
    assert type(bench.adapter(upstream)).identify(given) == canonical


@pytest.mark.parametrize("upstream", Upstream)
async def test_the_greeting_says_what_was_seen(bench, upstream: Upstream) -> None:
    said = await bench.adapter(upstream).greet()
    assert said.endswith(".")
    assert not any(word in said for word in ("TOKEN", "KEY_", "http"))
    assert len(bench.recorders[upstream].sent) == (5 if upstream is Upstream.CLICKHOUSE else 1)
