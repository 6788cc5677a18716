"""The graph: what clients can ask for. Knows GraphQL; knows no HTTP, no settings, nothing in `gateway`."""
