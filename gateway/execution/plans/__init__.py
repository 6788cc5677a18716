"""Compiled plans: what an operation selects, turned once into functions over the schema's own resolvers and types.

A plan answers exactly as graphql-core's executor does, the order of errors and the turns of the event loop included:
`tests/execution/plans` holds the two against each other.
"""
