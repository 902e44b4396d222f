"""Work items of Azure Boards: bugs, tasks, stories."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown
from sovereign.integrations.azuredevops._common import Delivery, Readers, name_of, plain

STATES: Mapping[str, Status] = {
    **dict.fromkeys(("new", "to do", "proposed", "approved", "design", "ready"), Status.OPEN),
    **dict.fromkeys(("active", "committed", "doing", "in progress", "open"), Status.OPEN),
    **dict.fromkeys(("resolved", "closed", "done", "completed", "removed", "inactive"), Status.CLOSED),
}
"""The states of the processes that Azure DevOps comes with; a team may have others."""

SIMPLE: Mapping[str, tuple[str, str]] = {
    "workitem.created": ("created", "created {it}"),
    "workitem.commented": ("commented", "commented on {it}"),
    "workitem.deleted": ("closed", "deleted {it}"),
    "workitem.restored": ("reopened", "restored {it}"),
}
BOOKKEEPING = tuple(
    f"System.{name}"
    for name in (
        *("Rev", "RevisedDate", "Watermark", "AuthorizedDate", "AuthorizedAs", "PersonId"),
        *("ChangedDate", "ChangedBy", "CommentCount", "History"),
    )
)
"""Fields that change with every edit, or that are told elsewhere."""

SHORT = {"System.IterationPath": "the iteration", "System.AreaPath": "the area", "System.Title": "the title"}
MOST_NAMED = 3


def work_item(delivery: Delivery) -> list[Event]:
    kind, template = SIMPLE[delivery.type]
    item = delivery.thing
    event = _event(delivery, item, item, kind, template)
    if delivery.type == "workitem.deleted":
        event = replace(event, status=Status.CLOSED)
    if kind != "commented":
        return [event]
    said = plain(_field(item, "System.History"))
    return [replace(event, text=said, fields=(), status=Status.INFO)]


def updated(delivery: Delivery) -> list[Event]:
    """`fields` is what changed, each with its old and its new value; `revision` is the item after it."""
    item = delivery.thing
    whole = item.get("revision") or item
    kind, template = _edit(item.get("fields"))
    return [_event(delivery, item, whole, kind, template)]


def _edit(changes: Payload | None) -> tuple[str, str]:
    """What an edit was about, most important first: its state, who has it, the rest."""
    if changes and (state := changes.get("System.State")):
        old, new = (STATES.get(line(state, f"{side}Value").lower()) for side in ("old", "new"))
        if new is Status.CLOSED and old is not new:
            return "closed", f"moved {{it}} to {_safe(line(state, 'newValue'))}"
        if old is Status.CLOSED and new is Status.OPEN:
            return "reopened", f"moved {{it}} back to {_safe(line(state, 'newValue'))}"
        return "updated", f"moved {{it}} to {_safe(line(state, 'newValue')) or 'another state'}"
    if changes and (assigned := changes.get("System.AssignedTo")):
        who = _safe(name_of(assigned.get("newValue")))
        return "assigned", f"assigned {{it}} to {who}" if who else "unassigned {it}"
    changed = changes.keys() if changes else []
    names = [name for name in changed if name not in BOOKKEEPING]
    told = [SHORT.get(name) or name.rpartition(".")[2] for name in names[:MOST_NAMED]]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return "updated", f"changed {_safe(', '.join(told))}{more} of {{it}}" if told else "updated {it}"


def _safe(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _event(delivery: Delivery, item: Payload, whole: Payload, kind: str, template: str) -> Event:
    number = line(item, "workItemId") or line(whole, "id")
    if not number.isalnum():
        raise BadPayload("$.resource.id", "names nothing")
    fields = whole.get("fields") or item.get("fields")
    project, noun = _value(fields, "System.TeamProject"), _value(fields, "System.WorkItemType")
    title, state = _value(fields, "System.Title"), _value(fields, "System.State")
    place = project or delivery.place
    it = f"{noun.lower() or 'work item'} #{number} in {place}"
    changed_by = fields.get("System.ChangedBy") if fields else None
    who = item.get("revisedBy") or changed_by
    event = delivery.event(f"ticket.{kind}", template.format(it=it), who)
    shown_fields = {
        "State": state,
        "Assigned to": name_of(fields.get("System.AssignedTo") if fields else None),
        "Priority": _value(fields, "Microsoft.VSTS.Common.Priority"),
        "Severity": _value(fields, "Microsoft.VSTS.Common.Severity"),
        "Iteration": _value(fields, "System.IterationPath"),
    }
    tags = [tag for one in _value(fields, "System.Tags").split(";") if (tag := one.strip())]
    return replace(
        event,
        title=f"{event.title}: {title}" if title else event.title,
        subject=f"{place} {noun or 'work item'} #{number}",
        name=title,
        status=STATES.get(state.lower(), Status.UNKNOWN) if state else Status.INFO,
        text=plain(_field(whole, "System.Description")),
        url=event.url or link(whole, "_links.html.href"),
        service=project or None,
        labels=dict.fromkeys(tags, ""),
        fields=shown(shown_fields),
        conversation=f"azuredevops:{place}/workitems/{number}",
    )


def _field(item: Payload, name: str) -> str:
    """A longer text; the names of fields have dots in them."""
    found = item.get("fields", name)
    return found.text().replace("\r\n", "\n") if found else ""


def _value(fields: Payload | None, name: str) -> str:
    found = fields.get(name) if fields else None
    if found and (newer := found.get("newValue")):  # some bodies give both values everywhere
        found = newer
    return " ".join(found.scalar().split()) if found else ""


READERS: Readers = {**dict.fromkeys(SIMPLE, work_item), "workitem.updated": updated}
KINDS = frozenset(f"ticket.{kind}" for kind, _ in SIMPLE.values()) | {"ticket.updated", "ticket.assigned"}
