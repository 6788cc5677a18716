"""The limits on a parsed document, held against it before validation: the cheap ones first."""

from collections.abc import Iterator, Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from gateway.execution.fragments import spreads
from gateway.execution.limits import INTROSPECTION_ALIASES, INTROSPECTION_LISTS, LimitExceeded, Limits
from gateway.execution.measures import Measure, Measures, fields_by_key, overlaps
from gateway.execution.values import count_values


def check_document(
    document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], text: str, limits: Limits
) -> list[LimitExceeded]:
    """Every limit that the document exceeds, as far as is needed to know that it is refused.

    Args:
        document: As parsed, not yet validated.
        fragments: In an order in which each follows those that it spreads.
        text: Of the document.
        limits: The most of everything.
    """
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    defined = sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)
    exceeded = [
        *_more("OPERATIONS", "operations", limits.operations, len(operations)),
        *_more("FRAGMENTS", "fragments", limits.fragments, defined),
    ]
    for each in operations:
        exceeded += _more("VARIABLES", "variables", limits.variables, len(each.variable_definitions or ()))
    exceeded += _more("VALUES", "values in its arguments", limits.values, count_values(document))
    if exceeded:
        return exceeded
    measures = Measures(fragments)
    roots = [each.selection_set for each in operations] + _unused(operations, fragments)
    measured = [measures.of(root) for root in roots]
    for operation, measure in zip(operations, measured, strict=False):
        measure.directives += len(operation.directives or ())
        measure.directives += sum(len(each.directives or ()) for each in operation.variable_definitions or ())
    for measure in measured:
        exceeded += _too_large(measure, limits)
    exceeded += _more("SELECTIONS", "selections", limits.selections, sum(each.selections for each in measured))
    if exceeded:
        return exceeded
    for each in operations:
        number = _root_fields(each, fragments, text)
        exceeded += _more("ROOT_FIELDS", "fields at its root", limits.root_fields, number)
    pairs = sum(overlaps(root, fragments) for root in roots)
    exceeded += _more("OVERLAPS", "pairs of fields under one name", limits.overlaps, pairs)
    return exceeded


def _more(limit: str, what: str, allowed: int, asked: int) -> Iterator[LimitExceeded]:
    if asked > allowed:
        yield LimitExceeded(limit, what, allowed, asked)


def _too_large(measure: Measure, limits: Limits) -> Iterator[LimitExceeded]:
    yield from _more("DEPTH", "levels of fields", limits.depth, measure.depth)
    yield from _more("ALIASES", "aliases", limits.aliases, measure.aliases)
    yield from _more("DIRECTIVES", "directives", limits.directives, measure.directives)
    yield from _more("PARTS", "fragments and lists that may come later", limits.parts, measure.parts)
    what = "levels of introspection"
    yield from _more("INTROSPECTION_DEPTH", what, limits.introspection_depth, measure.introspection_depth)
    what = "lists within each other in its introspection"
    yield from _more("INTROSPECTION_DEPTH", what, INTROSPECTION_LISTS, measure.introspection_lists)
    what = "aliases in its introspection"
    yield from _more("ALIASES", what, INTROSPECTION_ALIASES, measure.introspection_aliases)


def _unused(
    operations: list[OperationDefinitionNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> list[SelectionSetNode]:
    """The fragments that nothing spreads: validation refuses them, but looks at them first."""
    used = {name for each in (*operations, *fragments.values()) for name in spreads(each.selection_set)}
    return [each.selection_set for name, each in fragments.items() if name not in used]


def _root_fields(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], text: str) -> int:
    """How many; in a query, the same field with the same arguments under several aliases is one: it is asked once."""
    found = fields_by_key([operation.selection_set], fragments)
    if operation.operation is OperationType.QUERY:
        return len({_asked(each, text) for fields in found.values() for each in fields} - {"__typename"})
    return sum(any(each.name.value != "__typename" for each in fields) for fields in found.values())


def _asked(field: FieldNode, text: str) -> str:
    first, last = (field.arguments[0].loc, field.arguments[-1].loc) if field.arguments else (None, None)
    return field.name.value + (f"({text[first.start : last.end]}" if first and last else "")
