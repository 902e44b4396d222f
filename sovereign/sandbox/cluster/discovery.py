"""What the API says of itself: its version, groups, resources, and as much of OpenAPI as kubectl reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from sovereign.sandbox.cluster import fields, kinds
from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object

VERSION = {
    "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35", "gitVersion": "v1.36.2", "gitCommit": "simulated", "gitTreeState": "clean",
    "buildDate": "2026-06-09T11:02:41Z", "goVersion": "go1.26.1", "compiler": "gc", "platform": "linux/amd64",
}  # fmt: skip
OPENAPI_V2 = b"\x0a\x032.0"
"""An OpenAPI 2 document that describes nothing, as protobuf: kubectl then leaves validation to the server."""


def answer(path: str, host: str) -> Object | None:
    """The document at the path; None when it is none of these."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["version"]:
            return dict(VERSION)
        case ["api"]:
            addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": host}]
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in _named()]}
        case ["api", "v1"]:
            return _resources("", "v1")
        case ["apis", group]:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)} if group in _named() else None
        case ["apis", group, version] if version in kinds.groups().get(group, ()):
            return _resources(group, version)
        case ["openapi", "v3", *rest]:
            return _openapi_at("/".join(rest))
    return None


def _named() -> list[str]:
    return [group for group in kinds.groups() if group]


def _group(name: str) -> Object:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in kinds.groups()[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resources(group: str, version: str) -> Object:
    named = f"{group}/{version}" if group else version
    listed = [kind for kind in kinds.KINDS if (kind.group, kind.version) == (group, version)]
    return {
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": named,
        "resources": [resource for kind in listed for resource in _resource(kind)],
    }  # fmt: skip


def _resource(kind: Kind) -> Iterator[Object]:
    main: Object = {
        "name": kind.plural,
        "singularName": kind.name.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(kind.verbs),
    }
    main |= {"shortNames": list(kind.short)} if kind.short else {}
    yield main | ({"categories": list(kind.categories)} if kind.categories else {})
    for sub in kind.subresources:
        more: Object = {"name": f"{kind.plural}/{sub}", "singularName": "", "namespaced": kind.namespaced}
        if sub == "scale":
            more |= {"group": "autoscaling", "version": "v1", "kind": "Scale"}
        else:
            more["kind"] = kind.name
        yield more | {"verbs": ["get"] if sub == "log" else ["get", "patch", "update"]}


def _openapi_at(path: str) -> Object | None:
    if not path:
        return {"paths": {each: {"serverRelativeURL": _openapi_url(each)} for each in _openapi_paths()}}
    return _openapi(path) if path in _openapi_paths() else None


def _openapi_paths() -> list[str]:
    return [
        f"apis/{group}/{version}" if group else f"api/{version}"
        for group, versions in kinds.groups().items() for version in versions
    ]  # fmt: skip


def _openapi_url(path: str) -> str:
    mark = hashlib.sha256(json.dumps(_openapi(path), sort_keys=True).encode()).hexdigest()[:32].upper()
    return f"/openapi/v3/{path}?hash={mark}"


def _openapi(path: str) -> Object:
    """Paths with the parameters that kubectl looks for, and the schemas of the kinds."""
    parts = path.split("/")
    group, version = (parts[1], parts[2]) if parts[0] == "apis" else ("", parts[1])
    listed = [kind for kind in kinds.KINDS if (kind.group, kind.version) == (group, version)]
    schemas = {name: _schema(name) for name in fields.types()} if listed else {}
    for kind in listed:
        known = fields.type_name(kind)
        if known in schemas:
            schemas[known] = {**schemas[known], "x-kubernetes-group-version-kind": [_gvk(kind)]}
    return {
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": {_path_of(kind, path): _operations(kind) for kind in listed},
        "components": {"schemas": schemas},
    }  # fmt: skip


def _path_of(kind: Kind, path: str) -> str:
    return f"/{path}" + ("/namespaces/{namespace}" if kind.namespaced else "") + f"/{kind.plural}/{{name}}"


def _operations(kind: Kind) -> Object:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in ("dryRun", "fieldManager", "fieldValidation", "force")
    ]
    about = {"x-kubernetes-group-version-kind": _gvk(kind), "responses": {"200": {"description": "OK"}}}
    known = {"get": "get", "put": "update", "patch": "patch", "delete": "delete"}
    return {
        method: {**about, "x-kubernetes-action": method, "parameters": parameters}
        for method, verb in known.items() if verb in kind.verbs
    }  # fmt: skip


def _gvk(kind: Kind) -> Object:
    return {"group": kind.group, "version": kind.version, "kind": kind.name}


def _schema(name: str) -> Object:
    found = fields.types()[name]
    return {"type": "object", "properties": {key: _type(type_) for key, type_ in found.items()}}


def _type(type_: str) -> Object:
    if type_.startswith("[]"):
        return {"type": "array", "items": _type(type_[2:])}
    if type_.startswith("{}"):
        return {"type": "object", "additionalProperties": _type(type_[2:])}
    if type_ == "any":
        return {}
    if type_ in fields.types():
        return {"$ref": f"#/components/schemas/{type_}"}
    return {"type": type_}
