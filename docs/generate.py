# ruff: noqa: INP001  a program
"""Writes the reference pages from the code, as one JSON object of pages by their names, to standard output."""

import json
import sys

from reference.capabilities import capabilities_page
from reference.command_line import command_line_page
from reference.metrics import metrics_page
from reference.schema import schema_page
from reference.settings import settings_page

PAGES = {
    "settings": settings_page,
    "command-line": command_line_page,
    "schema": schema_page,
    "capabilities": capabilities_page,
    "metrics": metrics_page,
}

if __name__ == "__main__":
    json.dump({f"reference/{name}.md": written() for name, written in PAGES.items()}, sys.stdout)
