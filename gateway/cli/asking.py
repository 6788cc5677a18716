"""Operations from the command line: their answers, and the upstream calls behind them."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, OperationType, parse

from gateway.cli.assembly import assembled
from gateway.cli.refusal import WRONG_SETTINGS, CannotRunError

if TYPE_CHECKING:  # it brings the whole graph along
    from gateway.app import Gateway
    from gateway.settings import Settings


def text_of(query: str) -> str:
    """The document: `-` is standard input, `@FILE` a file, all else itself.

    Raises:
        CannotRunError: The file cannot be read.
    """
    if query == "-":
        return sys.stdin.read()
    return read_file(query[1:]) if query.startswith("@") else query


def read_file(name: str) -> str:
    """The text of a file.

    Raises:
        CannotRunError: It cannot be read.
    """
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotRunError(f"The file {name} cannot be read as UTF-8 text.", WRONG_SETTINGS) from None


def variables_of(text: str) -> dict[str, Any]:
    """The values of a document's variables.

    Raises:
        CannotRunError: It is no JSON object.
    """
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise CannotRunError('--variables takes a JSON object, such as {"id": "acme"}.', WRONG_SETTINGS)
    return values


def answered(settings: "Settings", query: str, variables: dict[str, Any], *, explained: bool) -> dict[str, Any]:
    """The answer to an operation of the operator's own, who may do anything; of the sandbox where nothing is set.

    Args:
        settings: The gateway's.
        query: A document with one operation.
        variables: Its values.
        explained: With `extensions.cost` and `extensions.trace`.

    Raises:
        CannotRunError: It is a write, and the ledger of writes cannot be kept.
    """
    if settings.names_no_upstream:
        return _on_stand_ins(settings, query, variables, explained=explained)
    gateway = assembled(_privileged(settings))
    if _writes(query):
        _open(gateway)
    return asyncio.run(_asked(gateway, query, variables, explained=explained))


def _writes(query: str) -> bool:
    """Whether a document holds a mutation; one that cannot be parsed does not."""
    with suppress(GraphQLError):
        return any(getattr(each, "operation", None) is OperationType.MUTATION for each in parse(query).definitions)
    return False


def _open(gateway: "Gateway") -> None:
    from gateway.ledger.store import LedgerTakenError, LedgerUnusableError  # noqa: PLC0415  wrong settings come before

    try:
        gateway.open()
    except LedgerTakenError as error:
        raise CannotRunError(f"{error} Or send this write to the one that runs.") from None
    except LedgerUnusableError as error:
        raise CannotRunError(str(error)) from None


def rehearsed(settings: "Settings", query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The explained answer that made-up upstreams give; nothing is asked of real ones."""
    return _on_stand_ins(settings, query, variables, explained=True)


def _on_stand_ins(settings: "Settings", query: str, variables: dict[str, Any], *, explained: bool) -> dict[str, Any]:
    from gateway.cli.serving import on_sandbox  # noqa: PLC0415  wrong settings are told before
    from gateway.rehearsal import rehearsal  # noqa: PLC0415  the same
    from gateway.sandbox.serve import Sandbox  # noqa: PLC0415  the same

    sandbox = Sandbox()
    if settings.names_no_upstream:
        settings = on_sandbox(settings, sandbox)
    gateway = assembled(_alone(_privileged(settings)), rehearsal(settings, sandbox), on_sandbox=True)
    try:
        return asyncio.run(_asked(gateway, query, variables, explained=explained))
    finally:
        sandbox.store.close()


def _privileged(settings: "Settings") -> "Settings":
    from gateway.settings import SCOPES, Callers, Documents  # noqa: PLC0415  wrong settings are told before

    everything = Callers(anonymous=SCOPES, allow_anonymous_upstream_access=True)
    limits = settings.limits.model_copy(update={"budget": type(settings.limits.budget)(cost=0)})
    update = {"callers": everything, "profile": "explore", "documents": Documents(), "limits": limits}
    return settings.model_copy(update=update)


def _alone(settings: "Settings") -> "Settings":
    """The same settings without the shared cache, in which nothing that was made up may stand."""
    cache = settings.cache.model_copy(update={"url": type(settings.cache.url)("")})
    return settings.model_copy(update={"cache": cache})


async def _asked(gateway: "Gateway", query: str, variables: dict[str, Any], *, explained: bool) -> dict[str, Any]:
    try:
        return await gateway.ask(query, variables, explained=explained)
    finally:
        await gateway.close()
