"""Cards and their comments: what was done to them, by type of action."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown
from sovereign.integrations._tickets import (
    ASSIGNEE,
    NAME,
    Change,
    Ticket,
    edit,
    kind_of,
    spoken,
    verb_of,
    wording,
)

CARDS: Mapping[str, tuple[str, str]] = {
    "createCard": ("created", "created {it}"),
    "copyCard": ("created", "made {it} of another card"),
    "convertToCardFromCheckItem": ("created", "made {it} of a checklist item"),
    "emailCard": ("created", "sent {it} by e-mail"),
    "moveCardToBoard": ("created", "moved {it} from another board"),
    "moveCardFromBoard": ("deleted", "moved {it} to another board"),
    "deleteCard": ("deleted", "deleted {it}"),
    "commentCard": ("commented", "commented on {it}"),
    "updateComment": ("", "edited a comment on {it}"),
    "deleteComment": ("", "deleted a comment on {it}"),
    "addMemberToCard": ("assigned", "added {who} to {it}"),
    "removeMemberFromCard": ("assigned", "removed {who} from {it}"),
    "addLabelToCard": ("annotated", "added the label {label} to {it}"),
    "removeLabelFromCard": ("annotated", "removed the label {label} from {it}"),
    "addAttachmentToCard": ("annotated", "attached {file} to {it}"),
    "deleteAttachmentFromCard": ("annotated", "removed the attachment {file} from {it}"),
    "addChecklistToCard": ("annotated", "added the checklist {list} to {it}"),
    "removeChecklistFromCard": ("annotated", "removed the checklist {list} from {it}"),
    "createCheckItem": ("annotated", "added {item} to the checklist {list} of {it}"),
    "deleteCheckItem": ("annotated", "removed {item} from the checklist {list} of {it}"),
    "updateCheckItemStateOnCard": ("annotated", "{ticked} {item} on {it}"),
}
"""Action → verb of the kind, and what was done; without a verb it is about a comment."""
FIELDS = {"name": NAME, "desc": "description", "idMembers": ASSIGNEE, "pos": "position"}
MINOR = frozenset({"labels", "cover", "checklists", "attachments", "due reminder"})
TICKED = {"complete": "completed", "incomplete": "reopened"}


def told(action: Payload, found: Payload) -> Event:
    type, who, data = line(action, "type"), actor_of(action), action.at("data")
    card = _card(found, data)
    if type == "updateCard":
        verb, did = _edit(card, found, data)
    else:
        verb, template = CARDS.get(type, ("annotated", "{it}"))
        did = filled(template, action, card.it) if type in CARDS else f"did “{spoken(type)}” on {card.it}"
    status = Status.CLOSED if verb == "deleted" else Status.OPEN if verb == "created" else card.status
    fields = {
        "List": line(data, "listAfter.name", "list.name"),
        "Due": line(found, "due")[:10],
    }
    event = card.event(verb or "updated", did, who, "ticket" if verb else "comment")
    text = wording(data, "text", "action.text") if verb == "commented" else wording(found, "desc")
    return replace(event, status=status, text=text, fields=shown(fields))


def _card(found: Payload, data: Payload) -> Ticket:
    number, short, closed = line(found, "idShort"), line(found, "shortLink"), line(found, "closed")
    return Ticket(
        source="trello",
        id=found.at("id").text(),
        called=f"card #{number}" if number else "a card",
        subject=f"#{number}" if number else line(found, "name") or "card",
        place=line(data, "board.name"),
        name=line(found, "name"),
        url=f"https://trello.com/c/{short}" if short.isalnum() else None,
        status={"true": Status.CLOSED, "false": Status.OPEN}.get(closed, Status.INFO),
    )


def _edit(card: Ticket, found: Payload, data: Payload) -> tuple[str, str]:
    """`old` has what the changed fields were before."""
    before = data.get("old")
    changed = before.keys() if before else []
    if "closed" in changed:
        return ("closed", f"archived {card.it}") if card.status is Status.CLOSED else _back(card)
    if "idList" in changed or data.get("listAfter"):
        old, new = line(data, "listBefore.name"), line(data, "listAfter.name")
        return "updated", f"moved {card.it}" + (f" from {old} to {new}" if old and new else "")
    if "dueComplete" in changed:
        done = line(found, "dueComplete") == "true"
        return "updated", f"marked {card.it} as {'complete' if done else 'not complete'}"
    changes = [
        Change(field="due date", old=line(before, key)[:10], new=line(found, key)[:10])
        if key == "due"
        else Change(field=FIELDS.get(key) or spoken(key.removeprefix("id")))  # ids, numbers and long texts
        for key in changed
    ]
    return verb_of(changes, MINOR), edit(card.it, changes)


def _back(card: Ticket) -> tuple[str, str]:
    return "reopened", f"took {card.it} out of the archive"


def actor_of(action: Payload) -> str:
    return line(action, "memberCreator.fullName", "memberCreator.username")


def filled(template: str, action: Payload, it: str) -> str:
    who, by = line(action, "member.fullName", "member.username"), line(action, "memberCreator.id")
    itself = by and line(action, "data.idMember", "data.idMemberAdded") == by
    return template.format(
        it=it,
        who="themselves" if itself else who or "somebody",
        label=line(action, "data.label.name", "data.label.color") or "without a name",
        file=line(action, "data.attachment.name") or "a file",
        list=line(action, "data.checklist.name"),
        item=line(action, "data.checkItem.name") or "an item",
        ticked=TICKED.get(line(action, "data.checkItem.state"), "changed"),
        column=line(action, "data.list.name"),
    )


VERBS = ("updated", "closed", "reopened", "reordered", *(verb for verb, _ in CARDS.values() if verb))
KINDS = frozenset(kind_of(verb) for verb in VERBS) | {"comment.updated"}
