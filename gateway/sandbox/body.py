"""Bodies that a stand-in can keep and give back."""

import json
from typing import Any, NoReturn


def read(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value in a JSON body.

    Raises:
        ValueError: It is no JSON, is nested too deep, or holds what JSON cannot hold: NaN, an infinity, half a
            surrogate pair.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
