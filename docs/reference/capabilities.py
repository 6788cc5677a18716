"""The page of what each upstream can do."""

from gateway.upstreams import ADAPTERS
from resolvers.capabilities import Capability, capabilities


def capabilities_page() -> str:
    """What each upstream can do."""
    lines = [
        "# Capabilities",
        "",
        "Printed from the code: what each upstream can do for an organization. The same stands in the graph, as",
        "`links { capabilities }` of one organization and `upstreams { capabilities }` of all.",
        "",
        f"| | {' | '.join(each.upstream.title for each in ADAPTERS)} |",
        f"|---|{'---|' * len(ADAPTERS)}",
    ]
    for word in Capability:
        marks = ["yes" if word in capabilities(each) else "" for each in ADAPTERS]
        if any(marks):
            lines.append(f"| `{word.name}` | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"
