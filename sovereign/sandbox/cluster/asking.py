"""What a request asks for: which resource by its path, how by its query, as whom by its headers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sovereign.sandbox.cluster import kinds, statuses
from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = ("application/apply-patch+yaml", "application/apply-patch+json", "application/apply-patch+cbor")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A path under `/api/v1` or `/apis/GROUP/VERSION`."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def target(path: str) -> Target | None:
    """What the path names; None when there is no such thing."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"]:
        group, rest = "", parts[1:]
    else:
        group, rest = (parts[1] if len(parts) > 1 else ""), parts[2:]
    if len(rest) < 2:
        return None
    version, rest = rest[0], rest[1:]
    namespace = ""
    if (
        rest[0] == "namespaces"
        and len(rest) > 2
        and rest[2] != "status"
        and group in _groups_with_namespaces()
    ):
        namespace, rest = rest[1], rest[2:]
    kind = kinds.by_path(group, version, rest[0])
    if kind is None or (namespace and not kind.namespaced) or len(rest) > 3:
        return None
    name, subresource = (rest[1] if len(rest) > 1 else ""), (rest[2] if len(rest) > 2 else "")
    if subresource and subresource not in kind.subresources:
        return None
    if kind.namespaced and name and not namespace:
        return None
    return Target(kind=kind, namespace=namespace, name=name, subresource=subresource)


def _groups_with_namespaces() -> set[str]:
    return {kind.group for kind in kinds.KINDS if kind.namespaced}


def verb(request: web.Request, to: Target) -> str:
    """The verb that permissions are given for."""
    if request.method in _VERBS:
        return _VERBS[request.method]
    if request.method == "DELETE":
        return "delete" if to.name else "deletecollection"
    if is_watch(request):
        return "watch"
    return "get" if to.name else "list"


def is_watch(request: web.Request) -> bool:
    return flag(request, "watch")


def flag(request: web.Request, name: str) -> bool:
    return request.query.get(name) in _TRUE or (name in request.query and request.query[name] == "")


def number(request: web.Request, name: str) -> int | None:
    """Raises 400 when it is something else."""
    text = request.query.get(name, "")
    if not text:
        return None
    if not text.lstrip("-").isdecimal():
        raise statuses.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def is_dry(request: web.Request) -> bool:
    """Raises 400 for anything but `All`."""
    asked = request.query.getall("dryRun", [])
    if asked and asked != ["All"]:
        raise statuses.bad_request('Invalid value: dryRun: supported values: "All"')
    return bool(asked)


def manager(request: web.Request) -> str:
    """Who is to be named as the manager of what is written."""
    named = request.query.get("fieldManager")
    return named or request.headers.get("User-Agent", "unknown").split("/")[0] or "unknown"


async def body(request: web.Request) -> Any:
    """JSON or YAML. Raises 400 or 415."""
    raw = await request.read()
    if request.content_type in ("application/yaml", "application/x-yaml", *APPLY_PATCH):
        return _yaml(raw)
    if "protobuf" in request.content_type or "cbor" in request.content_type:
        raise statuses.unsupported(request.content_type, "application/json, application/yaml")
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise statuses.bad_request(
            "the object provided is unrecognized (must be of type Object): couldn't get version/kind; json "
            "parse error: invalid character"
        ) from None


async def item(request: web.Request, kind: Kind) -> Object:
    """The object that a body holds. Raises 400 when it is of another kind."""
    found = await body(request)
    if not isinstance(found, dict):
        raise statuses.bad_request("the object provided is unrecognized: it is not an object")
    named = (found.get("apiVersion", kind.api_version), found.get("kind", kind.name))
    if named != (kind.api_version, kind.name):
        raise statuses.bad_request(
            f'{named[1]} in version "{kind.version}" cannot be handled as a {kind.name}: the object provided '
            f"is of {named[0]}, Kind={named[1]}"
        )
    return found


def _yaml(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        pass
    from ruamel.yaml import YAML  # a tenth of a second to import, for what hardly anybody sends
    from ruamel.yaml.error import YAMLError

    try:
        return json.loads(json.dumps(YAML(typ="safe").load(raw), default=str))
    except (YAMLError, ValueError, TypeError) as problem:
        raise statuses.bad_request(f"error decoding YAML: {str(problem).splitlines()[0]}") from None
