"""The registry over HTTP, as the OCI distribution specification has it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from sovereign.sandbox.cluster.registry import MANIFEST, Registry, digest_of, manifest

_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(registry: Registry) -> Serve:
    """Answers whatever stands under `/v2/`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            return _error(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
        path = request.path.removeprefix("/v2/").strip("/")
        if path in ("", "v2"):
            return web.json_response({}, headers=_VERSION)
        if path == "_catalog":
            return web.json_response({"repositories": sorted(registry.repositories)}, headers=_VERSION)
        head, _, last = path.rpartition("/")
        name, _, what = head.rpartition("/")
        if what == "tags" and last == "list":
            return _tags(registry, name)
        if what == "manifests":
            return _manifest(registry, name, last, has_body=request.method == "GET")
        if what == "blobs":
            return _blob(registry, name, last)
        return _error(HTTPStatus.NOT_FOUND, "NAME_INVALID", "invalid repository name")

    return answer


def _tags(registry: Registry, name: str) -> web.StreamResponse:
    tags = registry.tags(name)
    if tags is None:
        return _error(
            HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", "repository name not known to registry", {"name": name}
        )
    return web.json_response({"name": name, "tags": tags}, headers=_VERSION)


def _manifest(registry: Registry, name: str, reference: str, *, has_body: bool) -> web.StreamResponse:
    build = registry.build(name, reference)
    if build is None:
        about = {"Name": name, "Tag": reference}
        return _error(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown", about)
    content = manifest(name, build)
    digest = digest_of(content)
    headers = {**_VERSION, "Docker-Content-Digest": digest, "Etag": f'"{digest}"', "Content-Type": MANIFEST}
    if has_body:
        return web.Response(body=content, headers=headers)
    return web.Response(headers={**headers, "Content-Length": str(len(content))})


def _blob(registry: Registry, name: str, digest: str) -> web.StreamResponse:
    content = registry.blob(name, digest)
    if content is None:
        return _error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry", {"digest": digest})
    headers = {**_VERSION, "Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
    return web.Response(body=content, headers=headers)


def _error(status: HTTPStatus, code: str, message: str, detail: object = None) -> web.StreamResponse:
    body = {"errors": [{"code": code, "message": message, "detail": detail}]}
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        headers={**_VERSION, "Content-Type": "application/json"},
    )
