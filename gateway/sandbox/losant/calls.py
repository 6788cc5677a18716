"""From a request to a handler: the credential, the ids in the path, the body, one transaction for each write."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.sandbox.losant.bodies import ID
from gateway.sandbox.store import Store

_FULL = ("all.Organization", "all.User", "only.Organization", "org.*")
_BOUNDED = ("all.Organization.bounded", "all.User.bounded", "only.Organization.bounded")
_READ = ("all.Organization.read", "all.User.read", "only.Organization.read")
SCOPES = {"read": (*_FULL, *_BOUNDED, *_READ), "bounded": (*_FULL, *_BOUNDED), "full": _FULL}
"""By need, the scopes that fulfil it: members, invitations and transfers need `full`."""


@dataclass(frozen=True)
class Call:
    """One request that passed: ids in lower case, the body decoded, the user whose token it carries."""

    ids: dict[str, str]
    query: QueryParams
    body: Any
    user: str

    @property
    def org(self) -> str:
        """The organization of the path."""
        return self.ids["orgId"]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean of the query.

        Raises:
            HTTPException: 400, it is neither true nor false.
        """
        value = self.query.get(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise HTTPException(400, f"Invalid query: {name} must be true or false")
        return value == "true"


Handler = Callable[[Call], Any]
"""Gives the body of a 200, or a whole response."""


def route(store: Store, path: str, *, need: str | None = "read", **handlers: Handler) -> Route:
    """A path with its handlers by method; GETs need a token that may read, other methods `need` (None: no token)."""
    by_method = {name.upper(): handler for name, handler in handlers.items()}

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        user = "" if need is None else _user(store, request, "read" if method == "GET" else need)
        ids = {name: _id(name, value) for name, value in request.path_params.items()}
        call = Call(ids, request.query_params, await _body(request), user)
        if method == "GET":
            answer = by_method[method](call)
        else:
            with store.transaction():
                answer = by_method[method](call)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return Route(path, endpoint, methods=list(by_method))


def _user(store: Store, request: Request, need: str) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = store.get("losant.token", token.strip()) if scheme.lower() == "bearer" else None
    if known is None:
        raise HTTPException(401, "Invalid or missing access token")
    if not set(known["scopes"]) & set(SCOPES[need]):
        raise HTTPException(403, "The access token has no scope for this operation")
    return str(known["userId"])


def _id(name: str, value: str) -> str:
    if not ID.fullmatch(value):
        raise HTTPException(400, f"Invalid path: {name} must be 24 hexadecimal digits")
    return value.lower()


async def _body(request: Request) -> Any:  # noqa: ANN401 - any JSON
    raw = await request.body()
    if not raw:
        return None
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # half surrogate pairs could not be answered
    except (ValueError, RecursionError):
        raise HTTPException(400, "Invalid body: must be JSON") from None
    return body
