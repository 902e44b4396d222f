"""Reads the body of a REST call: JSON, or a form with JSON and files in it."""

from __future__ import annotations

import json
import re

from aiohttp import BodyPartReader, web

from sovereign.sandbox.actions.files import Upload
from sovereign.sandbox.errors import bad_form, refusal

_SLOT = re.compile(r"files?\[(\d+)\]")
LARGEST = 100 * 1024 * 1024
"""Bytes of a whole request, its files together."""


async def read(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    """The JSON (None for an empty body) and the files. Raises 50035, 50109 or 40005."""
    if request.content_type == "multipart/form-data":
        return await _form(request)
    raw = await request.read()
    if not raw:
        return None, ()
    if request.content_type != "application/json":
        raise bad_form(
            "",
            "CONTENT_TYPE_INVALID",
            "Expected \"Content-Type\" header to be one of {'application/json'}.",
        )
    return _parsed(raw), ()


async def _form(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    content: object = None
    uploads: list[Upload] = []
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        raw = bytes(await part.read(decode=False))
        size += len(raw)
        if size > LARGEST:
            raise refusal(40005)
        if part.name == "payload_json":
            content = _parsed(raw)
        elif part.filename is not None:
            uploads.append(_upload(part, raw, len(uploads)))
    return content, tuple(uploads)


def _upload(part: BodyPartReader, raw: bytes, count: int) -> Upload:
    slot = _SLOT.fullmatch(part.name or "")
    return Upload(
        slot=int(slot[1]) if slot else count,
        filename=part.filename or "unknown",
        content=raw,
        content_type=part.headers.get("Content-Type"),
    )


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise refusal(50109) from None
