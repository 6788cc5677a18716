"""Losant's error body: `{"type", "message"}`.

The types NotFound and Validation are published; the others are assumed.
"""

from starlette.responses import JSONResponse, Response

_TYPES = {
    400: "Validation",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Gone",
    413: "PayloadTooLarge",
    429: "TooManyRequests",
    500: "Unexpected",
    503: "ServiceUnavailable",
}


def error(status: int, message: str) -> Response:
    """Write an error."""
    return JSONResponse({"type": _TYPES.get(status, "Error"), "message": message}, status_code=status)
