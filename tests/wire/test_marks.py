"""Marks of credentials."""

import pytest

from gateway.wire.marks import Marks

SECRET = ("Authorization", "Bearer LOSANT_API_TOKEN")


def test_a_credential_has_one_mark() -> None:
    marks = Marks()
    assert marks.of(SECRET) == marks.of(("authorization", SECRET[1]))
    assert len(marks.of(SECRET)) == 16


@pytest.mark.parametrize(
    "other", [("Authorization", "Bearer LOSANT_API_TOKEn"), ("X-Key", SECRET[1]), ("Authorization", ""), None]
)
def test_another_credential_has_another(other) -> None:
    marks = Marks()
    assert marks.of(other) != marks.of(SECRET)


def test_no_credential_has_an_empty_mark() -> None:
    assert Marks().of(None) == b""


def test_a_mark_means_nothing_elsewhere() -> None:
    assert Marks().of(SECRET) != Marks().of(SECRET)


@pytest.mark.parametrize("value", ["Bearer \ud800", "Bearer t\u00f6ken", "Bearer a\r\nb", "Bearer \x00"])
def test_what_no_header_can_hold_has_a_mark_too(value: str) -> None:
    assert len(Marks().of(("Authorization", value))) == 16


def test_a_credential_that_was_marked_is_not_shown() -> None:
    marks = Marks()
    marks.of(SECRET)
    assert "LOSANT_API_TOKEN" not in repr(marks)
    assert all("LOSANT_API_TOKEN" not in repr(getattr(marks, name)) for name in Marks.__slots__)
