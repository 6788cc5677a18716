"""Operations that a gateway which runs is asked to plan, or to carry out with a trace."""

from typing import Any, Final

import httpx

from gateway.cli.asking import read_file
from gateway.cli.refusal import WRONG_SETTINGS, CannotRunError

PLAN: Final = "plan"
RUN: Final = "1"
_SECONDS: Final = 60.0
_ENDPOINT: Final = "/graphql"


def headers_of(given: list[str]) -> dict[str, str]:
    """The headers of a request, by name.

    Args:
        given: Each `NAME: VALUE`, or `@FILE` with one in each line, so that no secret stands on a command line.

    Raises:
        CannotRunError: One is neither, or the file cannot be read.
    """
    headers: dict[str, str] = {}
    for each in given:
        for line in read_file(each[1:]).splitlines() if each.startswith("@") else [each]:
            name, colon, value = line.partition(":")
            if line.strip() and not (colon and name.strip() and value.strip().isprintable() and line.isascii()):
                raise CannotRunError("--header takes `NAME: VALUE`, or @FILE with one in each line.", WRONG_SETTINGS)
            if line.strip():
                headers[name.strip()] = value.strip()
    return headers


def explained_at(
    url: str, query: str, variables: dict[str, Any], headers: dict[str, str], *, run: bool
) -> dict[str, Any]:
    """What the gateway at an address answers, with `extensions.trace` and `extensions.cost`.

    Args:
        url: Its address; `/graphql` where it has no path.
        query: A document with one operation.
        variables: Its values.
        headers: Of the request: who asks.
        run: The operation is carried out; else it is planned.

    Raises:
        CannotRunError: There is no answer, none of a gateway, or it ran what it was to plan.
    """
    address = _address(url)
    own = {"Accept": "application/json", "GraphQL-Trace": RUN if run else PLAN, "GraphQL-Cost": "1"}
    asked = {"query": query, "variables": variables}
    try:
        response = httpx.post(address, json=asked, headers={**headers, **own}, timeout=_SECONDS)
        answer = response.json()
    except httpx.HTTPError as error:
        raise CannotRunError(f"{address.host} does not answer: {error}.") from None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not answer.keys() & {"data", "errors"}:
        raise CannotRunError(f"{address} answered with status {response.status_code}, and not as a gateway does.")
    trace = (answer.get("extensions") or {}).get("trace")
    if not run and "data" in answer and not (isinstance(trace, dict) and trace.get("planned")):
        raise CannotRunError(f"{address} cannot plan, or lost the header GraphQL-Trace: it carried the operation out.")
    return answer


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise CannotRunError("--at takes the address of a gateway, such as http://127.0.0.1:8000.", WRONG_SETTINGS)
    return address.copy_with(path=_ENDPOINT) if address.path in {"", "/"} else address
