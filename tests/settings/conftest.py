from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings, SettingsError, load

Read = Callable[..., Settings]
Said = Callable[..., list[str]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Loads the text as ./gateway.toml (no file when it is empty), with exactly these variables and overrides."""
    monkeypatch.chdir(tmp_path)

    def read_(text: str = "", overrides: Mapping[str, Any] | None = None, **environ: str) -> Settings:
        if text:
            (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
        return load(None, environ, overrides)

    return read_


@pytest.fixture
def said(read: Read) -> Said:
    """Loads the same way, and answers the lines of the error that this must raise."""

    def said_(text: str = "", overrides: Mapping[str, Any] | None = None, **environ: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(text, overrides, **environ)
        return str(caught.value).splitlines()

    return said_
