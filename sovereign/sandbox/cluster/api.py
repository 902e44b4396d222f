"""The API over HTTP: finds what a request asks for, whether it may, and has it done."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sovereign.sandbox.cluster import (
    asking,
    discovery,
    fields,
    metrics,
    reviews,
    scale,
    shown,
    statuses,
)
from sovereign.sandbox.cluster.asking import Target
from sovereign.sandbox.cluster.kinds import METRICS, NAMESPACE, NEW_EVENT, POD, POD_METRICS, REVIEWS, Kind
from sovereign.sandbox.cluster.managers import APPLY, Manager
from sovereign.sandbox.cluster.objects import Object, metadata, name_of, namespace_of, uid_of, with_metadata
from sovereign.sandbox.cluster.patching import json_patch, merge_patch
from sovereign.sandbox.cluster.rbac import Attributes, User
from sovereign.sandbox.cluster.scale import SCALE
from sovereign.sandbox.cluster.selectors import selector
from sovereign.sandbox.cluster.strategic import strategic_patch
from sovereign.sandbox.cluster.surface import Surface
from sovereign.sandbox.cluster.writing import Manner

_WARNING = "Warning"


class Api:
    def __init__(self, surface: Surface) -> None:
        self._it = surface

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Raises Refused."""
        path = request.path
        user = self._it.identities.of(request)
        if request.method == "GET":
            document = discovery.answer(path, request.host)
            if document is not None:
                return _json(shown.dumped(document))
        if path == "/openapi/v2":
            return web.Response(body=discovery.OPENAPI_V2, headers={
                "Content-Type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
            })  # fmt: skip
        if path in ("/healthz", "/readyz", "/livez"):
            return web.Response(text="ok")
        to = asking.target(path) if path.startswith(("/api/", "/apis/")) else None
        if to is None:
            raise statuses.no_path()
        return await self._resource(request, to, user)

    async def _resource(self, request: web.Request, to: Target, user: User) -> web.StreamResponse:
        verb = asking.verb(request, to)
        if not self._takes(request, to, verb):
            raise statuses.method_not_allowed()
        namespace = to.name if to.kind is NAMESPACE else to.namespace
        self._it.access.need(user, Attributes(
            verb=verb, kind=to.kind, subresource=to.subresource, namespace=namespace, name=to.name
        ))  # fmt: skip
        if to.kind in REVIEWS:
            return await self._review(request, to, user)
        if to.kind in METRICS:
            return self._metrics(request, to)
        if verb in ("list", "deletecollection"):
            return self._list(request, to, delete=verb != "list")
        if verb == "watch":
            return await self._it.watches.serve(request, to)
        do = {
            "get": self._get, "create": self._create, "update": self._update, "patch": self._patch,
            "delete": self._delete,
        }[verb]  # fmt: skip
        return await do(request, to)

    def _takes(self, request: web.Request, to: Target, verb: str) -> bool:
        if verb == "create":
            return not to.name and verb in to.kind.verbs and (bool(to.namespace) or not to.kind.namespaced)
        if verb in ("update", "patch"):
            return bool(to.name) and to.subresource != "log" and verb in to.kind.verbs
        return verb in to.kind.verbs and not (to.subresource and verb not in ("get",))

    def _list(self, request: web.Request, to: Target, *, delete: bool) -> web.StreamResponse:
        page = self._it.lists.page(request, to)
        for item in page.items if delete else ():
            self._remove(request, to.kind, item, {})
        return _json(shown.many(self._it.store, to.kind, page.items, page.meta, shown.look(request)))

    async def _get(self, request: web.Request, to: Target) -> web.StreamResponse:
        found = self._found(to)
        if to.subresource == "log":

            def read() -> Object | None:
                current = self._it.store.get(POD, to.namespace, to.name)
                return current if current and uid_of(current) == uid_of(found) else None

            return await self._it.logs.serve(request, found, read)
        return self._one(request, to, found)

    async def _create(self, request: web.Request, to: Target) -> web.StreamResponse:
        body = await asking.item(request, to.kind)
        if to.namespace and namespace_of(body) not in ("", to.namespace):
            raise statuses.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        body, warnings = self._decoded(request, to.kind, body)
        made = self._it.writer.create(to.kind, to.namespace, body, self._manner(request))
        return self._one(request, to, made, HTTPStatus.CREATED, warnings)

    async def _update(self, request: web.Request, to: Target) -> web.StreamResponse:
        current = self._found(to)
        if to.subresource == "scale":
            body: Object = scale.scaled(current, await asking.item(request, SCALE))
            warnings: list[str] = []
        else:
            body, warnings = self._decoded(request, to.kind, await asking.item(request, to.kind))
        if name_of(body) and name_of(body) != to.name:
            raise statuses.bad_request(
                f"the name of the object ({name_of(body)}) does not match the name on the URL ({to.name})"
            )
        after = self._it.writer.replace(to.kind, current, body, self._manner(request), to.subresource)
        return self._one(request, to, after, HTTPStatus.OK, warnings)

    async def _patch(self, request: web.Request, to: Target) -> web.StreamResponse:
        patch = await asking.body(request)
        if request.content_type in asking.APPLY_PATCH:
            return self._apply(request, to, patch)
        current = self._found(to)
        if to.subresource == "scale":
            scaled = _patched(request, SCALE, scale.scale_of(current), patch)
            body, warnings = scale.scaled(current, scaled), list[str]()
            if metadata(patch if isinstance(patch, dict) else {}).get("resourceVersion") is None:
                body = with_metadata(body, resourceVersion=None)
        else:
            body = _patched(request, to.kind, current, patch)
            body, warnings = self._decoded(request, to.kind, body)
        after = self._it.writer.replace(to.kind, current, body, self._manner(request), to.subresource)
        return self._one(request, to, after, HTTPStatus.OK, warnings)

    def _apply(self, request: web.Request, to: Target, config: Any) -> web.StreamResponse:
        """Server-side apply: creates what is missing, merges into what is there."""
        if not isinstance(config, dict):
            raise statuses.bad_request("error decoding YAML: the configuration is not an object")
        if not request.query.get("fieldManager"):
            raise statuses.bad_request(
                'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply '
                "patch"
            )
        if metadata(config).get("managedFields"):
            raise statuses.bad_request("metadata.managedFields must be nil")
        unknown = fields.check(to.kind, config, strict=False)
        if unknown:
            raise statuses.internal(
                f"failed to create typed patch object ({to.namespace}/{to.name}; {to.kind.api_version}, "
                f"Kind={to.kind.name}): .{unknown[0]}: field not declared in schema"
            )
        manager = Manager(asking.manager(request), to.kind.api_version, APPLY, to.subresource)
        config = with_metadata(config, name=to.name)
        current = self._it.store.get(to.kind, to.namespace, to.name)
        if current is None:
            user = self._it.identities.of(request)
            wanted = Attributes(verb="create", kind=to.kind, namespace=to.namespace, name=to.name)
            self._it.access.need(user, wanted)
            made = self._it.writer.create_applied(
                to.kind, to.namespace, config, manager, self._manner(request)
            )
            return self._one(request, to, made, HTTPStatus.CREATED)
        force = asking.flag(request, "force")
        after = self._it.writer.apply(to.kind, current, config, manager, self._manner(request), force=force)
        return self._one(request, to, after)

    async def _delete(self, request: web.Request, to: Target) -> web.StreamResponse:
        options = await asking.body(request)
        found = self._found(to)
        _check_preconditions(to.kind, found, options if isinstance(options, dict) else {})
        return self._one(request, to, self._remove(request, to.kind, found, options), deleted=True)

    def _remove(self, request: web.Request, kind: Kind, item: Object, options: Any) -> Object:
        """What is shown of it: itself while it goes, else that it is gone."""
        given = options if isinstance(options, dict) else {}
        policy = given.get("propagationPolicy") or request.query.get("propagationPolicy") or "Background"
        seconds = given.get("gracePeriodSeconds", asking.number(request, "gracePeriodSeconds"))
        if asking.is_dry(request) or given.get("dryRun") == ["All"]:
            return item
        self._it.delete(kind, item, seconds, orphan=policy == "Orphan")
        return self._it.store.get(kind, namespace_of(item), name_of(item)) or item

    async def _review(self, request: web.Request, to: Target, user: User) -> web.StreamResponse:
        body = await asking.item(request, to.kind)
        manager = asking.manager(request)
        review = reviews.answer(self._it.access, to.kind, to.namespace, body, user, manager)
        return _json(shown.dumped(review), HTTPStatus.CREATED)

    def _metrics(self, request: web.Request, to: Target) -> web.StreamResponse:
        if to.name and to.kind is POD_METRICS:
            pod = self._it.store.get(POD, to.namespace, to.name)
            if pod is None or not metrics.has_usage(pod):
                raise statuses.not_found(to.kind, f"{to.namespace}/{to.name}")
            head = {"kind": to.kind.name, "apiVersion": to.kind.api_version}
            return _json(shown.dumped(head | metrics.pod_usage(pod)))
        if to.kind is POD_METRICS:
            holds = selector(
                POD, request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")
            )
            return _json(shown.dumped(metrics.pod_list(self._it.store, to.namespace, holds)))
        return _json(shown.dumped(metrics.node_list(self._it.store)))

    def _found(self, to: Target) -> Object:
        found = self._it.store.get(to.kind, to.namespace, to.name)
        if found is None:
            raise statuses.not_found(to.kind, to.name)
        return found

    def _one(
        self, request: web.Request, to: Target, item: Object, code: HTTPStatus = HTTPStatus.OK,
        warnings: list[str] | None = None, *, deleted: bool = False,
    ) -> web.StreamResponse:  # fmt: skip
        headers = [(_WARNING, f'299 - "unknown field \\"{path}\\""') for path in warnings or ()]
        if to.subresource == "scale":
            body = shown.whole(SCALE, scale.scale_of(item))
        elif deleted and self._it.store.get(to.kind, to.namespace, to.name) is None and to.kind is not POD:
            body = shown.dumped(statuses.success(to.kind, name_of(item), uid_of(item)))
        else:
            body = shown.one(self._it.store, to.kind, item, shown.look(request))
        return _json(body, code, headers)

    def _decoded(self, request: web.Request, kind: Kind, body: Object) -> tuple[Object, list[str]]:
        how = request.query.get("fieldValidation", "Warn")
        unknown = fields.check(kind, body, strict=how == "Strict")
        decoded = fields.without_unknown(kind, body)
        if kind is NEW_EVENT:
            decoded = shown.from_new_event(decoded)
        return decoded, unknown if how == "Warn" else []

    def _manner(self, request: web.Request) -> Manner:
        return Manner(manager=asking.manager(request), dry_run=asking.is_dry(request))


def _patched(request: web.Request, kind: Kind, current: Object, patch: Any) -> Object:
    whole = {"kind": kind.name, "apiVersion": kind.api_version, **current}
    match request.content_type:
        case asking.JSON_PATCH:
            found = json_patch(whole, patch)
        case asking.MERGE_PATCH:
            found = merge_patch(whole, patch)
        case asking.STRATEGIC_PATCH if isinstance(patch, dict):
            found = strategic_patch(whole, patch)
        case other:
            known = ", ".join(
                (asking.JSON_PATCH, asking.MERGE_PATCH, asking.STRATEGIC_PATCH, asking.APPLY_PATCH[0])
            )
            raise statuses.unsupported(other, known)
    if not isinstance(found, dict):
        raise statuses.bad_request("the patch makes something else than an object of it")
    return {key: value for key, value in found.items() if key not in ("kind", "apiVersion")}


def _check_preconditions(kind: Kind, item: Object, options: Object) -> None:
    wanted = options.get("preconditions") or {}
    if wanted.get("uid") not in (None, uid_of(item)):
        raise statuses.another(kind, name_of(item), wanted["uid"], uid_of(item))
    version = metadata(item).get("resourceVersion")
    if wanted.get("resourceVersion") not in (None, version):
        raise statuses.conflict(
            kind,
            name_of(item),
            f"Precondition failed: ResourceVersion in precondition: {wanted['resourceVersion']}, "
            f"ResourceVersion in object meta: {version}",
        )


def _json(
    body: bytes, code: int = HTTPStatus.OK, headers: list[tuple[str, str]] | None = None
) -> web.Response:
    response = web.Response(body=body, status=code, headers={"Content-Type": "application/json"})
    for name, value in headers or ():
        response.headers.add(name, value)
    return response
