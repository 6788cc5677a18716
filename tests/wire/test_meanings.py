"""Each of httpx's errors is one of ours."""

import httpx
import pytest

from gateway.wire.call import Call
from gateway.wire.transport import MEANINGS, UNSENT, HttpxTransport
from resolvers.errors import OutcomeUnknown, UpstreamFailure
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

EXPORTED = [
    kind for kind in (getattr(httpx, name) for name in httpx.__all__) if isinstance(kind, type) and kind is not type
]
NEVER_RAISED = {httpx.HTTPStatusError}  # by `raise_for_status` only, which the wire does not call
CONCRETE = sorted(
    (
        kind
        for kind in EXPORTED
        if issubclass(kind, httpx.HTTPError)
        and kind not in NEVER_RAISED
        and not any(other is not kind and issubclass(other, kind) for other in EXPORTED)
    ),
    key=lambda kind: kind.__name__,
)


class Broken(httpx.AsyncBaseTransport):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002  whatever is asked
        raise self._error


def wire(error: Exception) -> HttpxTransport:
    return HttpxTransport(
        "http://upstream.invalid",
        connect_seconds=1,
        attempt_seconds=1,
        connections=1,
        maximum_bytes=1000,
        transport=Broken(error),
    )


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_error_of_httpx_has_a_meaning(kind: type[httpx.HTTPError]) -> None:
    assert kind in MEANINGS


def test_no_meaning_stands_for_an_error_that_httpx_does_not_have() -> None:
    assert set(MEANINGS) == set(CONCRETE)
    assert set(UNSENT) <= set(MEANINGS)


@pytest.mark.parametrize("kind", CONCRETE)
async def test_a_read_fails_as_the_table_says(kind: type[httpx.HTTPError]) -> None:
    expected, words = MEANINGS[kind]
    with pytest.raises(UpstreamFailure) as caught:
        await wire(kind("secret words")).send(Call(Upstream.NKS, "orgs.list", "GET", "/orgs"))
    assert type(caught.value) is expected
    assert caught.value.message == f"NKS {words}."
    assert caught.value.upstream is Upstream.NKS


@pytest.mark.parametrize("kind", CONCRETE)
async def test_a_write_is_of_unknown_outcome_unless_it_never_left(kind: type[httpx.HTTPError]) -> None:
    expected = MEANINGS[kind][0] if kind in UNSENT else OutcomeUnknown
    with pytest.raises(expected) as caught:
        await wire(kind("secret words")).send(Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=b"{}"))
    assert "secret" not in str(caught.value)


async def test_an_error_of_a_kind_that_is_not_there_yet_is_a_failure_all_the_same() -> None:
    class NewError(httpx.TransportError):
        pass

    with pytest.raises(UpstreamFailure) as caught:
        await wire(NewError("secret words")).send(Call(Upstream.NKS, "orgs.list", "GET", "/orgs"))
    assert caught.value.message == "NKS could not be asked."


@pytest.mark.parametrize(("method", "kind"), [("GET", UpstreamFailure), ("POST", OutcomeUnknown)])
async def test_an_error_of_the_operating_system_is_a_broken_connection(method: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        await wire(ConnectionResetError("secret words")).send(Call(Upstream.NKS, "orgs", method, "/orgs"))
    assert "secret" not in str(caught.value)


async def test_a_mistake_of_our_own_is_not_passed_off_as_the_upstreams() -> None:
    with pytest.raises(ZeroDivisionError):
        await wire(ZeroDivisionError()).send(Call(Upstream.NKS, "orgs.list", "GET", "/orgs"))
