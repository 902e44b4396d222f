"""What changed, as Taiga tells it: a mapping of fields to what they were and are."""

from __future__ import annotations

from sovereign.domain.events import Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._tickets import ASSIGNEE, NAME, STATUS, Change, edit, verb_of

FIELDS = {
    "status": STATUS,
    "assigned_to": ASSIGNEE,
    "subject": NAME,
    "milestone": "sprint",
    "is_blocked": "block",
}
FOLLOWING = frozenset({"blocked_note", "is_closed", "finish_date", "finished_date", "kanban_order"})
ORDERS = frozenset({"taskboard_order", "us_order", "backlog_order", "sprint_order", "epics_order"})
MINOR = frozenset({"tags", "attachments", "watchers", "custom attributes", "color", "position"})


def changes_of(change: Payload | None) -> list[Change]:
    """Of long texts Taiga gives only `description_diff` and the like."""
    diff = change.get("diff") if change else None
    found: list[Change] = []
    for key in diff.keys() if diff else []:
        field = key.removesuffix("_diff").removesuffix("_html")
        if field in FOLLOWING or (key != field and any(one.field == field for one in found)):
            continue
        values = diff.get(key) if diff else None
        plain = values is not None and isinstance(values.raw, dict) and key == field and field != "is_blocked"
        old, new = (_value(values, side) if plain else "" for side in ("from", "to"))
        name = "position" if field in ORDERS else FIELDS.get(field) or words(field)
        found.append(Change(field=name, old=old, new=new))
    return found


def _value(values: Payload | None, side: str) -> str:
    found = values.get(side) if values else None
    return line(values, side) if found and not isinstance(found.raw, dict | list) else ""


def did_to(it: str, change: Payload | None, changes: list[Change]) -> str:
    blocked = line(change, "diff.is_blocked.to")
    if blocked and {one.field for one in changes} == {"block"}:
        return f"{'blocked' if blocked == 'true' else 'unblocked'} {it}"
    return edit(it, [one for one in changes if one.field != "position"] or changes)


def turn(changes: list[Change], change: Payload | None, status: Status) -> str:
    if line(change, "diff.is_closed.from") == "true" and status is Status.OPEN:
        return "reopened"
    moved = any(one.field == STATUS for one in changes)
    return "closed" if moved and status is Status.CLOSED else verb_of(changes, MINOR)
