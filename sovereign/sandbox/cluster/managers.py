"""Who manages which fields: the `managedFields` of an object after a write, and server-side apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sovereign.sandbox.cluster import ownership, shapes
from sovereign.sandbox.cluster.objects import Object, clone, metadata, stamp, with_metadata
from sovereign.sandbox.cluster.ownership import Fields
from sovereign.sandbox.cluster.shapes import Path
from sovereign.sandbox.cluster.statuses import field_conflicts

UPDATE, APPLY = "Update", "Apply"


@dataclass(frozen=True, slots=True)
class Manager:
    name: str
    api_version: str
    operation: str = UPDATE
    subresource: str = ""

    def is_of(self, entry: Object) -> bool:
        return (entry["manager"], entry["operation"], entry.get("subresource", "")) == (
            self.name, self.operation, self.subresource,
        )  # fmt: skip

    def entry(self, fields: Fields) -> Object:
        made: Object = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": stamp(),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
        return made | ({"subresource": self.subresource} if self.subresource else {})


def updated(before: Object, after: Object, manager: Manager) -> Object:
    """The object after an update, with who manages what of it now."""
    added, removed = ownership.changed(before, after)
    entries: list[Object] = []
    own: Fields = {}
    for entry in metadata(before).get("managedFields") or ():
        if manager.is_of(entry):
            own = entry["fieldsV1"]
            if not added and not removed:
                entries.append(entry)
            continue
        entries += _less(_less([entry], added), removed)
    if added or removed:
        fields = ownership.difference(ownership.union(own, added), removed)
        entries += [manager.entry(fields)] if fields else []
    return with_metadata(after, managedFields=entries or None)


def applied(live: Object, config: Object, manager: Manager, *, force: bool) -> Object:
    """The object after a server-side apply. Raises 409 when others manage what it wants otherwise."""
    wanted = ownership.applied(config)
    entries = metadata(live).get("managedFields") or []
    own: Fields = next((entry["fieldsV1"] for entry in entries if manager.is_of(entry)), {})
    others = [entry for entry in entries if not manager.is_of(entry)]
    differing = [place for place in ownership.leaves(wanted) if _differs(live, config, place)]
    conflicts = [
        (_told(entry), ownership.told(place))
        for entry in others
        for place in differing
        if _manages(entry["fieldsV1"], place)
    ]
    if conflicts and not force:
        raise field_conflicts(conflicts)
    merged = _merged((), live, config)
    for place in sorted(ownership.leaves(ownership.difference(own, wanted)), key=lambda it: it[-1] != "."):
        if not any(_manages(entry["fieldsV1"], place) for entry in others):
            _take_out(merged, place)
    taken: Fields = {}
    for place in differing:
        taken = ownership.union(taken, _nested(place))
    entries = [manager.entry(wanted), *(less for entry in others for less in _less([entry], taken))]
    if own == wanted and not differing:
        entries = metadata(live).get("managedFields") or []
    return with_metadata(merged, managedFields=entries)


def _less(entries: list[Object], fields: Fields) -> list[Object]:
    """The entries without these fields; one that manages nothing any more is gone."""
    left = []
    for entry in entries:
        rest = ownership.difference(entry["fieldsV1"], fields)
        if rest:
            left.append(entry if rest == entry["fieldsV1"] else {**entry, "fieldsV1": rest})
    return left


def _told(entry: Object) -> str:
    text = f'"{entry["manager"]}"'
    if entry.get("subresource"):
        text += f' with subresource "{entry["subresource"]}"'
    return text + (f" using {entry['apiVersion']}" if entry["operation"] == UPDATE else "")


def _differs(live: Object, config: Object, place: tuple[str, ...]) -> bool:
    if place[-1] == ".":
        return not ownership.lookup(live, place[:-1])[0]
    there, value = ownership.lookup(live, place)
    return not there or value != ownership.lookup(config, place)[1]


def _manages(fields: Fields, place: tuple[str, ...]) -> bool:
    for part in place:
        if part not in fields:
            return False
        fields = fields[part]
        if not fields:
            return True
    return True


def _nested(place: tuple[str, ...]) -> Fields:
    fields: Fields = {}
    for part in reversed(place):
        fields = {part: fields}
    return fields


def _merged(path: Path, live: Any, config: Any) -> Any:
    if isinstance(live, dict) and isinstance(config, dict) and not shapes.is_atomic(path):
        fresh = clone(live)
        for key, value in config.items():
            fresh[key] = _merged((*path, key), live.get(key), value)
        return fresh
    if isinstance(live, list) and isinstance(config, list):
        if shapes.is_set(path):
            return [*live, *(item for item in config if item not in live)]
        if shapes.merge_keys(path):
            return _merged_list(path, live, config)
    return clone(config)


def _merged_list(path: Path, live: list[Any], config: list[Any]) -> list[Any]:
    wanted = {shapes.item_key(path, item): item for item in config}
    merged = []
    for item in live:
        key = shapes.item_key(path, item)
        merged.append(_merged(path, item, wanted.pop(key)) if key in wanted else clone(item))
    return [*merged, *clone(list(wanted.values()))]


def _take_out(item: Any, place: tuple[str, ...]) -> None:
    """Remove what stands at the place; `.` at its end means the item of the list itself."""
    steps = place[:-1] if place[-1] == "." else place
    there, parent = ownership.lookup(item, steps[:-1])
    if not there or parent is None or not steps:
        return
    last = steps[-1]
    if last.startswith("f:") and isinstance(parent, dict):
        parent.pop(last[2:], None)
    elif last.startswith("k:") and isinstance(parent, list):
        path = tuple(part[2:] for part in steps if part.startswith("f:"))
        parent[:] = [one for one in parent if shapes.item_key(path, one) != last]
