"""What is measured at once: one server, one workload, so many requests at a time."""

import time
from dataclasses import asdict, dataclass

from tests.bench.load import load, request


@dataclass(frozen=True)
class Cell:
    """The figures.

    Attributes:
        subject: Which server.
        workload: What was asked.
        concurrency: So much at once.
        queries: How many were answered.
        cpu: Milliseconds of the server's process tree per query, user's and system's.
        rate: Queries per second.
        p50: Milliseconds.
        p99: The same.
        memory: Resident after it, in MB.
        calls: To upstreams, per query.
        errors: Answers with errors, calls that the stand-in did not know, what was given up, answers that are wrong.
        told: What the first of them said.
        others: The share of their processors' time that the load and the stand-in took.
    """

    subject: str
    workload: str
    concurrency: int
    queries: int
    cpu: float
    rate: float
    p50: float
    p99: float
    memory: float
    calls: float
    errors: int
    told: str
    others: float

    def record(self):
        """For a file of JSON lines."""
        return asdict(self)


class Bench:
    """Measures.

    Args:
        upstreams: The stand-in.
        own: How many processors the load and the stand-in have.
    """

    def __init__(self, upstreams, own):
        self._upstreams = upstreams
        self._own = own
        self._started = upstreams.processor_seconds()
        self._calls = 0

    def measure(self, subject, server, workload, concurrency, seconds, *, hot=False, seed=1):
        """One cell."""
        requests = [request(each) for each in workload.bodies(hot=hot)]
        return self.cell(
            (subject, workload.name, concurrency),
            server,
            lambda: load(server.port, requests, concurrency, seconds, seed=seed),
            lambda seen: seen.wrong(workload, workload.pool),
        )

    def cell(self, named, server, work, wrong):
        """The figures of what `work` does to a server.

        Args:
            named: Subject, workload, concurrency.
            server: The process.
            work: Gives a round.
            wrong: Says what is wrong with its answers.
        """
        self._upstreams.taken()
        before, others = server.processor_seconds(), self._others()
        seen = work()
        spent, others = server.processor_seconds() - before, self._others() - others
        calls, unknown = self._upstreams.taken()
        self._calls += calls
        queries = len(seen.latencies)
        told = seen.told or wrong(seen)
        return Cell(
            *named,
            queries=queries,
            cpu=spent * 1000 / max(queries, 1),
            rate=queries / seen.seconds,
            p50=seen.percentile(50),
            p99=seen.percentile(99),
            memory=server.memory(),
            calls=calls / max(queries, 1),
            errors=seen.errors + unknown + seen.unanswered + (queries == 0) + (bool(told) and not seen.told),
            told=told or ("calls that the stand-in does not know" if unknown else ""),
            others=others / seen.seconds / self._own,
        )

    def per_call(self):
        """Microseconds of processor time that the stand-in takes for one call."""
        return (self._upstreams.processor_seconds() - self._started) * 1e6 / max(self._calls, 1)

    def _others(self):
        return time.process_time() + self._upstreams.processor_seconds()
