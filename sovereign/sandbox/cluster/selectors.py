"""Label and field selectors: how a list or a watch is narrowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object, labels_of
from sovereign.sandbox.cluster.statuses import bad_request

Condition = Callable[[Object], bool]

_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<name>[\w./-]+)"
    r"|(?P<set>[\w./-]+)\s+(?P<how>in|notin)\s*\((?P<values>[^)]*)\)"
    r"|(?P<key>[\w./-]+)\s*(?:(?P<operator>==|!=|=)\s*(?P<value>[\w.-]*))?)\s*"
)
_FIELD = re.compile(r"\s*(?P<key>[\w./-]+)\s*(?P<operator>==|!=|=)\s*(?P<value>[^,]*?)\s*")
_PATHS = frozenset({"metadata.name", "metadata.namespace"})
_OF_KIND = {
    "Pod": {"spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"},
    "Event": {
        "involvedObject.kind", "involvedObject.name", "involvedObject.namespace", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
        "reportingComponent", "source", "type",
    },
    "ReplicaSet": {"status.replicas"},
    "Namespace": {"status.phase"},
    "Secret": {"type"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selector:
    """What an object must be like to be shown."""

    conditions: tuple[Condition, ...] = ()

    def __call__(self, item: Object) -> bool:
        return all(condition(item) for condition in self.conditions)

    def __bool__(self) -> bool:
        return bool(self.conditions)


def selector(kind: Kind, labels: str, fields: str) -> Selector:
    """From a request's `labelSelector` and `fieldSelector`. Raises 400."""
    return Selector((*_labels(labels), *_fields(kind, fields)))


def by_labels(wanted: Mapping[str, str]) -> Condition:
    """Every one of these labels, as a Service or a `matchLabels` has it."""
    pairs = tuple(wanted.items())

    def holds(item: Object) -> bool:
        labels = labels_of(item)
        return all(labels.get(key) == value for key, value in pairs)

    return holds


def matches(rule: Object, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (`matchLabels`, `matchExpressions`) takes these labels."""
    if any(labels.get(key) != value for key, value in (rule.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, labels) for each in rule.get("matchExpressions") or ())


def written(rule: Object) -> str:
    """A LabelSelector as text, as `scale` shows it."""
    terms = [f"{key}={value}" for key, value in sorted((rule.get("matchLabels") or {}).items())]
    for each in rule.get("matchExpressions") or ():
        key, how, values = each["key"], each["operator"], ",".join(each.get("values") or ())
        terms.append({"Exists": key, "DoesNotExist": f"!{key}"}.get(how) or f"{key} {how.lower()} ({values})")
    return ",".join(terms)


def _expression(each: Object, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(each.get("key", "")), each.get("values") or ()
    match each.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def _labels(text: str) -> list[Condition]:
    found: list[Condition] = []
    position = 0
    while text and position < len(text):
        term = _TERM.match(text, position)
        if term is None or (term.end() < len(text) and text[term.end()] != ","):
            raise bad_request(f"unable to parse requirement: found '{text[position:]}', expected: identifier")
        found.append(_label(term))
        position = term.end() + 1
    return found


def _label(term: re.Match[str]) -> Condition:
    if term["absent"]:
        absent = term["name"]
        return lambda item: absent not in labels_of(item)
    if term["set"]:
        key, values = term["set"], frozenset(value.strip() for value in term["values"].split(","))
        inside = term["how"] == "in"
        return lambda item: (labels_of(item).get(key) in values) is inside
    key, value = term["key"], term["value"]
    if term["operator"] is None:
        return lambda item: key in labels_of(item)
    if term["operator"] == "!=":
        return lambda item: labels_of(item).get(key) != value
    return lambda item: labels_of(item).get(key) == value


def _fields(kind: Kind, text: str) -> list[Condition]:
    found: list[Condition] = []
    for part in filter(None, text.split(",")):
        term = _FIELD.fullmatch(part)
        if term is None:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        if term["key"] not in _PATHS | _OF_KIND.get(kind.name, set()):
            raise bad_request(f"field label not supported: {term['key']}")
        found.append(_field(tuple(term["key"].split(".")), term["value"], equal=term["operator"] != "!="))
    return found


def _field(path: tuple[str, ...], wanted: str, *, equal: bool) -> Condition:
    def holds(item: Object) -> bool:
        value: object = item
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if path == ("source",) and isinstance(value, dict):
            value = value.get("component")
        return (str(value or "") == wanted) is equal

    return holds
