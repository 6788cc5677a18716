"""From a request to a handler: the token, the numbers in the path, the body in one of three content types."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.store import Store

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_DIGITS = 15


@dataclass(frozen=True)
class Upload:
    """A file of a form."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One request that passed.

    Attributes:
        path: The parts of the path, by name.
        body: JSON, or the fields of a form with `Upload` for files.
        user: The pk of the token's user.
        address: This server's address, with a slash at the end.
    """

    path: dict[str, str]
    body: Any
    user: int
    address: str

    def pk(self, name: str = "pk") -> str:
        """A number of the path, as the store has it.

        Raises:
            HTTPException: 404, it is no number: such a path has no route.
        """
        value = self.path[name]
        if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
            raise HTTPException(404)
        return str(int(value))


Handler = Callable[[Call], Any]
"""Gives the body of a 200, or a whole response."""


def routes(store: Store, path: str, **handlers: Handler) -> list[Route]:
    """A path with its handlers by method, with and without a slash at the end: the vendor knows no redirect.

    As in the framework, the token is looked at before the method.
    """
    slashed = path if path.endswith("/") else f"{path}/"
    by_method = {name.upper(): handler for name, handler in handlers.items()}

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        user = _user(store, request)
        handler = by_method.get(method)
        if handler is None:
            raise HTTPException(405, headers={"Allow": ", ".join(by_method)})
        try:
            call = Call(request.path_params, await _body(request), user, str(request.base_url))
            if method == "GET":
                answer = handler(call)
            else:
                with store.transaction():
                    answer = handler(call)
        except FieldsError as error:
            return JSONResponse(error.problems, status_code=400)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return [Route(spelling, endpoint, methods=_METHODS) for spelling in dict.fromkeys((path, slashed))]


def _user(store: Store, request: Request) -> int:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401)
    known = store.get("nks.token", token.strip())
    if known is None:
        raise HTTPException(401, "Invalid token.")
    return int(known["user"])


async def _body(request: Request) -> Any:  # noqa: ANN401 - any JSON
    kind = request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json(await request.body())
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return await _form(request)
    if await request.body():
        raise HTTPException(415, f'Unsupported media type "{kind}" in request.')
    return {}


def _json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    if not raw:
        return {}
    try:
        body = json.loads(raw.decode(), parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # half surrogate pairs could not be answered
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"JSON parse error - {error}") from None
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"Out of range float values are not JSON compliant: {name}")


async def _form(request: Request) -> dict[str, Any]:
    try:
        async with request.form() as form:
            return {
                name: Upload(value.filename or "", await value.read()) if isinstance(value, UploadFile) else value
                for name, value in form.items()
            }
    except (MultiPartException, HTTPException, KeyError) as error:
        raise HTTPException(400, f"Multipart form parse error - {error}") from None
