"""What an update of an issue or a merge request changed, as GitLab lists it under `changes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`kind` is the last word of the kind; `says` what was done, with `{it}` for the thing and `{names}`."""

    kind: str
    says: str
    undone: str = ""


LISTS: Mapping[str, Edit] = {
    "reviewers": Edit(
        kind="assigned", says="asked {names} to review {it}", undone="no longer asks {names} to review {it}"
    ),
    "assignees": Edit(
        kind="assigned", says="assigned {names} to {it}", undone="unassigned {names} from {it}"
    ),
    "labels": Edit(
        kind="annotated", says="added the {names} to {it}", undone="removed the {names} from {it}"
    ),
}
"""Changes that name what came and what went, the most important first."""

PLAIN: Mapping[str, Edit] = {
    "title": Edit(kind="updated", says="renamed {it}"),
    "description": Edit(kind="updated", says="edited {it}"),
    "target_branch": Edit(kind="updated", says="moved {it} to another target branch"),
    "milestone_id": Edit(
        kind="annotated", says="put {it} into a milestone", undone="took {it} out of its milestone"
    ),
    "due_date": Edit(kind="annotated", says="set a date for {it}", undone="removed the date of {it}"),
    "discussion_locked": Edit(kind="annotated", says="locked {it}", undone="unlocked {it}"),
    "confidential": Edit(
        kind="annotated", says="made {it} confidential", undone="made {it} readable for everybody"
    ),
    "time_estimate": Edit(kind="annotated", says="estimated {it}"),
    "total_time_spent": Edit(kind="annotated", says="logged time on {it}"),
}
OTHER = Edit(kind="updated", says="edited {it}")
PUSHED = Edit(kind="updated", says="pushed to {it}")
READY = Edit(kind="updated", says="marked {it} ready for review")
DRAFTED = Edit(kind="updated", says="turned {it} back into a draft")


def edit_of(thing: Payload, changes: Payload | None, it: str) -> tuple[str, str]:
    """The last word of the kind, and what was done to `it`: the most important of all that changed."""
    # GitLab sets `oldrev` only where commits were pushed.
    if line(thing, "oldrev"):
        return PUSHED.kind, PUSHED.says.format(it=it)
    draft = _change(changes, "draft") or _change(changes, "work_in_progress")
    if draft:
        edit = DRAFTED if draft.flag("current") else READY
        return edit.kind, edit.says.format(it=it)
    for key, edit in LISTS.items():
        came, went = _difference(changes, key)
        if came or went:
            says, names = (edit.says, came) if came else (edit.undone, went)
            return edit.kind, says.format(it=it, names=_named(key, names))
    return _plain(changes, it)


def _plain(changes: Payload | None, it: str) -> tuple[str, str]:
    for key, edit in PLAIN.items():
        if found := _change(changes, key):
            gone = edit.undone and found.raw and line(found, "current") in ("", "false")
            return edit.kind, (edit.undone if gone else edit.says).format(it=it)
    return OTHER.kind, OTHER.says.format(it=it)


def _change(changes: Payload | None, key: str) -> Payload | None:
    found = changes.get(key) if changes else None
    return found if found and isinstance(found.raw, dict) else None


def _difference(changes: Payload | None, key: str) -> tuple[Sequence[str], Sequence[str]]:
    """The names that are new under `key`, and those that are gone."""
    found = _change(changes, key)
    if not found:
        return (), ()
    before, after = (_names(found.get(side)) for side in ("previous", "current"))
    return [name for name in after if name not in before], [name for name in before if name not in after]


def _names(side: Payload | None) -> Sequence[str]:
    if side is None:
        return ()
    if not isinstance(side.raw, list):
        raise BadPayload("$.changes", "holds no list of names")
    return [name for one in side.each() if (name := line(one, "username", "title", "name"))]


def _named(key: str, names: Sequence[str]) -> str:
    joined = ", ".join(names)
    return f"{count(len(names), 'label').partition(' ')[2]} {joined}" if key == "labels" else joined
