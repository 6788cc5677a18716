"""Reading answers by declared shapes.

A shape is a msgspec struct with the vendor's names. What fits is decoded in one go, in C. Where something does not, the
answer is read again part by part: a member declared `… | None` that does not fit becomes a `Failure`, as its value; an
item of a list whose other members do not fit becomes a `Failure` in its place; the rest is kept.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Final, Generic, TypeVar, Union, cast, get_args, get_origin

import msgspec
from strawberry.scalars import JSON

from gateway.upstreams import loose
from gateway.wire.call import Answer
from resolvers.errors import Failure, UpstreamInvalidResponse
from resolvers.identity import Upstream
from resolvers.merging import Part
from resolvers.scalars import URL

T = TypeVar("T")
M = TypeVar("M")

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
"""A moment that says its offset; one that does not is a misfit."""

MISFITS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises where something is not as it is declared."""

_LONGEST_IN_PARTS = 2_097_152
"""Bytes of an answer that is read part by part: Python's objects take twenty times as much."""

_LONGEST_REASON = 200
_UNSAFE = re.compile(r"://|[<>{}\\]|\bBearer\b|\bBasic\b|Traceback|\bat line\b", re.IGNORECASE)


class Shape(Generic[T]):
    """A type to read answers by.

    Args:
        upstream: Named in failures.
        form: A struct, a list or dictionary of structs, or a union of these that JSON's own types tell apart.
        glance: What stands in for it: the same, but for members that are `msgspec.Raw`, and read when they are asked
            for.
        where: What is read, in a failure's words.
    """

    def __init__(
        self, upstream: Upstream, form: type[T], *, glance: type[Any] | None = None, where: str = "the answer"
    ) -> None:
        self._upstream = upstream
        self._form = form
        self._where = where
        self._whole_decoder = msgspec.json.Decoder(form)
        self._decoder: msgspec.json.Decoder[T] = self._whole_decoder if glance is None else msgspec.json.Decoder(glance)

    def read(self, body: bytes | msgspec.Raw) -> T:
        """The body as the declared type; parts that do not fit are failures in their place.

        Raises:
            UpstreamInvalidResponse: It is no JSON, or nothing of it fits.
        """
        try:
            return self._decoder.decode(body)
        except MISFITS:
            pass
        return self._misread(bytes(body))

    def _misread(self, body: bytes) -> T:
        found = None
        try:
            found = self._by_parts(body)
            if isinstance(found, Failure):
                raise found
            return found
        finally:
            del body, found  # a failure holds this frame, and may outlive the call

    def _by_parts(self, body: bytes) -> T | Failure:
        if len(body) > _LONGEST_IN_PARTS:
            return self._failure("a long answer that does not fit its API")
        try:
            return cast("T", self._fit(loose.loads(body), self._form, self._where))
        except (ValueError, RecursionError):
            pass
        except UpstreamInvalidResponse as failure:
            return failure.with_traceback(None)
        return self._failure("an answer that is no JSON")

    def fits(self, answer: Answer) -> bool:
        """Whether all of an answer fits; if so, what it says stays with it, and nobody reads it so again."""
        try:
            found = self._whole_decoder.decode(answer.body)
        except MISFITS:
            return False
        if self._decoder is not self._whole_decoder:
            found = self._decoder.decode(answer.body)
        answer.read = self, found
        return True

    def said(self, answer: Answer, native_id: str) -> T:
        """What an answer says: as it was read already, or else as it is read now.

        Args:
            answer: Of a success.
            native_id: The organization that was asked for; empty where it is none.

        Raises:
            UpstreamInvalidResponse: As `read`.
        """
        read = answer.read
        if read is not None and read[0] is self:
            return cast("T", read[1])
        return self.of(answer.body, native_id)

    def of(self, body: bytes | msgspec.Raw, native_id: str) -> T:  # noqa: ARG002  for those that make something of it
        """What a body says, or a part of one.

        Raises:
            UpstreamInvalidResponse: As `read`.
        """
        return self.read(body)

    def _fit(self, value: object, form: Any, where: str) -> object:  # noqa: ANN401  a form may be any type
        origin = get_origin(form) or form
        arguments = get_args(form)
        if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
            return self._fit_struct(value, form, where)
        if isinstance(value, list) and origin is list:
            return [self._try(item, arguments[0], where) for item in value]
        if isinstance(value, dict) and origin is dict and all(map(loose.whole, value)):
            return {key: self._try(item, arguments[1], where) for key, item in value.items()}
        for choice in arguments if origin in (Union, UnionType) else ():
            if isinstance(value, _json_type(choice)):
                return self._fit(value, choice, where)
        try:
            fitting = msgspec.convert(value, form) if loose.whole(value) else loose.MISFIT
        except msgspec.ValidationError:
            fitting = loose.MISFIT
        if fitting is loose.MISFIT or not loose.whole(fitting):
            raise self._failure(f"a value that does not fit its API ({where})")
        return fitting

    def _fit_struct(self, value: object, form: Any, where: str) -> object:  # noqa: ANN401  as above
        if not isinstance(value, dict):
            raise self._failure(f"something else than an object ({where})")
        members: dict[str, object] = {}
        for member in msgspec.structs.fields(form):
            if member.encode_name not in value:
                if member.required:
                    raise self._failure(f"an object without `{member.encode_name}`")
                continue
            given = value[member.encode_name]
            nullable = type(None) in get_args(member.type)
            try:
                members[member.name] = self._fit(given, member.type, f"`{member.encode_name}`")
            except UpstreamInvalidResponse as failure:
                if not nullable:
                    raise
                members[member.name] = failure.with_traceback(None)
        return form(**members)

    def _try(self, value: object, form: Any, where: str) -> object:  # noqa: ANN401  a form may be any type
        try:
            return self._fit(value, form, where)
        except UpstreamInvalidResponse as failure:
            return failure.with_traceback(None)

    def _failure(self, words: str) -> UpstreamInvalidResponse:
        return UpstreamInvalidResponse(f"{self._upstream.title} sent {words}.", upstream=self._upstream)


def _json_type(form: Any) -> type | tuple[()]:  # noqa: ANN401  a form may be any type
    """`dict` or `list` for the forms that JSON writes so; nothing for others."""
    origin = get_origin(form) or form
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct | dict):
        return dict
    return list if origin is list else ()


def part(items: Iterable[T], make: Callable[[T], M]) -> Part[M]:
    """What `make` makes of the items that could be read, and why the others could not."""
    made: Part[M] = Part([])
    for item in items:
        try:
            made.items.append(make(sound(item)))
        except Failure as failure:
            made.failures.append(failure)
    return made


def all_sound(items: Collection[T]) -> Collection[T]:
    """The items.

    Raises:
        Failure: One could not be read: the first.
    """
    for kind in {*map(type, items)}:
        if issubclass(kind, Failure):
            return [sound(item) for item in items]
    return items


def sound(value: T) -> T:
    """The value.

    Raises:
        Failure: It could not be read.
    """
    if isinstance(value, Failure):
        raise value
    return value


def safe(reason: object) -> str | None:
    """An upstream's own sentence, where a caller may see it: short, plain, without an address or markup."""
    if not isinstance(reason, str) or not 0 < len(reason) <= _LONGEST_REASON or not reason.isprintable():
        return None
    return None if _UNSAFE.search(reason) else reason


def from_shape(path: str) -> Any:  # noqa: ANN401  a field of any class
    """A field of an object of the graph that keeps its shape, and reads `shape.…` when it is asked for."""
    return property(attrgetter(f"shape.{path}"))


def text(value: str | None) -> str | None:
    """The text; None where it is empty."""
    return value or None


def free(values: Mapping[str, object]) -> JSON:
    """A free-form object, or one of such objects. A failure in its place where a part of it could not be read."""
    for value in values.values():
        for each in (value, *(value.values() if isinstance(value, dict) else ())):
            if isinstance(each, Failure):
                return cast("JSON", each)
    return JSON(values)


def url(value: str | Failure | None, upstream: Upstream) -> URL | None:
    """The address; None where it is empty. One that no browser should follow is a failure in its place."""
    if not value or isinstance(value, Failure):
        return cast("URL | None", value or None)
    if value.lower().startswith(("https://", "http://")):
        return URL(value)
    failure = UpstreamInvalidResponse(f"{upstream.title} sent an address that is no web address.", upstream=upstream)
    return cast("URL", failure)
