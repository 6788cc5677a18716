"""GraphQL over HTTP: one ASGI callable, from bytes to bytes.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
from functools import partial

import structlog
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from gateway.door.admission import Admission
from gateway.door.answer import Answerer, at_once, encoded
from gateway.door.arrival import Headers, fresh_id, read_body, stream_body
from gateway.door.envelope import operation_of_body, operation_of_query_string
from gateway.door.events import EventAnswer
from gateway.door.multipart import FormReader
from gateway.door.negotiation import EVENTS, FORM, MIXED, answer_type, request_type
from gateway.door.origins import Origins
from gateway.door.parts import part_answer
from gateway.door.patience import Patience
from gateway.door.refusal import ClientGone, Refusal
from gateway.door.request import AsgiRequest, Request
from gateway.door.upload import PARTS, UploadForm
from gateway.execution.operation import Exchange, Execute, Operation, Outcome

_ALLOW = b"GET, POST, OPTIONS"
_UNWATCHED_SECONDS = 0.03

_log = structlog.get_logger(__name__)


class GraphQLEndpoint:
    """Reads an operation from a request, has it executed, writes what came of it."""

    __slots__ = (
        "_admission",
        "_body_bytes",
        "_execute",
        "_for_bodies",
        "_for_execution",
        "_for_uploads",
        "_origins",
        "_upload_bytes",
    )

    def __init__(  # noqa: PLR0913  each is a figure of its own
        self,
        execute: Execute,
        *,
        origins: Origins,
        admission: Admission,
        body_bytes: int,
        body_seconds: float,
        upload_bytes: int,
        upload_seconds: float,
    ) -> None:
        self._execute = execute
        self._origins = origins
        self._admission = admission
        self._body_bytes = body_bytes
        self._upload_bytes = upload_bytes
        self._for_bodies = Patience(body_seconds)
        self._for_uploads = Patience(upload_seconds)
        self._for_execution = Patience(_UNWATCHED_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self.serve(AsgiRequest(scope, receive, send))

    async def serve(self, request: Request) -> None:
        """Answer one request.

        Nearly all are plain: their head was negotiated before, and their body is there. Those are executed here and
        now, without what any other may need.
        """
        head, admission = request.head, self._admission
        request_id = head.request_id or fresh_id()
        exchange = Exchange(request_id, head.headers, head.method, head.events, head.parts, head.memory)
        try:
            if head.plain and admission.free and (body := request.whole(self._body_bytes)) is not None:
                operation = operation_of_body(body)
                admission.free -= 1
                request.cancellable = True
                try:
                    outcome = await self._execute(operation, exchange)
                    request.cancellable = False
                    if outcome.finite and await _streamed(outcome, request, request_id):
                        return
                finally:
                    request.cancellable = False
                    admission.free += 1
            elif (given := await self._outcome(request, exchange)) is not None:
                outcome = given
            else:
                return
            if (head.events or head.parts) and await _streamed(outcome, request, request_id):
                return
            body = encoded(outcome, request_id)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whatever it is, the client gets an answer
            await self._failed(error, request, Answerer(request, request_id))
        else:
            if not at_once(request, request_id, outcome, body):
                await Answerer(request, request_id).outcome(outcome, body)

    @staticmethod
    async def _failed(error: BaseException, request: Request, answer: Answerer) -> None:
        """Answer where nothing came of it: a mistake of the gateway's own is told to the log alone."""
        if isinstance(error, Refusal):
            await answer.refusal(error, request.receive)
        elif isinstance(error, asyncio.CancelledError):
            if request.lost:
                _log.info("client gone", request_id=answer.request_id)
            raise error
        elif not isinstance(error, ClientGone):
            _log.exception("operation failed", request_id=answer.request_id)
            await answer.defect()

    async def _outcome(self, request: Request, exchange: Exchange) -> Outcome | None:
        """What comes of a request of any kind; None where that was answered, or where nobody is there to answer."""
        request_id = exchange.request_id
        if request.head.method == "OPTIONS":
            await Answerer(request, request_id).nothing(_ALLOW)
            return None
        operation = await self._operation(request)
        with self._admission:
            outcome: Outcome | None = None
            with request.watched(self._for_execution) as client:
                outcome = await self._execute(operation, exchange)
            if client.happened or outcome is None:
                _log.info("client gone", request_id=request_id)
                await _dropped(outcome)
                return None
            if outcome.finite and await _streamed(outcome, request, request_id):
                return None
        return outcome

    async def _operation(self, request: Request) -> Operation:
        """Read the operation, and set the media type of the answer. The checks that cost least come first."""
        head = request.head
        method, headers = head.method, head.headers
        if method not in {"GET", "POST"}:
            raise Refusal(405, "This method is not served here: use POST, or GET.", headers=((b"allow", _ALLOW),))
        head.media = answer_type(headers.raw.get(b"accept"))
        self._admission.check()
        if method == "POST":
            if request_type(headers.raw) == FORM:
                return await self._uploaded(headers, request.receive)
            head.plain = True
            body = request.whole(self._body_bytes)
            if body is None:
                body = await read_body(headers, request.receive, limit=self._body_bytes, patience=self._for_bodies)
            return operation_of_body(body)
        self._origins.check_get(headers.raw)
        if len(head.query_string) > self._body_bytes:
            raise Refusal(414, f"The query string is too long: at most {self._body_bytes} bytes are read. Use POST.")
        return operation_of_query_string(head.query_string)

    async def _uploaded(self, headers: Headers, receive: Receive) -> Operation:
        form = UploadForm(operations_bytes=self._body_bytes, files_bytes=self._upload_bytes)
        reader = FormReader(headers.raw[b"content-type"], form, parts=PARTS)
        limit = self._body_bytes + self._upload_bytes
        await stream_body(headers, receive, reader.write, limit=limit, patience=self._for_uploads)
        reader.close()
        return form.operation()


async def _streamed(outcome: Outcome, request: Request, request_id: str) -> bool:
    """Answer bit by bit where the outcome is such; with events or parts, too, where the client takes no JSON."""
    ways, media, receive, send = request.head.ways, request.head.media, request.receive, request.send
    if outcome.stream is not None:
        if outcome.finite:
            await part_answer(ways, receive, send, request_id).stream(outcome.stream)
        else:
            await EventAnswer(receive, send, request_id).stream(outcome.stream)
        return True
    if media in {EVENTS, MIXED} and outcome.status is None and not outcome.method_not_allowed:
        kind = EventAnswer if media == EVENTS else partial(part_answer, ways)
        await kind(receive, send, request_id).single(outcome)
        return True
    return False


async def _dropped(outcome: object) -> None:
    """End a stream that nobody is there for any more."""
    if isinstance(outcome, Outcome) and outcome.stream is not None:
        await outcome.stream.aclose()


def routes(  # noqa: PLR0913  each is a figure of its own
    execute: Execute,
    *,
    origins: Origins | None = None,
    admission: Admission | None = None,
    body_bytes: int = 1_048_576,
    body_seconds: float = 10.0,
    upload_bytes: int = 5_242_880,
    upload_seconds: float = 30.0,
) -> list[BaseRoute]:
    """Build the route `/graphql`.

    Args:
        execute: Turns an operation into its outcome. What it raises is a defect: 500 and `INTERNAL`.
        origins: Apps on these may ask by a simple GET; none beside the gateway's own where it is None.
        admission: Of the operations of the whole process.
        body_bytes: The largest body, or query string, that is read.
        body_seconds: How long a body may take to arrive; it is given up by half as long again at the latest.
        upload_bytes: How large the files of a multipart request may be together, beside its `operations`, which may be
            as large as a body.
        upload_seconds: How long a multipart body may take to arrive; given up as other bodies are.
    """
    endpoint = GraphQLEndpoint(
        execute,
        origins=origins or Origins(),
        admission=admission or Admission(),
        body_bytes=body_bytes,
        body_seconds=body_seconds,
        upload_bytes=upload_bytes,
        upload_seconds=upload_seconds,
    )
    return [Route("/graphql", endpoint, name="graphql")]
