"""Valid answers of each shape, and the reads that take them."""

import datetime as dt
import json
import math
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.upstreams.loading import attempt
from resolvers.activities import Activity, ActivityQuestion
from resolvers.device_usage import Resolution, Window
from resolvers.errors import Failure
from resolvers.identity import Upstream
from resolvers.members import Member
from resolvers.merging import Part

FIXTURES = Path(__file__).parents[2] / "sandbox" / "fixtures"
DAY = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
WINDOW = Window(DAY, DAY + dt.timedelta(days=2))
Ask = Callable[[Any], Awaitable[object]]

IDS = {
    Upstream.LOSANT: "5f3c1a7be4b0c91d2f6a8b01",
    Upstream.NKS: "3880",
    Upstream.LOCKTERA: "7a92b400-4a8f-4f2a-bc4e-5f16d17b9c3f",
    Upstream.CLICKHOUSE: "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
}
LOSANT, NKS, LOCKTERA, CLICKHOUSE = IDS.values()


async def listed(adapter: Any) -> object:
    """The first parts of the list; the canned answer says for ever that more follow."""
    found = []
    async for page in adapter.listing():
        found += page
        if len(found) > 1000:
            break
    return found


def logs(native_id: str) -> Ask:
    return lambda it: it.activities(native_id, ActivityQuestion(None, None, it.logs, None, 5))


def counts(native_id: str) -> list[Ask]:
    """One of each form: plain, in an object, and the sum."""
    names = ("devices", "storage_bytes", "notebook_runs", "payloads")
    return [lambda it, name=name: it.resource_count(native_id, name) for name in names]


OPERATIONS: dict[str, list[Ask]] = {
    "losant/org.get": [
        lambda it: it.profile(LOSANT),
        lambda it: it.members(LOSANT),
        lambda it: it.plan(LOSANT),
        *counts(LOSANT),
    ],
    "losant/org.get.summaryInclude": [lambda it: it.profile(LOSANT), *counts(LOSANT)],
    "losant/org.deviceCounts": [lambda it: it.device_counts(LOSANT, WINDOW)],
    "losant/org.notebookMinuteCounts": [lambda it: it.notebook_minutes(LOSANT, WINDOW)],
    "losant/org.payloadCounts": [lambda it: it.payload_counts(LOSANT, WINDOW, as_bytes=False)],
    "losant/org.payloadCountsBreakdown": [
        lambda it: it.payload_counts_breakdown(
            LOSANT, WINDOW, Resolution.DAY, as_bytes=False, include_non_billable=False
        )
    ],
    "losant/org.pendingInvites": [
        lambda it: it.invitations(LOSANT),
        lambda it: it.invitation(LOSANT, "64d0aa31e4b0c91d2f6a8b40"),
    ],
    "losant/orgs.get": [listed, lambda it: it.greet()],
    "losant/auditLogs.get": [logs(LOSANT)],
    "losant/auditLog.get": [lambda it: it.activity(LOSANT, "5f3c1a7be4b0c91d2f6a8b99")],
    "nks/orgs.get": [lambda it: it.profile(NKS)],
    "nks/orgs.list": [listed, lambda it: it.greet()],
    "nks/members.list": [lambda it: it.members(NKS)],
    "nks/members.get": [lambda it: it.member(NKS, "6011")],
    "locktera/org.get": [lambda it: it.profile(LOCKTERA)],
    "locktera/org.get.spec": [lambda it: it.profile(LOCKTERA)],
    "locktera/org.get.union": [lambda it: it.profile(LOCKTERA)],
    "locktera/current_org": [listed, lambda it: it.greet()],
    "locktera/access_log": [logs(LOCKTERA), lambda it: it.activity(LOCKTERA, "access_log.x.1")],
    "locktera/access_log.spec": [logs(LOCKTERA)],
    "locktera/children_audit": [logs(LOCKTERA)],
    "locktera/consumption": [lambda it: it.consumption(LOCKTERA)],
    "locktera/customizations.get": [lambda it: it.customizations(LOCKTERA)],
    "clickhouse/organization.get": [
        lambda it: it.profile(CLICKHOUSE),
        lambda it: it.private_endpoints(CLICKHOUSE),
        lambda it: it.byoc_configs(CLICKHOUSE),
    ],
    "clickhouse/organizations.list": [listed, lambda it: it.greet()],
    "clickhouse/activities.list": [logs(CLICKHOUSE)],
    "clickhouse/activity.get": [lambda it: it.activity(CLICKHOUSE, "act_01J9ZK3Q7V5X2M8N4T6R")],
    "clickhouse/members.list": [lambda it: it.members(CLICKHOUSE)],
    "clickhouse/members.get": [lambda it: it.member(CLICKHOUSE, "7c9e6679-7425-40de-944b-e07fc1f90ae7")],
    "clickhouse/invitations.list": [lambda it: it.invitations(CLICKHOUSE)],
    "clickhouse/invitations.get": [lambda it: it.invitation(CLICKHOUSE, "e3b0c442-98fc-4c14-9afb-f4c8996fb924")],
    "clickhouse/usageCost": [lambda it: it.cost(CLICKHOUSE, WINDOW)],
    "clickhouse/usageCost.empty": [lambda it: it.cost(CLICKHOUSE, WINDOW)],
    "clickhouse/quotas.list": [lambda it: it.plan(CLICKHOUSE)],
}
"""Recorded answer to the reads that take it."""


@pytest.fixture(params=OPERATIONS)
def shape(request: pytest.FixtureRequest) -> tuple[Upstream, Any, list[Ask]]:
    """Each shape: its upstream, a valid body, the reads that take it."""
    name = request.param
    fixture = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return Upstream(name.partition("/")[0]), fixture["response"]["body"], OPERATIONS[name]


@pytest.fixture
def ids() -> Mapping[Upstream, str]:
    """An organization's id per upstream."""
    return IDS


def check(value: object, form: Any = Any) -> None:
    """Asserts that the graph can write the value: declared types, JSON without holes, failures as whole values."""
    if isinstance(value, Failure):
        return
    if isinstance(value, msgspec.Struct):  # stands in for an object of the graph, whose attributes it has
        due = next((each for each in (Member, Activity) if isinstance(value, each)), _expects(form))
        kind = due if is_dataclass(due) else type(value)
        for name, hint in typing.get_type_hints(kind).items():
            check(getattr(value, name), hint)
        return
    if is_dataclass(value):
        hints = typing.get_type_hints(type(value))
        for field in fields(value):
            if field.name in hints:  # the others are functions of the graph
                check(getattr(value, field.name), hints[field.name])
    elif isinstance(value, list):
        for item in value:
            check(item, *typing.get_args(_expects(form)) or (Any,))
    else:
        _check_json(value)
    _check_form(value, form)


def _expects(form: Any) -> Any:
    """The form without `| None`; what a NewType stands for."""
    choices = typing.get_args(form) if typing.get_origin(form) in (typing.Union, types.UnionType) else (form,)
    [choice, *_] = [each for each in choices if each is not types.NoneType and each is not Failure]
    return getattr(choice, "__supertype__", choice)


def _check_form(value: object, form: Any) -> None:
    expected = _expects(form)
    expected = typing.get_origin(expected) or expected
    if isinstance(expected, type) and expected not in (Any, object):
        nullable = types.NoneType in typing.get_args(form)
        assert (value is None and nullable) or isinstance(value, expected), f"{value!r} where {form} is due"
        assert type(value) is not bool or expected is bool, f"{value!r} where {form} is due"


def _check_json(value: object) -> None:
    if isinstance(value, dt.datetime):
        assert value.utcoffset() is not None
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, each in value.items():
            name.encode()
            _check_json(each)
    elif isinstance(value, list):
        for each in value:
            _check_json(each)
    else:
        assert value is None or isinstance(value, bool | int | dt.date | Enum), f"{value!r} is no JSON"


@pytest.fixture
def taken(answering) -> Callable[[Upstream, bytes, list[Ask]], Awaitable[list[object]]]:
    """What each read makes of an answer; asserts that it is sound, or a failure of that upstream without its words."""

    async def take(upstream: Upstream, body: bytes, asks: list[Ask]) -> list[object]:
        outcomes: list[object] = []
        for ask in asks:
            outcome = await attempt(ask, answering(upstream, body))
            if isinstance(outcome, Part):
                check(outcome.items)
            else:
                check(outcome)
            failures = outcome.failures if isinstance(outcome, Part) else [outcome]
            for failure in failures:
                if isinstance(failure, Failure):
                    assert failure.upstream is upstream
                    assert len(failure.message) < 200
            outcomes.append(outcome)
        return outcomes

    return take
