"""Locktera's errors: ``{message, code, fields?}``, or text alone, as its example code has read them since June 2025."""

from http import HTTPStatus

from starlette.responses import JSONResponse, PlainTextResponse, Response

_SENTENCES = {
    400: "Invalid input",
    401: "Missing or invalid API key",
    403: "Insufficient permissions",
    404: "Organization not found",
    429: "Rate limit exceeded",
    500: "Internal server error",
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the stand-in
    """An answer with an error status; without a message, the sentence of the status."""

    def __init__(self, status: int, message: str = "", fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields


def invalid(field: str, text: str) -> Refusal:
    """400 about one member: ``invalid("name", "must be a string")``."""
    return Refusal(400, f"Invalid input: {field} {text}", {field: text})


def error(status: int, message: str = "", fields: dict[str, str] | None = None, *, text: bool = False) -> Response:
    """An error; ``code`` repeats the HTTP status."""
    phrase = HTTPStatus(status).phrase
    if not message or message == phrase:
        message = _SENTENCES.get(status, phrase)
    if text:
        return PlainTextResponse(message, status_code=status)
    body = {"message": message, "code": status}
    return JSONResponse({**body, "fields": fields} if fields else body, status_code=status)
