"""Uploads: files that come with an operation (graphql-multipart-request-spec)."""

from dataclasses import dataclass
from typing import Final, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from resolvers.errors import BadUserInput


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file, whole.

    Attributes:
        name: As the client calls it; no path.
        content: Its bytes.
    """

    name: str
    content: bytes


Upload = NewType("Upload", UploadedFile)

IMAGES: Final[tuple[tuple[str, bytes, bytes], ...]] = (
    ("image/png", b"\x89PNG\r\n\x1a\n", b""),
    ("image/jpeg", b"\xff\xd8\xff", b""),
    ("image/gif", b"GIF8", b""),
    ("image/webp", b"RIFF", b"WEBP"),
)
"""Media types, with the bytes that such a file begins with and those that it has from the ninth on."""


def image_type(file: UploadedFile, field: str) -> str:
    """The media type of an image, told by its bytes; what the client calls it does not count.

    Raises:
        BadUserInput: It is no PNG, JPEG, GIF or WebP. SVG is none of them: it can hold scripts.
    """
    for media_type, start, inside in IMAGES:
        if file.content.startswith(start) and file.content[8 : 8 + len(inside)] == inside:
            return media_type
    raise BadUserInput("The file must be a PNG, JPEG, GIF or WebP image.", field=(field,))


def _read(value: object) -> UploadedFile:
    if isinstance(value, UploadedFile):
        return value
    raise GraphQLError("An Upload comes as a file of a multipart request, mapped to a variable.")


def _write(_: object) -> object:
    raise TypeError("An upload is never an answer.")


UPLOAD_SCALAR: Final[ScalarDefinition] = strawberry.scalar(
    name="Upload",
    description="A file of a multipart request (graphql-multipart-request-spec), mapped to a variable of this type.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize=_write,
    parse_value=_read,
)
