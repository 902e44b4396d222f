"""The page with its assets, and the attachments, as files over HTTP."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import PurePosixPath

from aiohttp import web

from sovereign.sandbox.platform import Platform

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "connect-src 'self'; font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain")
_Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(platform: Platform) -> list[web.RouteDef]:
    return [
        web.get("/", _index),
        web.get("/page/{path:.+}", _asset),
        web.get("/attachments/{channel}/{attachment}/{filename}", _attachment(platform)),
    ]


async def _index(request: web.Request) -> web.StreamResponse:
    del request
    index = files("sovereign.sandbox") / "page" / "index.html"
    if not index.is_file():
        return web.Response(text="The sandbox runs; its page is not part of this build.", headers=_HEADERS)
    return web.Response(body=index.read_bytes(), content_type="text/html", charset="utf-8", headers=_HEADERS)


async def _asset(request: web.Request) -> web.StreamResponse:
    path = PurePosixPath(request.match_info["path"])
    place = files("sovereign.sandbox") / "page"
    for part in path.parts:
        if part in ("..", "/"):
            raise web.HTTPNotFound
        place = place / part
    if not place.is_file():
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=place.read_bytes(), content_type=kind, charset=charset, headers=_HEADERS)


def _attachment(platform: Platform) -> _Serve:
    async def serve(request: web.Request) -> web.StreamResponse:
        number = request.match_info["attachment"]
        file = platform.files / number
        if not number.isdecimal() or not file.is_file():
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(request.match_info["filename"])[0] or "application/octet-stream"
        inline = kind in _SHOWN_INLINE
        headers = {
            **_HEADERS,
            "Content-Type": kind if inline else "application/octet-stream",
            "Content-Disposition": "inline" if inline else "attachment",
        }
        return web.FileResponse(file, headers=headers)

    return serve
