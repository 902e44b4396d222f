"""Reads the JSON that the page and the tests send to the driver."""

from __future__ import annotations

import json
from http import HTTPStatus

from aiohttp import web

from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.find import Wrong
from sovereign.sandbox.wire import Json


async def read(request: web.Request) -> Json:
    """An object. Raises 400 or 415 in words."""
    if request.content_type != "application/json":
        raise Wrong(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON: Content-Type: application/json.")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise find.wrong("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise find.wrong("The body must be a JSON object.")
    return body
