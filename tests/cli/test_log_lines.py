import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.cli.log_lines import set_up_log_lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    structlog.configure(**configured)
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    root.setLevel(level)


def fail() -> None:
    token = "S3CRET"
    raise ValueError(len(token))


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    set_up_log_lines(stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_elsewhere_than_on_a_terminal_a_line_is_json(stream: io.StringIO) -> None:
    structlog.get_logger("gateway.door").info("client gone", request_id="r1")
    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {"event": "client gone", "level": "info", "logger": "gateway.door", "request_id": "r1"}


def test_other_libraries_lines_look_the_same(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").error("Traceback of %s", "it")
    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {"event": "Traceback of it", "level": "error", "logger": "uvicorn.error"}


def test_other_libraries_chatter_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("httpx").info("HTTP Request: GET https://upstream/secret")
    structlog.get_logger().debug("detail")
    assert stream.getvalue() == ""


def test_what_json_cannot_hold_is_written_all_the_same(stream: io.StringIO) -> None:
    structlog.get_logger().info("odd", surrogate="\ud800", large=2**70, of={1: object})
    (line,) = lines(stream)
    assert line["large"] == 2**70


@pytest.mark.parametrize("on_terminal", [False, True])
def test_a_traceback_shows_no_local_variables(on_terminal: bool) -> None:
    stream = Terminal() if on_terminal else io.StringIO()
    set_up_log_lines(stream)
    for log in (structlog.get_logger("ours").exception, logging.getLogger("theirs").exception):
        try:
            fail()
        except ValueError:
            log("failed")
    written = stream.getvalue()
    assert written.count("ValueError: 6") == 2
    assert written.count("in fail") == 2
    assert "S3CRET" not in written


def test_on_a_terminal_a_line_is_for_people() -> None:
    stream = Terminal()
    set_up_log_lines(stream)
    structlog.get_logger("gateway.door").info("client gone", request_id="r1")
    assert "client gone" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
