"""
Taiga: epics, user stories, tasks and issues from creation to closing, sprints and wiki pages.

Taiga signs with the hexadecimal HMAC-SHA1 of the body in `X-TAIGA-WEBHOOK-SIGNATURE`. Old versions say
neither who did it nor when.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._named import site
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._tickets import Ticket, by_fields, picture, titled, wording
from sovereign.integrations._verify import any_of, hmac_sha1, static_secret
from sovereign.integrations.taiga.changes import changes_of, did_to, turn

NOUNS = {"userstory": "user story", "task": "task", "issue": "issue", "epic": "epic"}
OTHERS = {"milestone": ("milestone.changed", "sprint"), "wikipage": ("wiki.updated", "wiki page")}
DID = {"create": "created", "change": "changed", "delete": "deleted"}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type, data = payload.at("type").text(), payload.at("data")
    if type in NOUNS:
        event = _of_ticket(payload, type, data)
    elif type == "relateduserstory":
        event = _of_relation(payload, data)
    else:
        event = _of_other(payload, type, data)
    return [replace(event, avatar=picture(payload, "by.photo"), occurred_at=when(payload, "date"))]


def _of_ticket(payload: Payload, type: str, data: Payload) -> Event:
    action, change = line(payload, "action"), payload.get("change")
    ticket, actor = _ticket(type, data), _actor(payload)
    changes, comment = changes_of(change), wording(change, "comment")
    if action == "change" and comment and not changes:
        return _of_comment(ticket, change, comment, actor)
    verb, did = DID.get(action, "updated"), f"{DID.get(action, words(action))} {ticket.it}"
    if action == "change":
        verb, did = turn(changes, change, ticket.status), did_to(ticket.it, change, changes)
    event = ticket.event(verb, did, actor)
    fields = {
        "Status": line(data, "status.name"),
        "Assignee": line(data, "assigned_to.full_name", "assigned_to.username"),
        "Sprint": line(data, "milestone.name"),
        "Priority": line(data, "priority.name"),
        "Due": line(data, "due_date"),
        "Comment": comment,
    }
    return replace(
        event,
        status=Status.CLOSED if verb == "deleted" else ticket.status,
        text=wording(data, "description"),
        labels=dict.fromkeys(_tags(data), ""),
        fields=shown(fields),
    )


def _ticket(type: str, data: Payload) -> Ticket:
    number, project = line(data, "ref", "id"), data.get("project")
    closed = line(data, "status.is_closed", "is_closed")
    return Ticket(
        source="taiga",
        id=f"{line(project, 'id')}#{number}",
        called=f"{NOUNS[type]} #{number}",
        subject=f"#{number}",
        place=line(project, "name"),
        name=line(data, "subject"),
        url=link(data, "permalink") or link(project, "permalink"),
        status={"true": Status.CLOSED, "false": Status.OPEN}.get(closed, Status.INFO),
    )


def _tags(data: Payload) -> list[str]:
    """Names, or since version 4 pairs of a name and a color."""
    tags = (next(tag.each(), None) if isinstance(tag.raw, list) else tag for tag in data.list_at("tags"))
    return [name for tag in tags if tag and (name := " ".join(tag.scalar().split()))]


def _of_comment(ticket: Ticket, change: Payload | None, comment: str, actor: str) -> Event:
    deleted, edited = line(change, "delete_comment_date"), line(change, "edit_comment_date")
    if deleted or edited:
        did = "deleted" if deleted else "edited"
        event = ticket.event("updated", f"{did} a comment on {ticket.it}", actor, "comment")
        return replace(event, status=Status.INFO)
    event = ticket.event("commented", f"commented on {ticket.it}", actor)
    return replace(event, status=Status.INFO, text=comment)


def _of_relation(payload: Payload, data: Payload) -> Event:
    epic, story = _ticket("epic", data.at("epic")), _ticket("userstory", data.at("user_story"))
    did = "took {} from" if line(payload, "action") == "delete" else "added {} to"
    event = epic.event("annotated", f"{did.format(story.called)} {epic.it}", _actor(payload))
    return replace(event, status=Status.INFO)


def _of_other(payload: Payload, type: str, data: Payload) -> Event:
    """Other kinds than those of OTHERS are kept, and told only on request; so is the trial of a webhook."""
    kind, noun = OTHERS.get(type, ("ping.received" if type == "test" else "taiga.changed", words(type)))
    actor, name, project = _actor(payload), line(data, "name", "slug", "subject"), line(data, "project.name")
    place = project or site(link(payload, "by.permalink"))
    did = (
        "tried the webhook"
        if type == "test"
        else f"{DID.get(line(payload, 'action'), 'changed')} {titled(noun, name)}"
    )
    said = f"{actor} {did}" if actor else did[:1].upper() + did[1:]
    ends = (line(data, "estimated_start"), line(data, "estimated_finish"))
    return Event(
        source="taiga",
        kind=kind,
        subject=name or noun or "something",
        name=name,
        title=" ".join((f"{said} in {place}" if place else said).split()),
        url=link(data, "permalink", "project.permalink"),
        actor=actor or None,
        service=project or None,
        fields=shown({"Runs": " to ".join(ends) if all(ends) else ""}),
    )


def _actor(payload: Payload) -> str:
    return line(payload, "by.full_name", "by.username")


VERBS = ("created", "updated", "assigned", "annotated", "closed", "reopened", "deleted", "commented")
SOURCE = Source(
    slug="taiga",
    title="Taiga",
    docs="https://docs.taiga.io/webhooks.html",
    home="kanban-updates",
    secret="env://TAIGA_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha1("x-taiga-webhook-signature"), static_secret()),
    parse=parse,
    kinds=frozenset({*(f"ticket.{verb}" for verb in VERBS), "comment.updated", "ping.received"})
    | {kind for kind, _ in OTHERS.values()},
    transmission=by_fields("type", "action", "data.id", "date"),
)
