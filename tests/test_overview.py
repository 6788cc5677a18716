"""What operators are shown, from the gateway's own parts."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.overview import Overview
from gateway.settings import Settings
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.wire.call import Answer, Call
from gateway.wire.chain import Chain, Figures
from gateway.wire.entries import Entry, MemoryEntries
from gateway.wire.errand import Errand
from gateway.wire.trail import Attempt
from resolvers.errors import UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


class Transport:
    """A transport that answers with a status, or not at all."""

    def __init__(self) -> None:
        self.status: int | None = 200

    async def send(self, call: Call) -> Answer:
        if self.status is None:
            raise UpstreamUnavailable("Losant cannot be reached.", upstream=call.upstream)
        return Answer(self.status, {}, b"{}")


def call() -> Call:
    return Call(Upstream.LOSANT, "org.get", "GET", "/orgs/1", credential=("authorization", "Bearer x"))


class House:
    """An overview of one upstream."""

    def __init__(self, toml: dict[str, Any]) -> None:
        self.transport = Transport()
        self.chain = Chain(self.transport, Figures(attempts=1, breaker_minimum_calls=4))
        self.entries = MemoryEntries(most=10, most_bytes=1_000_000)
        self.overview = Overview(
            Settings.model_validate(toml),
            {Upstream.LOSANT: self.chain},
            self.entries,
            lambda: SimpleNamespace(running=3, settle=lambda: None),
        )

    @property
    def losant(self) -> dict[str, Any]:
        told: dict[str, Any] = dict(self.overview.status()["upstreams"][0])
        return told


@pytest.fixture
def house() -> House:
    return House({"upstreams": {"losant": {"token": "x"}}})


async def test_an_upstream_that_answers_is_up(house: House) -> None:
    await house.chain.top.send(call())

    assert house.losant == {
        "upstream": "Losant",
        "state": "UP",
        "reason": None,
        "breaker": {"state": "CLOSED", "secondsLeft": 0.0, "calls": 1, "failures": 0},
        "throttledCredentials": 0,
        "inFlight": 0,
        "waiting": 0,
        "rate": None,
    }


async def test_one_that_fails_is_down_and_its_breaker_opens(house: House) -> None:
    house.transport.status = None
    for _ in range(4):
        with pytest.raises(UpstreamUnavailable):
            await house.chain.top.send(call())

    told = house.losant

    assert (told["state"], told["reason"]) == ("DOWN", "Losant cannot be reached.")
    assert told["breaker"]["state"] == "OPEN"
    assert 0 < told["breaker"]["secondsLeft"] <= 5


async def test_one_without_a_credential_is_not_configured() -> None:
    told = House({}).losant

    assert (told["state"], told["reason"]) == ("NOT_CONFIGURED", "The gateway has no credential for it.")


async def test_the_gateway_and_its_cache_are_told(house: House) -> None:
    await house.entries.put(b"key", Entry(Answer(200, {}, b"x" * 50), 0.0, 0))
    house.overview.draining = True

    told = house.overview.status()

    assert told["gateway"]["profile"] == "explore"
    assert (told["gateway"]["operationsInFlight"], told["gateway"]["draining"]) == (3, True)
    assert told["gateway"]["uptimeSeconds"] >= 0
    assert (told["cache"]["entries"], told["cache"]["bytes"]) == (1, house.entries.bytes)
    assert told["cache"]["bytes"] >= 50


async def test_an_operation_that_ended_is_remembered_with_its_calls(house: House) -> None:
    asked = call()
    asked.trail.attempts.append(Attempt(10.1, 0.2, "200"))
    record = OperationRecord(
        request_id="r-1",
        kind="query",
        name="Members",
        document="",
        caller="api_key:one",
        verdict=Verdict.PARTIAL,
        codes={"NOT_FOUND": 1},
        seconds=0.5,
        estimated=20.0,
        actual=10.0,
        began=10.0,
        at=time.time(),
        calls=[Errand.of(asked, 10.1, 10.3)],
    )

    house.overview.reckon([record])

    (kept,) = house.overview.recent.last()
    assert (kept["name"], kept["verdict"], kept["durationMs"], kept["calls"]) == ("Members", "PARTIAL", 500.0, 1)
    trace = json.loads(house.overview.recent.trace(kept["id"]) or b"null")
    assert (trace["durationMs"], trace["calls"][0]["startMs"]) == (500.0, 100.0)
    assert "/orgs/1" not in str(trace)
    assert "Bearer" not in str(trace)
