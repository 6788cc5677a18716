"""Logos: images that are kept under their file name."""

import base64
import re
from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.nks.calls import Call, Upload
from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.nks.records import Records

S3 = "https://stackpoint_production.s3.amazonaws.com/organization_logos/"
MEDIA = "media/organization_logos/"
_KINDS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n.{8}", re.DOTALL),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/bmp": re.compile(rb"BM.{12}", re.DOTALL),
}


class Logos:
    """The switch `serve_logos` lets addresses point at this server, which has the bytes, not at the vendor's S3."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, call: Call, logo: object) -> str:
        """Keep an uploaded image, and give its address.

        Raises:
            FieldsError: It is no file, empty, or no image.
        """
        if not isinstance(logo, Upload):
            raise FieldsError({"logo": ["The submitted data was not a file. Check the encoding type on the form."]})
        if not logo.content:
            raise FieldsError({"logo": ["The submitted file is empty."]})
        kind = next((kind for kind, magic in _KINDS.items() if magic.match(logo.content)), None)
        if kind is None:
            sentence = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
            raise FieldsError({"logo": [sentence]})
        body = {"type": kind, "content": base64.b64encode(logo.content).decode()}
        name = re.sub(r"[^-\w.]", "", PurePath(logo.filename).name.strip().replace(" ", "_")) or "logo"
        if self._records.store.get("nks.logo", name) not in (None, body):
            path = PurePath(name)
            name = f"{path.stem}_{hexadecimal(7, 'logo', call.pk(), body['content'])}{path.suffix}"
        self._records.store.put("nks.logo", name, body)
        return f"{call.address}{MEDIA}{name}" if self._records.switches["serve_logos"] else f"{S3}{name}"

    async def serve(self, request: Request) -> Response:
        """The bytes of a logo; no token is asked for, as in S3."""
        logo = self._records.store.get("nks.logo", request.path_params["name"])
        if logo is None:
            raise HTTPException(404)
        return Response(base64.b64decode(logo["content"]), media_type=logo["type"])
