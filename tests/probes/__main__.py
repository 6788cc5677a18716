"""Public attack tools against a gateway with the production profile: `make probes`."""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from graphql import DocumentNode, parse, print_ast

from gateway.callers.api_keys import hashed
from tests.fuzz.subject import Subject
from tests.probes import discovery

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv/probes/bin"
AUDITS = 61
EXAMPLES = 30
LONGEST = 240
SCOPES = (
    "read",
    "members:write",
    "organizations:write",
    "organizations:delete",
    "customizations:write",
    "resources:transfer",
    "trace",
)


def production(key: str) -> str:
    """A settings file: the profile, a caller with a key who may do anything, and anyone who only reads."""
    return f"""profile = "production"
[callers]
anonymous = ["read"]
[[callers.api_keys]]
name = "probes"
hash = "{hashed(key)}"
organizations = ["*"]
scopes = [{", ".join(f'"{scope}"' for scope in SCOPES)}]
"""


def run(*command: str | Path, folder: Path = ROOT, **environ: str) -> tuple[int, str]:
    """The exit code and the output of a tool that runs in a folder; 124 where it did not end in time."""
    try:
        done = subprocess.run(  # noqa: S603  the tools of this file
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False, env=os.environ | environ
        )
    except subprocess.TimeoutExpired as late:
        return 124, f"It did not end in {LONGEST} s.\n{(late.stdout or b'').decode(errors='replace')}"
    return done.returncode, done.stdout + done.stderr


def without_directives(sdl: str, *names: str) -> str:
    """The schema without directives that graphql-core knows itself, and executes no schema with by itself."""
    document = parse(sdl)
    kept = [each for each in document.definitions if getattr(getattr(each, "name", None), "value", None) not in names]
    return print_ast(DocumentNode(definitions=tuple(kept)))


def schemathesis(url: str, key: str, folder: Path) -> Iterator[str]:
    """Operations of every kind, with wrong and right arguments: see `hooks` for what no answer may be."""
    file = folder / "schema.graphql"
    file.write_text(without_directives((ROOT / "schema.graphql").read_text(), "defer", "stream"))
    code, said = run(
        TOOLS / "schemathesis",
        *("run", file, "--url", url, "--header", f"Authorization: Bearer {key}"),
        *("--max-examples", str(EXAMPLES), "--seed", "1", "--no-color", "--request-timeout", "10"),
        *("--exclude-checks", "not_a_server_error,positive_data_acceptance"),  # both call NOT_FOUND a defect
        *("--continue-on-failure", "--suppress-health-check", "all"),
        folder=folder,
        SCHEMATHESIS_HOOKS=str(ROOT / "tests/probes/hooks.py"),
    )
    generated = re.search(r"(\d+) generated", said)
    count = int(generated[1]) if generated else 0
    tested = re.search(r"Tested: (\d+)", said)
    sys.stdout.write(f"  {count} requests, {tested[1] if tested else 0} operations tested\n")
    if code != 0 or not count or not tested:
        yield f"schemathesis ended with {code}:\n{said[-6_000:]}"


def audits(command: tuple[str, ...]) -> Iterator[str]:
    """GraphQL over HTTP."""
    code, said = run(ROOT / "tests/door/audits/run.sh", *command, AUDITS_INTROSPECTION="off")
    sys.stdout.write(f"  {said.strip().splitlines()[-1]}\n")
    if code != 0 or f"{AUDITS} passed, 0 failed" not in said:
        wrong = [line for line in said.splitlines() if line.startswith("FAIL")]
        yield "\n".join([f"the audits ended with {code}:", *(wrong or [said[-2_000:]])])


def clairvoyance(url: str, key: str, folder: Path) -> Iterator[str]:
    """Guesses of the schema from what errors tell; all its names are among the guesses."""
    words, learned = folder / "words.txt", folder / "learned.json"
    words.write_text("\n".join(discovery.words(ROOT / "schema.graphql")))
    code, said = run(
        *(TOOLS / "clairvoyance", "--header", f"Authorization: Bearer {key}", "--wordlist", words),
        *("--output", learned, "--profile", "slow", url),
    )
    found = discovery.learned(learned, ROOT / "schema.graphql")
    sys.stdout.write(f"  {len(found)} of the schema's fields learned\n")
    if found:
        yield f"clairvoyance learned {len(found)} fields: {', '.join(found[:10])}"
    elif code == discovery.LATE or not discovery.gave_up(said):
        yield f"clairvoyance ended with {code}:\n{said[-2_000:]}"
    yield from discovery.told(url, key)


def main() -> int:
    """Run them all; 0 where none found anything."""
    found: list[str] = []
    key = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="gateway-probes-") as folder:
        settings = Path(folder) / "gateway.toml"
        settings.write_text(production(key))
        command = (sys.executable, "-m", "gateway", "serve", "--sandbox", "--config", str(settings), "--port", "0")
        with Subject(command) as subject:
            url = f"http://{subject.host}:{subject.port}/graphql"
            for name, faults in (
                ("schemathesis", lambda: schemathesis(url, key, Path(folder))),
                ("clairvoyance", lambda: clairvoyance(url, key, Path(folder))),
                ("graphql-http", lambda: audits(command)),
            ):
                sys.stdout.write(f"{name}\n")
                sys.stdout.flush()
                began = time.monotonic()
                found += [f"{name}: {fault}" for fault in faults()]
                sys.stdout.write(f"  {time.monotonic() - began:.0f} s\n")
            found += subject.faults()
    sys.stdout.write("".join(f"\nFOUND {fault}\n" for fault in found) or "None of them found anything.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
