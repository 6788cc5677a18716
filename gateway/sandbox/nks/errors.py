"""Errors as Django REST framework writes them: `{"detail": sentence}`, or sentences by field.

The sentence of 401 is published; the others are the framework's own.
"""

from http import HTTPStatus

from starlette.responses import JSONResponse, Response

_SENTENCES = {
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    429: "Request was throttled.",
    500: "A server error occurred.",
    503: "Service temporarily unavailable, try again later.",
}


class FieldsError(Exception):
    """What is wrong with a body: sentences by field, or one such object per item of a list."""

    def __init__(self, problems: dict[str, list[str]] | list[dict[str, list[str]]]) -> None:
        super().__init__("The body is not valid.")
        self.problems = problems


def error(status: int, message: str) -> Response:
    """Write an error; where the message is only the status's phrase, with the framework's sentence."""
    try:
        plain = message == HTTPStatus(status).phrase
    except ValueError:
        plain = False
    detail = _SENTENCES.get(status, message) if plain else message
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)
