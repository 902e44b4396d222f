"""What makes an object invalid, in the API server's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sovereign.sandbox.cluster.kinds import DEPLOYMENT, POD, REPLICA_SET, SERVICE, Kind
from sovereign.sandbox.cluster.objects import Object, labels_of, name_of, spec_of
from sovereign.sandbox.cluster.selectors import matches
from sovereign.sandbox.cluster.statuses import Cause, invalid

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_ANY_NAME = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def check(kind: Kind, item: Object) -> None:
    """Raises 422 with every cause."""
    causes = [*_metadata(kind, item), *_OF_KIND.get(kind.table, _nothing)(item)]
    if causes:
        raise invalid(kind, name_of(item), causes)


def check_update(kind: Kind, before: Object, after: Object) -> None:
    """Raises 422 for what is invalid, and for what can never change."""
    check(kind, after)
    causes: list[Cause] = []
    if kind in (DEPLOYMENT, REPLICA_SET):
        one, other = spec_of(before).get("selector"), spec_of(after).get("selector")
        if one != other:
            causes.append(_wrong("spec.selector", other, "field is immutable"))
    if kind is SERVICE and spec_of(before).get("clusterIP") != spec_of(after).get("clusterIP"):
        causes.append(_wrong("spec.clusterIP", spec_of(after).get("clusterIP"), "field is immutable"))
    if causes:
        raise invalid(kind, name_of(after), causes)


def _metadata(kind: Kind, item: Object) -> Iterator[Cause]:
    name = name_of(item)
    if not name:
        yield _required("metadata.name", "name or generateName is required")
    elif kind.plural not in _ANY_NAME and (not _NAME.fullmatch(name) or len(name) > 253):
        yield _wrong("metadata.name", name, _NAME_RULE)


def _deployment(item: Object) -> Iterator[Cause]:
    spec = spec_of(item)
    yield from _template(spec)
    yield from _not_negative("spec.replicas", spec.get("replicas"))
    yield from _not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    kind = (spec.get("strategy") or {}).get("type")
    if kind not in ("RollingUpdate", "Recreate", None):
        yield (
            "FieldValueNotSupported",
            f'Unsupported value: "{kind}": supported values: "Recreate", "RollingUpdate"',
            "spec.strategy.type",
        )
    if kind == "Recreate" and spec["strategy"].get("rollingUpdate"):
        yield (
            "FieldValueForbidden",
            "Forbidden: may not be specified when strategy `type` is 'Recreate'",
            "spec.strategy.rollingUpdate",
        )


def _template(spec: Object) -> Iterator[Cause]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    if not selector:
        yield _required("spec.selector")
    elif not (selector.get("matchLabels") or selector.get("matchExpressions")):
        yield _wrong("spec.selector", {}, "empty selector is invalid for deployment")
    elif not matches(selector, labels_of(template)):
        why = "`selector` does not match template `labels`"
        yield _wrong("spec.template.metadata.labels", labels_of(template), why)
    yield from _containers("spec.template.spec", template.get("spec") or {})


def _pod(item: Object) -> Iterator[Cause]:
    yield from _containers("spec", spec_of(item))


def _containers(path: str, spec: Object) -> Iterator[Cause]:
    containers = spec.get("containers")
    if not containers:
        yield _required(f"{path}.containers")
    seen: set[str] = set()
    for index, container in enumerate(containers or ()):
        where, name = f"{path}.containers[{index}]", container.get("name")
        if not name:
            yield _required(f"{where}.name")
        elif name in seen:
            yield ("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{where}.name")
        if not container.get("image"):
            yield _required(f"{where}.image")
        seen.add(name or "")


def _service(item: Object) -> Iterator[Cause]:
    spec = spec_of(item)
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield _required("spec.ports")
    for index, port in enumerate(spec.get("ports") or ()):
        number = port.get("port")
        if not isinstance(number, int) or not 1 <= number <= 65535:
            yield _wrong(f"spec.ports[{index}].port", number, "must be between 1 and 65535, inclusive")


def _not_negative(where: str, value: object) -> Iterator[Cause]:
    if isinstance(value, int) and value < 0:
        yield _wrong(where, value, "must be greater than or equal to 0")


def _nothing(item: Object) -> Iterator[Cause]:
    yield from ()


def _required(where: str, why: str = "") -> Cause:
    return ("FieldValueRequired", "Required value" + (f": {why}" if why else ""), where)


def _wrong(where: str, value: Any, why: str) -> Cause:
    return (
        "FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {why}", where
    )  # fmt: skip


_OF_KIND: dict[str, Callable[[Object], Iterator[Cause]]] = {
    DEPLOYMENT.table: _deployment, REPLICA_SET.table: lambda item: _template(spec_of(item)), POD.table: _pod,
    SERVICE.table: _service,
}  # fmt: skip
