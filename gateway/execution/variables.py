"""What is wrong with the values of variables: said without the values, and without a programming language."""

import re
from typing import Final

from graphql import GraphQLError

_ERROR: Final = re.compile(
    r"Variable '\$(?P<name>\w+)' has invalid value(?: at (?P<path>\S+))?: (?P<reason>.*)", re.DOTALL
)
_MEANT: Final = re.compile(r" (Did you mean .*?\?)(?: Found: .*)?$", re.DOTALL)

_REASONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), said)
    for pattern, said in (
        (r"Expected a value of non-null type '(.+?)' to be provided\.", r"is missing: a value of type \1 is required."),
        (
            r"Expected value of non-null type '(.+?)' not to be None\.",
            r"must not be null: a value of type \1 is required.",
        ),
        (
            r"Expected value of type '(.+?)' to include required field '(.+?)', found: .*",
            r"lacks the field \2, which \1 requires.",
        ),
        (
            r"Expected value of type '(.+?)' not to include unknown field '(.+?)'.*",
            r"has the field \2, which \1 does not have.",
        ),
        (r"Expected value of type '(.+?)' to be an object, found: .*", r"must be an object of type \1."),
        (r"Value .* does not exist in '(\w+)' enum\..*", r"is none of the values of \1."),
        (r"Enum '(\w+)' cannot represent non-string value: .*", r"is none of the values of \1."),
        (r"(\w+) cannot represent .*: .*", r"is no value of type \1."),
    )
)


def worded(error: GraphQLError, *, exploring: bool) -> GraphQLError:
    """The error of a variable in words of our own; any other as it is.

    Args:
        error: Of graphql-core.
        exploring: Names of types, reasons and suggestions may be told.
    """
    found = _ERROR.fullmatch(error.message)
    if found is None:
        return error
    subject = f"The variable ${found['name']}" + (f", at {found['path'].lstrip('.')}," if found["path"] else "")
    said = _reason(found["reason"]) if exploring else "does not fit its type."
    return GraphQLError(f"{subject} {said}", error.nodes)


def _reason(reason: str) -> str:
    for pattern, said in _REASONS:
        if matched := pattern.fullmatch(reason):
            meant = _MEANT.search(reason)
            return matched.expand(said) + (f" {meant[1]}" if meant else "")
    return f"does not fit its type: {reason}"
