"""Four stand-ins for the upstream APIs, with state, made-up data, and faults on demand."""
