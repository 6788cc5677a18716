"""Where an earlier schema is read from: a file, a commit, or an endpoint that tells its own."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from graphql import GraphQLError, GraphQLSchema, build_client_schema, build_schema, get_introspection_query

from gateway.cli.refusal import WRONG_SETTINGS, CannotRunError

FILE: Final = "schema.graphql"
_SECONDS: Final = 60.0
_LONGEST_SHOWN: Final = 200
_SDL_ENDINGS: Final = (".graphql", ".graphqls", ".gql", ".sdl")
_WAYS: Final = "an SDL file, git:REF (such as git:v1.0.0), REF:PATH, or the URL of an endpoint"
_QUERIES: Final = (
    get_introspection_query(
        descriptions=False,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=False,
        input_value_deprecation=True,
        one_of=True,
    ),
    get_introspection_query(descriptions=False),  # for endpoints that are older than the newest specification
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A schema of another time or place.

    Attributes:
        name: Where it was read, as it may be shown: without user names, passwords and queries of a URL.
        schema: Itself.
    """

    name: str
    schema: GraphQLSchema


def earlier_schema(old: str, headers: Mapping[str, str]) -> Earlier:
    """Reads a schema.

    Args:
        old: A file, `git:REF`, `git:REF:PATH`, `REF:PATH`, or a URL of GraphQL or of SDL.
        headers: What is sent to a URL beside the question.

    Raises:
        CannotRunError: There is none that can be read.
    """
    if old.lower().startswith(("http://", "https://")):
        return _of_endpoint(old, headers)
    if headers:
        raise _refused("--header is sent to a URL, and OLD is none.")
    if old.startswith("git:"):
        ref, _, path = old.removeprefix("git:").partition(":")
        return _of_commit(ref, path or FILE)
    ref, colon, path = old.partition(":")
    if colon and ref and not Path(old).exists():
        return _of_commit(ref, path or FILE)
    try:
        return Earlier(old, _built(Path(old).read_text(encoding="utf-8"), old))
    except FileNotFoundError:
        raise _refused(f"There is no file {old}: name {_WAYS}.") from None
    except (OSError, ValueError):
        raise _refused(f"{old} cannot be read as a file of UTF-8 text: name {_WAYS}.") from None


def _refused(said: str) -> CannotRunError:
    return CannotRunError(said, WRONG_SETTINGS)


def _shown(text: str) -> str:
    line = next(iter(text.strip().splitlines()), "")
    return "".join(each if each.isprintable() else "?" for each in line[:_LONGEST_SHOWN])


def _built(text: str, name: str) -> GraphQLSchema:
    """The schema in a text of SDL."""
    remedy = "Name what `gateway schema print` wrote."
    try:
        schema = build_schema(text)
    except (GraphQLError, TypeError, RecursionError) as error:
        where = ""
        if isinstance(error, GraphQLError) and error.locations:
            where = f" (line {error.locations[0].line}, column {error.locations[0].column})"
        raise _refused(f"{name} is no GraphQL schema in SDL: {_shown(str(error))}{where} {remedy}") from None
    if schema.query_type is None:
        raise _refused(f"{name} is no whole GraphQL schema: it has no query type. {remedy}")
    return schema


def _of_commit(ref: str, path: str) -> Earlier:
    name = f"{ref}:{path}"
    git = shutil.which("git")
    if git is None:
        raise _refused(f"{name} is in git, which is not installed: install it, or name a file or a URL.")
    if _said_by(git, "rev-parse", "--git-dir") is None:
        raise _refused(f"{name} is in git, and there is no repository here: run this inside one, or name {_WAYS}.")
    commit = _said_by(git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise _refused(
            f"git knows no commit, tag or branch {ref} here: fetch it (git fetch --tags), or name one that `git tag` "
            "or `git branch --all` lists."
        )
    text = _said_by(git, "cat-file", "blob", f"{commit.decode().strip()}:{path}")
    if text is None:
        raise _refused(f"{ref} has no file {path}: name the one that it has as REF:PATH, from the repository's top.")
    try:
        return Earlier(name, _built(text.decode(), name))
    except UnicodeDecodeError:
        raise _refused(f"{name} is not UTF-8 text: name {_WAYS}.") from None


def _said_by(git: str, *arguments: str) -> bytes | None:
    """What git prints; None where it refuses."""
    done = subprocess.run([git, *arguments], capture_output=True, check=False)  # noqa: S603  git, without a shell
    return done.stdout if done.returncode == 0 else None


def _of_endpoint(url: str, headers: Mapping[str, str]) -> Earlier:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise _refused("OLD begins like a URL, and is none that can be asked: check its host and its port.") from None
    name = _name_of(address)
    try:
        with httpx.Client(timeout=_SECONDS, headers=dict(headers)) as client:
            told = None if address.path.endswith(_SDL_ENDINGS) else _introspected(client, address, name)
            if told is None:
                return Earlier(name, _built(_text_at(client, address, name), name))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = _shown(str(error)) or type(error).__name__
        raise _refused(f"{name} does not answer ({reason}): start it, or check the address.") from None
    try:
        return Earlier(name, build_client_schema(told))  # type: ignore[arg-type]  # what is not of that form is refused
    except (GraphQLError, TypeError, KeyError, ValueError, AttributeError):
        raise _refused(f"{name} answers the introspection with what is no schema: name {_WAYS}.") from None


def _name_of(address: httpx.URL) -> str:
    """The address without what may be secret; a path with an @ may be the rest of a password with a slash in it."""
    path = "" if "@" in address.path else address.path
    return str(address.copy_with(userinfo=b"", raw_path=path.encode("ascii", "replace") or b"/"))


def _introspected(client: httpx.Client, address: httpx.URL, name: str) -> dict[str, Any] | None:
    """What the endpoint tells of its schema; None where it speaks no GraphQL."""
    said = ""
    for query in _QUERIES:
        response = client.post(address, json={"query": query}, headers={"accept": "application/json"})
        _look_at(response, name)
        try:
            answer = response.json()
        except ValueError:
            return None
        if not isinstance(answer, dict) or not answer.keys() & {"data", "errors"}:
            return None
        data = answer.get("data")
        if isinstance(data, dict) and isinstance(data.get("__schema"), dict):
            return data
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        said = _shown(str(first.get("message", ""))) if isinstance(first, dict) else ""
    raise _refused(
        f"{name} does not tell its schema{f' ({said})' if said else ''}: introspection is off there, as it is in "
        "production. Name the schema of its release, as a file or git:REF."
    )


def _look_at(response: httpx.Response, name: str) -> None:
    """Refuses answers that end the matter."""
    status = response.status_code
    if response.is_redirect:
        raise _refused(f"{name} leads elsewhere (HTTP {status}): name the address that it leads to.")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise _refused(
            f"{name} does not let this in (HTTP {status}): send a credential, such as --header @FILE with a line "
            '"Authorization: Bearer …".'
        )
    if status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise _refused(f"{name} cannot answer now (HTTP {status}): try again later.")


def _text_at(client: httpx.Client, address: httpx.URL, name: str) -> str:
    """What a GET brings, if it may be SDL."""
    response = client.get(address)
    _look_at(response, name)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not response.is_success or kind in {"text/html", "application/json"}:
        raise _refused(
            f"{name} answers neither GraphQL nor SDL (HTTP {response.status_code}): name the endpoint, such as "
            f"{address.scheme}://{address.netloc.decode('ascii', 'replace')}/graphql."
        )
    return response.text
