"""Each recorded answer of each vendor, against the stand-in: the same status, the same shape.

`fixtures/<vendor>/*.json` are the requests and answers. `replay/<vendor>.toml` says, by fixture, what must be done
before, and what may differ: `before` (fixtures to replay first), `switches`, `fault`, `authorization`, `optional`
(members that by the vendor's documentation may be absent or present), `nullable` (members that may be null), `free`
(members whose value is not compared), `maps` (objects whose keys are data), `skip` (why it cannot be replayed).
"""

import base64
import json
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox.clock import Clock
from gateway.sandbox.stand_in import application
from gateway.sandbox.store import Store

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
VENDORS = sorted(path.name for path in (HERE / "fixtures").iterdir())
FIXTURES = sorted((HERE / "fixtures").glob("*/*.json"))
BASE = {"locktera": "/v1"}


def named(fixture: Path) -> str:
    return f"{fixture.parent.name}/{fixture.stem}"


def read(vendor: str, name: str) -> dict[str, Any]:
    return json.loads((HERE / "fixtures" / vendor / f"{name}.json").read_text())


def table(vendor: str) -> dict[str, Any]:
    return tomllib.loads((HERE / "replay" / f"{vendor}.toml").read_text())


@pytest.mark.parametrize("fixture", FIXTURES, ids=named)
async def test_a_stand_in_answers_as_recorded(fixture: Path, store: Store, clock: Clock) -> None:
    vendor = fixture.parent.name
    plan = table(vendor).get(fixture.stem, {})
    if "skip" in plan:
        pytest.skip(plan["skip"])
    make = import_module(f"gateway.sandbox.{vendor}").stand_in
    app = application(make(store, clock), store, clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stand-in") as client:
        for first in plan.get("before", []):
            assert (await replay(client, vendor, read(vendor, first)["request"])).is_success
        if "switches" in plan:
            assert (await client.put("/__sandbox/switches", json=plan["switches"])).status_code == 200
        if "fault" in plan:
            assert (await client.post("/__sandbox/faults", json=plan["fault"])).status_code == 201
        recorded = read(vendor, fixture.stem)
        response = await replay(client, vendor, recorded["request"], plan.get("authorization"))

    expected = recorded["response"]
    assert response.status_code == expected["status"], response.text
    for name, value in expected["headers"].items():
        assert name in response.headers
        if name.lower() == "content-type":
            assert response.headers[name].partition(";")[0] == value.partition(";")[0]
    body = response.json() if response.content else None
    assert list(differences(body, [expected["body"]], plan, "")) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_replay_table_names_fixtures_that_exist(vendor: str) -> None:
    names = {fixture.stem for fixture in FIXTURES if fixture.parent.name == vendor}

    assert names
    assert set(table(vendor)) <= names


async def replay(
    client: httpx.AsyncClient, vendor: str, request: dict[str, Any], authorization: str | None = None
) -> httpx.Response:
    headers = dict(request["headers"])
    if authorization is not None:
        headers["Authorization"] = authorization
    body, kind = request.get("body"), request.get("bodyKind", "json")
    sent: dict[str, Any] = {}
    if kind == "multipart":
        headers.pop("Content-Type")  # httpx writes it, with its own boundary
        files = {name: (None, value) for name, value in body.get("fields", {}).items()}
        for name, file in body.get("files", {}).items():
            files[name] = (file["filename"], base64.b64decode(file["base64"]), file["contentType"])
        sent["files"] = files
    elif kind == "raw":
        sent["content"] = body
    elif body is not None:
        sent["content"] = json.dumps(body)
    path = BASE.get(vendor, "") + request["path"]
    return await client.request(request["method"], path, params=request["query"], headers=headers, **sent)


def differences(value: object, samples: list[Any], plan: dict[str, Any], path: str) -> Iterator[str]:
    """Where a value has not the shape of its samples; an array's place in a path is `*`."""
    if listed(path, plan.get("free", [])):
        return
    kinds = {kind_of(sample) for sample in samples} | ({"null"} if listed(path, plan.get("nullable", [])) else set())
    if kind_of(value) not in kinds:
        yield f"{path}: {kind_of(value)}, not {kinds}"
    elif isinstance(value, list):
        arrays = [sample for sample in samples if isinstance(sample, list)]
        elements = [element for array in arrays for element in array]
        if not value and all(arrays):
            yield f"{path}: empty"
        for element in value if elements else []:
            yield from differences(element, elements, plan, f"{path}.*".lstrip("."))
    elif isinstance(value, dict):
        objects = [sample for sample in samples if isinstance(sample, dict)]
        yield from member_differences(value, objects, plan, path)


def member_differences(
    value: dict[str, Any], objects: list[dict[str, Any]], plan: dict[str, Any], path: str
) -> Iterator[str]:
    if listed(path, plan.get("maps", [])):
        pool = [member for sample in objects for member in sample.values()]
        for member in value.values():
            yield from differences(member, pool, plan, f"{path}.*".lstrip("."))
        return
    known = set().union(*objects)
    required = set(objects[0]).intersection(*objects)
    for name in sorted((set(value) - known) | (required - set(value))):
        if not listed(f"{path}.{name}".lstrip("."), plan.get("optional", [])):
            yield f"{path}: {'unknown' if name in value else 'no'} member {name}"
    for name in sorted(known & set(value)):
        pool = [sample[name] for sample in objects if name in sample]
        yield from differences(value[name], pool, plan, f"{path}.{name}".lstrip("."))


def listed(path: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return {dict: "object", list: "array", str: "string", int: "number", float: "number"}[type(value)]
