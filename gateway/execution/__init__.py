"""From an operation to its outcome. Knows GraphQL; knows no HTTP."""
