"""Status, headers and body in; what they mean out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upstreams import ADAPTERS, ClickHouse, Losant
from gateway.wire.verdict import retry_after, verdict
from resolvers.errors import (
    Conflict,
    Failure,
    NotFound,
    UpstreamForbidden,
    UpstreamInvalidResponse,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

NOW = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)
TABLE = [
    (200, None),
    (201, None),
    (204, None),
    (202, UpstreamInvalidResponse),
    (206, UpstreamInvalidResponse),
    (101, UpstreamInvalidResponse),
    (301, UpstreamInvalidResponse),
    (302, UpstreamInvalidResponse),
    (304, UpstreamInvalidResponse),
    (307, UpstreamInvalidResponse),
    (308, UpstreamInvalidResponse),
    (400, UpstreamRejected),
    (401, UpstreamUnauthenticated),
    (402, UpstreamRejected),
    (403, UpstreamForbidden),
    (404, NotFound),
    (405, UpstreamRejected),
    (408, UpstreamTimeout),
    (409, Conflict),
    (410, NotFound),
    (413, UpstreamRejected),
    (418, UpstreamRejected),
    (422, UpstreamRejected),
    (429, UpstreamRateLimited),
    (499, UpstreamRejected),
    (500, UpstreamUnavailable),
    (502, UpstreamUnavailable),
    (503, UpstreamUnavailable),
    (504, UpstreamUnavailable),
    (599, UpstreamUnavailable),
    (999, UpstreamUnavailable),
]


@pytest.mark.parametrize(("status", "expected"), TABLE)
def test_a_status_has_one_meaning(status: int, expected: type[Failure] | None) -> None:
    found = verdict(Upstream.NKS, status, {}, b'{"detail": "secret words"}')
    assert type(found) is (expected or type(None))
    if found:
        assert found.upstream is Upstream.NKS
        assert "NKS" in found.message
        assert "secret" not in found.message


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [b"", b"  \r\n\t"])
def test_a_success_without_a_body_is_none(status: int, body: bytes) -> None:
    assert type(verdict(Upstream.NKS, status, {}, body)) is UpstreamInvalidResponse


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (503, True), (408, True), (400, False), (401, False)])
def test_only_what_may_pass_is_retryable(status: int, *, retryable: bool) -> None:
    found = verdict(Upstream.LOSANT, status, {}, b"{}")
    assert found
    assert found.retryable is retryable


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7.5 "}, 7.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Sat, 31 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Saturday, 31-Jan-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat Jan 31 12:00:30 2026"}, 30.0),
        ({"retry-after": "Sat, 31 Jan 2026 13:00:30 +0100"}, 30.0),
        ({"retry-after": "Sat, 31 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"x-ratelimit-reset": "2.25"}, 2.25),
        ({"retry-after": "soon", "x-ratelimit-reset": "4"}, 4.0),
        ({"retry-after": "5", "x-ratelimit-reset": "9"}, 5.0),
        ({"retry-after": "nan", "x-ratelimit-reset": "9"}, 9.0),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Mon, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"retry-after": "Sat, 31 Jan 2026 12:00:30 +99999999999999999999"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -1200"}, None),
    ],
)
def test_the_wait_is_read_in_each_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=60) | st.from_regex(r"\A\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]?\w{1,6}\Z"))
def test_no_header_is_too_odd_to_be_passed_over(text: str) -> None:
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or 0.0 <= seconds < float("inf")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_wait_is_told_where_waiting_helps(status: int) -> None:
    found = verdict(Upstream.LOCKTERA, status, {"retry-after": "12"}, b"")
    assert found
    assert found.retry_after_seconds == 12.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"status":400,"error":"BAD_REQUEST: Invalid member id <string:7c9e>","requestId":"b6f1"}', NotFound),
        (b'{"status":400,"error":"BAD_REQUEST: 2025-01-01T00:00:00Z","requestId":"b6f1"}', UpstreamRejected),
        (b'{"status":400,"error":"BAD_REQUEST length is too small: 8 < 20"}', UpstreamRejected),
        (b"", UpstreamRejected),
    ],
)
def test_clickhouse_says_400_for_an_object_that_is_not_there(body: bytes, expected: type[Failure]) -> None:
    found = ClickHouse.judge(Upstream.CLICKHOUSE, 400, {}, body)
    assert type(found) is expected
    assert found.upstream is Upstream.CLICKHOUSE


@pytest.mark.parametrize("status", [status for status, _ in TABLE])
def test_in_all_else_every_upstream_is_judged_alike(status: int) -> None:
    general = verdict(Upstream.LOSANT, status, {}, b"{}")
    for adapter in ADAPTERS:
        found = adapter.judge(Upstream.LOSANT, status, {}, b"{}")
        assert type(found) is type(general)


def test_only_clickhouse_reads_a_missing_object_out_of_a_400() -> None:
    body = b'{"status":400,"error":"BAD_REQUEST: Invalid member id <string:7c9e>"}'
    assert type(Losant.judge(Upstream.LOSANT, 400, {}, body)) is UpstreamRejected
