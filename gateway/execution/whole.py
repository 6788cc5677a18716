"""Execution by graphql-core whose answer is whole: `@defer` and `@stream` change nothing in it."""

from inspect import isawaitable
from typing import Any, cast

from graphql import DocumentNode, ExecutionResult, Executor, GraphQLSchema, experimental_execute_incrementally


async def executed(  # noqa: PLR0913  what an operation is made of
    schema: GraphQLSchema,
    document: DocumentNode,
    context: object,
    variables: dict[str, Any],
    name: str | None,
    *,
    root: object = None,
) -> ExecutionResult:
    """The answer; graphql-core's `execute` gives the same, but refuses schemas that know the two directives.

    Args:
        schema: To execute against.
        document: Validated.
        context: For the resolvers.
        variables: Their values.
        name: Which of the document's operations is meant.
        root: An event of a subscription.
    """
    running = experimental_execute_incrementally(
        schema,
        document,
        root,
        context,
        variables,
        name,
        executor_class=Executor,  # the one that ignores both
    )
    return cast("ExecutionResult", await running if isawaitable(running) else running)
