"""`gateway` and `python -m gateway`."""

import sys

from gateway.cli.commands import app


def main() -> None:
    """Runs a command; `serve` where none is named."""
    app(args=sys.argv[1:] or ["serve"], prog_name="gateway")


if __name__ == "__main__":
    main()
