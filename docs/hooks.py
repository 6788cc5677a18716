# ruff: noqa: INP001  mkdocs loads it by its path
"""What mkdocs does beside its own work: adds the pages that the code writes, and lets no page ask another host.

It runs in the environment of mkdocs, which has nothing of the gateway: `generate.py` runs in the gateway's own.
"""

import json
import os
import re
import subprocess
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv" / "bin" / "python"
MARKER = re.compile(r"^[ \t]*<!-- test: .*? -->\n", re.MULTILINE | re.DOTALL)
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^>]*>"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preload|preconnect|icon|modulepreload))[^>]*\shref=[\"']?(?:https?:)?//[^>]*>"
    r"|(?:url\(|@import )[\"']?(?:https?:)?//[^)]*"
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the reference, printed by the code that it is about."""
    python = os.environ.get("GATEWAY_PYTHON", str(PYTHON))
    command = [python, str(HERE / "generate.py")]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)  # noqa: S603  our own
    if found.returncode:
        raise PluginError(f"generate.py failed; `make run` installs what it needs.\n{found.stderr}")
    for name, text in json.loads(found.stdout).items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Leaves out what only tests/docs reads."""
    return MARKER.sub("", markdown)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Refuses pages that would load something from another host."""
    site = Path(config["site_dir"])
    pages = [*site.rglob("*.html"), *site.rglob("*.css"), *site.rglob("*.svg")]
    loaded = {(page.name, each[0]) for page in pages for each in LOADED.finditer(page.read_text(encoding="utf-8"))}
    if loaded:
        said = "\n".join(f"{name}: {text}" for name, text in sorted(loaded))
        raise PluginError(f"These pages load from another host:\n{said}")
