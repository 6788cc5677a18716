"""The table [limits]."""

import dataclasses

import pytest
from pydantic import ValidationError

from gateway.execution.limits import Limits
from gateway.settings import Settings


def test_the_settings_hold_every_limit_on_documents_with_the_same_defaults():
    settings = Settings().limits.model_dump()
    for of_a_request_or_a_caller in ("body_bytes", "budget"):
        settings.pop(of_a_request_or_a_caller)

    assert settings == dataclasses.asdict(Limits())


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Limits)])
def test_every_limit_can_be_set(name):
    settings = Settings.model_validate({"limits": {name: 7}})

    assert settings.limits.model_dump()[name] == 7


@pytest.mark.parametrize(("name", "least"), [("tokens", 1), ("depth", 1), ("aliases", 0), ("errors", 2), ("cost", 1)])
def test_a_limit_that_would_refuse_everything_is_no_setting(name, least):
    assert Settings.model_validate({"limits": {name: least}}).limits.model_dump()[name] == least
    with pytest.raises(ValidationError):
        Settings.model_validate({"limits": {name: least - 1}})
