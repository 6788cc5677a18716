"""Forms (`multipart/form-data`): a body is taken apart while it arrives.

Source: RFC 7578, and RFC 2046, 5.1.
"""

import logging
import re
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.door.refusal import Refusal

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
# The parser warns of every malformed body; strangers would fill the log.
_QUIET = logging.getLogger(__name__)
_QUIET.disabled = True


class Form(Protocol):
    """Takes the parts of a form. Each method may raise a `Refusal`."""

    def begin(self, name: str, filename: str | None) -> None:
        """A part begins.

        Args:
            name: Of the field.
            filename: As the client sent it, which may be a path; None where it sent none.
        """

    def take(self, piece: bytes) -> None:
        """The next bytes of that part."""

    def end(self) -> None:
        """That part is complete."""


class FormReader:
    """Takes one body apart.

    Args:
        content_type: The request's, with the boundary.
        form: Where the parts go.
        parts: How many there may be.

    Raises:
        Refusal: 400 where there is no usable boundary.
    """

    __slots__ = (
        "_boundaries",
        "_complete",
        "_delimiter",
        "_disposition",
        "_form",
        "_name",
        "_parser",
        "_parts",
        "_value",
    )

    def __init__(self, content_type: bytes, form: Form, *, parts: int) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not _BOUNDARY.fullmatch(boundary):
            raise Refusal(
                400, "A multipart Content-Type needs a boundary of 1 to 70 characters: let the HTTP client write it."
            )
        self._form = form
        self._parts = parts
        self._name = self._value = b""
        self._disposition: bytes | None = None
        self._complete = False
        self._delimiter = b"\r\n--" + boundary
        self._boundaries = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._part_data,
                "on_part_end": form.end,
                "on_end": self._ends,
            },
        )
        self._parser.logger = _QUIET

    def write(self, chunk: bytes) -> None:
        """Read the next bytes of the body.

        Raises:
            Refusal: 400 where they do not belong into a form; what the form raises.
        """
        # Each line that begins with the boundary must be one. The parser is slow on those that are not.
        self._boundaries += chunk.count(self._delimiter)
        if self._boundaries > self._parts + 1:
            raise Refusal(400, f"The form has too many parts: at most {self._parts} are read.")
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _malformed("check its boundaries and the headers of its parts") from None

    def close(self) -> None:
        """The body ends.

        Raises:
            Refusal: 400 where the form has not ended yet.
        """
        if not self._complete:
            raise _malformed("it ends before its closing boundary")

    def _part_begins(self) -> None:
        self._disposition = None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._name.lower() == b"content-disposition":
            if self._disposition is not None:
                raise _malformed("a part has two Content-Dispositions")
            self._disposition = self._value
        self._name = self._value = b""

    def _headers_end(self) -> None:
        kind, parameters = parse_options_header(self._disposition)
        name = parameters.get(b"name")
        if kind != b"form-data" or name is None:
            raise _malformed("each part needs a Content-Disposition: form-data with a name")
        filename = parameters.get(b"filename")
        try:
            self._form.begin(name.decode(), None if filename is None else filename.decode(errors="replace"))
        except UnicodeDecodeError:
            raise _malformed("the name of a part is not valid UTF-8") from None

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._form.take(data[start:end])

    def _ends(self) -> None:
        self._complete = True


def _malformed(why: str) -> Refusal:
    return Refusal(400, f"The multipart body is malformed: {why}.")
