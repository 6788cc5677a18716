"""Whether what is measured is right: each server's answers, and the upstream calls that they take."""

import json
import sys

from tests.bench.load import load, request

MANY_CALLS = 20
"""One request is enough of what takes more: it takes seconds, the ordinary way."""


def check(servers, upstreams, asked):
    """Three requests of each workload to each server, one at a time; 0 where all is right."""
    lines = ["| workload | server | calls per query | least | answers |", "|---|---|--:|--:|---|"]
    bad = False
    for workload in asked:
        bodies = workload.bodies()
        numbers = sorted({0, len(bodies) // 2, len(bodies) - 1})[: 1 if workload.calls > MANY_CALLS else None]
        pool = [workload.pool[number] for number in numbers]
        answered = {}
        for subject, served in servers.items():
            calls, told, answered[subject] = set(), "", []
            for number in numbers:
                upstreams.taken()
                seen = load(served.port, [request(bodies[number])], 1, 0, times=1)
                taken, unknown = upstreams.taken()
                calls.add(taken)
                answered[subject] += [(len(answered[subject]), body) for _, body in seen.sample]
                told = told or seen.told or ("calls that the stand-in does not know" if unknown else "")
                seen.sample = answered[subject][-1:]
                told = told or seen.wrong(workload, pool)
            as_few = max(calls) <= workload.calls if subject == "hot" else calls == {workload.calls}
            told = told or ("" if as_few else "not the least number of calls")
            told = told or _unlike(answered, subject)
            bad = bad or bool(told)
            counted = ", ".join(map(str, sorted(calls)))
            lines.append(f"| {workload.name} | {subject} | {counted} | {workload.calls} | {told or 'right'} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bad)


def _unlike(answered, subject):
    """Whether the data differ from those of the server that was asked first."""
    first = next(iter(answered))
    for (_, one), (_, other) in zip(answered[first], answered[subject], strict=True):
        if json.loads(one)["data"] != json.loads(other)["data"]:
            return f"not as {first}'s"
    return ""
