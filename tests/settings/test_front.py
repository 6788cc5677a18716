"""The figures of [server] that bound what clients may take."""

import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from gateway.settings.front import Front


@pytest.mark.parametrize("name", list(Front.model_fields))
def test_every_figure_can_be_set(name):
    assert getattr(Settings.model_validate({"server": {name: 2_000}}).server, name) == 2_000


@pytest.mark.parametrize("name", [name for name in Front.model_fields if name != "grace_seconds"])
def test_none_can_be_nothing(name):
    with pytest.raises(ValidationError):
        Settings.model_validate({"server": {name: 0}})


def test_a_head_has_room_for_a_credential():
    with pytest.raises(ValidationError):
        Settings.model_validate({"server": {"header_bytes": 1_023}})
