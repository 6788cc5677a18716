"""A logo on its way from the door to NKS."""

import base64
import re

import pytest

from resolvers.uploads import UploadedFile

pytestmark = pytest.mark.anyio

LOGO = """mutation M($input: UpdateOrganizationLogoInput!) { updateOrganizationLogo(input: $input) {
  organization { logoUrl } results { upstream ok } userErrors { code message field } clientMutationId } }"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)


async def test_a_png_arrives_at_nks_to_the_byte(written) -> None:
    answer = await written.upload(LOGO, {"organizationId": "acme"}, UploadedFile("heron.png", PIXEL))

    payload = answer["data"]["updateOrganizationLogo"]
    assert payload["userErrors"] == []
    assert payload["results"] == [{"upstream": "NKS", "ok": True}]
    assert payload["organization"]["logoUrl"].endswith("/heron.png")
    [(line, body)] = written.writes
    assert line == "nks PATCH /orgs/2"
    assert body.count(PIXEL) == 1
    kept = written.sandbox.store.get("nks.logo", "heron.png")
    assert kept == {"type": "image/png", "content": base64.b64encode(PIXEL).decode()}


async def test_a_path_in_the_name_of_a_logo_does_not_reach_nks(written) -> None:
    await written.upload(LOGO, {"organizationId": "acme"}, UploadedFile("../../etc/heron.png", PIXEL))

    [(_, body)] = written.writes
    assert re.findall(rb'filename="([^"]*)"', body) == [b"heron.png"]


@pytest.mark.parametrize(
    "file",
    [
        UploadedFile("heron.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        UploadedFile("logo.png", b"<!doctype html><script>alert(1)</script>"),
        UploadedFile("logo.png", b""),
    ],
    ids=["svg", "html", "empty"],
)
async def test_a_file_that_is_no_image_is_a_user_error_and_sent_nowhere(written, file: UploadedFile) -> None:
    answer = await written.upload(LOGO, {"organizationId": "acme"}, file)

    payload = answer["data"]["updateOrganizationLogo"]
    assert payload["organization"] is None
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["logo"])
    assert written.writes == []


async def test_a_repetition_with_the_same_file_is_not_sent_again_and_with_another_is_a_conflict(written) -> None:
    given = {"organizationId": "acme", "clientMutationId": "k-1"}
    first = await written.upload(LOGO, given, UploadedFile("heron.png", PIXEL))
    assert len(written.writes) == 1

    assert await written.upload(LOGO, given, UploadedFile("heron.png", PIXEL)) == first
    assert written.writes == []

    other = await written.upload(LOGO, given, UploadedFile("heron.png", PIXEL + b"\0"))
    assert other["data"]["updateOrganizationLogo"]["userErrors"][0]["code"] == "CONFLICT"
    assert written.writes == []


@pytest.mark.parametrize(
    "logo", ["heron.png", "data:image/png;base64,iVBORw0KGgo=", None, 1, {"name": "a", "content": ""}]
)
async def test_an_upload_that_is_no_file_is_refused(written, logo: object) -> None:
    answer = await written(LOGO, input={"organizationId": "acme", "logo": logo})

    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert written.writes == []
