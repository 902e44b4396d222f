"""How a stored object is shown: with its kind, in its group's fields, as metadata alone, or as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from sovereign.sandbox.cluster import tables
from sovereign.sandbox.cluster.kinds import NEW_EVENT, Kind
from sovereign.sandbox.cluster.objects import Object
from sovereign.sandbox.cluster.store import Store

WHOLE, TABLE, METADATA = "", "Table", "PartialObjectMetadata"
_META = "meta.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Look:
    """`form` is what the client accepts; `include` is how much of each object a table row carries."""

    form: str = WHOLE
    include: str = "Metadata"


def look(request: web.Request) -> Look:
    """By the first form of the Accept header that we can give."""
    for part in request.headers.get("Accept", "").split(","):
        terms = [term.strip() for term in part.split(";")]
        if terms[0] not in ("application/json", "*/*", "application/*", ""):
            continue
        named = dict(term.split("=", 1) for term in terms[1:] if "=" in term)
        if named.get("as") == TABLE and named.get("v") == "v1":
            return Look(TABLE, request.query.get("includeObject", "Metadata"))
        if str(named.get("as", "")).startswith(METADATA):
            return Look(METADATA)
        if "as" not in named:
            return Look()
    return Look()


def one(store: Store, kind: Kind, item: Object, form: Look) -> bytes:
    """A single object."""
    if form.form == TABLE:
        return dumped(tables.table(kind, [item], form.include))
    if form.form == METADATA:
        return dumped(_metadata_of(item))
    return whole(kind, item)


def whole(kind: Kind, item: Object) -> bytes:
    head = f'{{"kind":"{kind.name}","apiVersion":"{kind.api_version}",'.encode()
    return head + dumped(as_of(kind, item))[1:]


def many(store: Store, kind: Kind, items: list[Object], meta: Object, form: Look) -> bytes:
    """A list. What is stored is taken as the text that it was stored as."""
    if form.form == TABLE:
        return dumped(tables.table(kind, items, form.include) | {"metadata": meta})
    if form.form == METADATA:
        listed = [_metadata_of(item) for item in items]
        return dumped({"kind": f"{METADATA}List", "apiVersion": _META, "metadata": meta, "items": listed})
    head = {"kind": f"{kind.name}List", "apiVersion": kind.api_version, "metadata": meta}
    if kind is NEW_EVENT:
        raws = [dumped(as_of(kind, item)) for item in items]
    else:
        raws = [_raw(store, kind, item) for item in items]
    return dumped(head)[:-1] + b',"items":[' + b",".join(raws) + b"]}"


def event(kind: Kind, type_: str, item: Object, raw: bytes, form: Look) -> bytes:
    """A line of a watch."""
    if form.form == TABLE:
        shown = dumped(tables.table(kind, [item], form.include))
    elif form.form == METADATA:
        shown = dumped(_metadata_of(item))
    elif kind is NEW_EVENT:
        shown = whole(kind, item)
    else:
        shown = f'{{"kind":"{kind.name}","apiVersion":"{kind.api_version}",'.encode() + raw[1:]
    return f'{{"type":"{type_}","object":'.encode() + shown + b"}\n"


def _raw(store: Store, kind: Kind, item: Object) -> bytes:
    """The text of the stored object; of a version that is stored no more it is written anew."""
    current = store.get(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"])
    return store.raw(kind, item) if current is item else dumped(item)


def as_of(kind: Kind, item: Object) -> Object:
    """The same event in the fields of events.k8s.io; everything else as it is."""
    if kind is not NEW_EVENT:
        return item
    renamed = {
        "metadata": item["metadata"], "eventTime": item.get("eventTime"), "reason": item.get("reason"),
        "regarding": item.get("involvedObject"), "note": item.get("message"), "type": item.get("type"),
        "action": item.get("action"), "reportingController": item.get("reportingComponent"),
        "reportingInstance": item.get("reportingInstance"), "deprecatedSource": item.get("source"),
        "deprecatedFirstTimestamp": item.get("firstTimestamp"),
        "deprecatedLastTimestamp": item.get("lastTimestamp"), "deprecatedCount": item.get("count"),
    }  # fmt: skip
    return {key: value for key, value in renamed.items() if value is not None or key == "eventTime"}


def from_new_event(item: Object) -> Object:
    """An event written by way of events.k8s.io, as it is kept."""
    names = {
        "regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent",
        "deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
        "deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count",
    }  # fmt: skip
    return {names.get(key, key): value for key, value in item.items()}


def _metadata_of(item: Object) -> Object:
    return {"kind": METADATA, "apiVersion": _META, "metadata": item["metadata"]}


def dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
