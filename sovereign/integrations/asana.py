"""
Asana: tasks from creation to deletion, their comments, and the projects around them.

A delivery has ids and no names: whoever wants to know more follows the link. When the webhook is made, Asana
hands over the secret that it signs with, and the endpoint takes it while it is open for that. A delivery
without events is a heartbeat. The mapping rests on Asana's guide to webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._greetings import hook_secret
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when, words
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._tickets import ASSIGNEE, NAME, Change, Ticket, edit, verb_of
from sovereign.integrations._verify import hmac_sha256

FIELDS = {
    "assignee": ASSIGNEE,
    "name": NAME,
    "notes": "description",
    "due_on": "due date",
    "due_at": "due date",
}
MINOR = frozenset({"tags", "followers", "likes", "hearts", "attachments", "memberships", "dependencies"})
WHOLE = {
    "deleted": ("deleted", "deleted {it}", Status.CLOSED),
    "undeleted": ("reopened", "brought {it} back", Status.OPEN),
}
DID = {"added": "added", "removed": "removed", "deleted": "deleted", "undeleted": "brought back"}
NOTED = "note.created"
"""No kind of ticket, so that head messages take no notice of it."""
COMMENTS = frozenset({"comment_added", "comment_liked"})
COMMENT_DID: Mapping[str, str] = {"changed": "edited", "removed": "deleted", "deleted": "deleted"}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    events = payload.at("events").each() if payload.keys() else ()
    return [_told(one) for one in events]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Events have their time, so that the same bytes are the same delivery; heartbeats have nothing."""
    try:
        heartbeat = not Payload.from_json(body).list_at("events")
    except BadPayload:
        heartbeat = True
    return replace(by_body(headers, body), window=None) if not heartbeat else by_body(headers, body)


def _told(one: Payload) -> Event:
    type, parent = line(one, "resource.resource_type", "type"), one.get("parent")
    on_task = line(parent, "resource_type") == "task"
    if type == "task":
        event = _of_task(one, parent)
    elif on_task and parent is not None:
        event = _of_part(one, _task(parent), type)
    else:
        event = _of_thing(one, type)
    by = line(one, "user.gid")
    fields = shown({"By": f"user {by}" if by and not event.actor else ""})
    return replace(event, fields=(*event.fields, *fields), occurred_at=when(one, "created_at"))


def _task(found: Payload) -> Ticket:
    gid = line(found, "gid", "id")
    if not gid:
        raise BadPayload("$.events.resource.gid", "is missing")
    return Ticket(
        source="asana",
        id=gid,
        called=f"task {gid}",
        subject=f"task {gid}",
        name=line(found, "name"),
        url=f"https://app.asana.com/0/0/{gid}" if gid.isdigit() else None,
    )


def _of_task(one: Payload, parent: Payload | None) -> Event:
    task, action, actor = _task(one.at("resource")), line(one, "action"), line(one, "user.name")
    where = line(parent, "resource_type")
    place = f"{words(where)} {line(parent, 'name', 'gid')}" if where else ""
    if action in WHOLE:
        verb, did, status = WHOLE[action]
        return replace(task.event(verb, did.format(it=task.it), actor), status=status)
    if action == "added":
        verb = "created" if where in ("project", "workspace", "") else "annotated"
        event = task.event(verb, f"added {task.called} to {place}" if place else f"added {task.it}", actor)
        return replace(event, service=place if where == "project" else None)
    if action == "removed":
        return task.event(
            "annotated", f"removed {task.called} from {place}" if place else f"removed {task.it}", actor
        )
    field = line(one, "change.field")
    if field == "completed":  # the body does not say to what
        return task.event("updated", f"changed whether {task.it} is completed", actor)
    changes = [Change(field=FIELDS.get(field) or words(field))] if field else []
    return task.event(verb_of(changes, MINOR), edit(task.it, changes), actor)


def _of_part(one: Payload, task: Ticket, type: str) -> Event:
    """A story is a comment, or a line that Asana writes about a change which comes as an event too."""
    action, actor = line(one, "action"), line(one, "user.name")
    if type == "story" and line(one, "resource.resource_subtype") in COMMENTS:
        if action != "added":
            did = COMMENT_DID.get(action, "changed")
            return task.event("updated", f"{did} a comment on {task.it}", actor, "comment")
        return task.event("commented", f"commented on {task.it}", actor)
    noun = words(type) or "part"
    did = f"{DID.get(action, 'changed')} {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    event = task.event("annotated", f"{did} of {task.it}", actor)
    return replace(event, kind=NOTED) if type == "story" else event


def _of_thing(one: Payload, type: str) -> Event:
    noun, gid, actor = (
        words(type) or "thing",
        line(one, "resource.gid", "resource.name"),
        line(one, "user.name"),
    )
    did = " ".join(f"{DID.get(line(one, 'action'), 'changed')} {noun} {gid}".split())
    return Event(
        source="asana",
        kind="project.changed",
        subject=f"{noun} {gid}",
        name=line(one, "resource.name"),
        title=f"{actor} {did}" if actor else did[:1].upper() + did[1:],
        actor=actor or None,
        fields=shown({"Field": words(line(one, "change.field"))}),
    )


VERBS = ("created", "updated", "assigned", "annotated", "deleted", "reopened", "commented")
SOURCE = Source(
    slug="asana",
    title="Asana",
    docs="https://developers.asana.com/docs/webhooks-guide",
    home="kanban-updates",
    secret="env://ASANA_WEBHOOK_SECRET",
    scheme=hmac_sha256("x-hook-signature"),
    parse=parse,
    kinds=frozenset(f"ticket.{verb}" for verb in VERBS) | {"comment.updated", "project.changed", NOTED},
    quiet=frozenset({NOTED}),
    transmission=transmission,
    greet=hook_secret,
)
