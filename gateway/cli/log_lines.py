"""Log lines on standard error: for people on a terminal, JSON elsewhere. Other libraries' lines look the same."""

import datetime as dt
import json
import logging
import sys
from typing import Any, Final, TextIO

import orjson
import structlog
from rich.console import Console
from structlog.typing import EventDict, Processor

_stack: Final = structlog.processors.StackInfoRenderer()


def set_up_log_lines(stream: TextIO | None = None) -> None:
    """Routes structlog and the standard library's logging to one stream.

    Ours from INFO on, other libraries' from WARNING on: uvicorn's chatter and httpx's addresses stay out.
    No line shows the local variables of a traceback; they can hold credentials.

    Args:
        stream: Standard error when it is None.
    """
    stream = stream or sys.stderr
    on_terminal = stream.isatty()
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if on_terminal else "iso", utc=not on_terminal),
        structlog.processors.StackInfoRenderer(),
    ]
    ends = [_for_people(stream)] if on_terminal else [structlog.processors.format_exc_info, _for_machines]
    structlog.configure(
        processors=[*shared, *ends] if on_terminal else [_named_and_dated, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda name=None: _NamedLogger(stream, name),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _NamedLogger(structlog.WriteLogger):
    """Writes to the stream; `add_logger_name` reads the name."""

    def __init__(self, stream: TextIO, name: str | None) -> None:
        super().__init__(stream)
        self.name = name


def _named_and_dated(logger: Any, method: str, event: EventDict) -> EventDict:  # noqa: ANN401  as structlog has it
    """What the processors for other libraries' lines add, in one step: there is a line for each operation."""
    event["logger"] = logger.name
    event["level"] = "error" if method == "exception" else "warning" if method == "warn" else method
    event["timestamp"] = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    return _stack(None, method, event) if "stack_info" in event else event


def _for_people(stream: TextIO) -> Processor:
    console = Console(file=stream)
    colours = not (console.no_color or console.is_dumb_terminal)
    return structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)


def _for_machines(_logger: object, _method: str, event: EventDict) -> str:
    """One line of JSON, whatever the values are."""
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # what orjson refuses: a lone surrogate, an integer past 64 bits
        return json.dumps(event, default=repr, skipkeys=True)
