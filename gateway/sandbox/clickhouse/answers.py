"""The envelope of ClickHouse Cloud's answers and errors."""

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from starlette.responses import JSONResponse, Response

_WORDS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


class Nothing:
    """The result of a DELETE: its answer has no ``result`` member."""


NOTHING: Final = Nothing()


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the stand-in
    """An answer with an error status.

    Args:
        status: HTTP status.
        text: the whole ``error`` text; without it, the word of the status.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text or _WORDS.get(status, "ERROR")
        self.headers = headers


def bad_request(detail: str) -> Refusal:
    """400 with a detail."""
    return Refusal(400, f"BAD_REQUEST: {detail}")


def not_found(sought: str) -> Refusal:
    """404 of a sub-resource: the text repeats its id."""
    return Refusal(404, f"NOT_FOUND: {sought}")


def answer(result: Any) -> Response:  # noqa: ANN401 - any JSON value
    """200 with ``{result, requestId, status}``; plain responses pass."""
    if isinstance(result, Response):
        return result
    body = {"requestId": str(uuid4()), "status": 200}
    return JSONResponse(body if isinstance(result, Nothing) else {"result": result, **body})


def error(status: int, text: str = "", headers: dict[str, str] | None = None) -> Response:
    """An error with ``{status, error, requestId}``."""
    word = _WORDS.get(status, "ERROR")
    if text == HTTPStatus(status).phrase:
        text = ""
    detail = text if text.startswith(word) else f"{word}: {text}" if text else word
    body = {"status": status, "error": detail, "requestId": str(uuid4())}
    return JSONResponse(body, status_code=status, headers=headers)
