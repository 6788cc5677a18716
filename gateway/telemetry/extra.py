"""The packages that spans need, which are an extra."""

from typing import Final

_SENTENCE: Final = (
    "otel.endpoint is set, but the packages that export spans are not installed. "
    'Install organization-gateway[otel], or set otel.endpoint = "".'
)


class ExtraMissingError(Exception):
    """The settings ask for spans, and what exports them is not installed; its text says what to do."""

    def __init__(self) -> None:
        super().__init__(_SENTENCE)
