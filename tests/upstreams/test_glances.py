"""Long members of a Losant organization are read when they are asked for, and say what they would say at once."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gateway.upstreams.losant.shapes import COUNTS, ORGANIZATION, WITH_MEMBERS, OrganizationGlance, OrganizationShape
from gateway.upstreams.reading import Shape
from gateway.wire.call import Answer
from resolvers.errors import Failure
from resolvers.identity import Link, Upstream

ID = "5f3c1a7be4b0c91d2f6a0161"
LINK = Link(Upstream.LOSANT, ID)
AT_ONCE = Shape(Upstream.LOSANT, OrganizationShape)

MEMBERS = {
    "none": "null",
    "an empty list": "[]",
    "good ones": '[{"userId":"a","firstName":"Ann","lastName":"Lee","role":"admin"},{"userId":"b","email":""}]',
    "one without an id": '[{"userId":"a"},{"role":"view"}]',
    "one with a name that is none": '[{"userId":"a","firstName":7,"lastName":"Lee"}]',
    "one with roles that are none": '[{"userId":"a","applicationRoles":[{"role":"view"}]},{"userId":"b"}]',
    "no list": '{"userId":"a"}',
    "text that is no UTF-8": '[{"userId":"a","email":"\udcff"},{"userId":"b"}]',
}
OBJECTS = {
    "none": "null",
    "good ones": '{"deviceCount":148,"appCount":2}',
    "one that is none": '{"deviceCount":"many","appCount":2}',
    "a number that none can hold": '{"deviceCount":1e999,"appCount":2}',
    "no object": "[1]",
}


def body(members: str = "null", limits: str = "null", summary: str = "null") -> bytes:
    text = f'{{"id":"{ID}","name":"Acme","members":{members},"limits":{limits},"summary":{summary}}}'
    return text.encode("utf-8", "surrogateescape")


def told(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Failure as failure:
        return failure.code, failure.message


def members(shape: OrganizationShape) -> Any:
    part = shape.member_list(LINK)
    shown = [
        [each.native_id, *(str(told) for told in (each.name, each.email)), each.role, each.resource_roles]
        for each in part.items
    ]
    return shown, [failure.message for failure in part.failures]


def said(shape: Shape[OrganizationShape], text: bytes) -> list[Any]:
    read = shape.read(text)
    counts = [told(lambda name=name: read.count(name)) for name in COUNTS]
    return [read.profile(), told(lambda: members(read)), told(read.plan), counts]


@pytest.mark.parametrize("given", MEMBERS)
def test_members_are_the_same(given: str) -> None:
    text = body(members=MEMBERS[given])
    assert said(ORGANIZATION, text) == said(WITH_MEMBERS, text) == said(AT_ONCE, text)


@pytest.mark.parametrize("given", OBJECTS)
def test_limits_and_counts_are_the_same(given: str) -> None:
    text = body(limits=OBJECTS[given], summary=OBJECTS[given])
    assert said(ORGANIZATION, text) == said(AT_ONCE, text)


def test_members_that_were_asked_for_before_are_read_with_the_rest() -> None:
    read: Any = WITH_MEMBERS.said(Answer(200, {}, body(MEMBERS["good ones"])), ID)
    assert [each.user_id for each in read.members] == ["a", "b"]
    assert read.member_list(LINK) is read.member_list(LINK)


def test_what_nobody_asks_for_is_not_read_and_who_asks_first_keeps_it_alone() -> None:
    read: Any = ORGANIZATION.said(Answer(200, {}, body(MEMBERS["good ones"])), ID)
    assert isinstance(read, OrganizationGlance)
    assert read.profile().name == "Acme"
    assert isinstance(read.members, msgspec.Raw)
    first, second = read.member_list(LINK), read.member_list(LINK)
    assert first == second
    assert first is not second
    assert read.member_list(LINK) is second


@pytest.mark.parametrize("given", ["one without an id", "text that is no UTF-8"])
def test_an_answer_is_kept_only_where_all_of_it_fits(given: str) -> None:
    assert ORGANIZATION.fits(Answer(200, {}, body(MEMBERS["good ones"], "{}", "{}")))
    assert not ORGANIZATION.fits(Answer(200, {}, body(MEMBERS[given])))
