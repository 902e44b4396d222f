"""What hangs on a story: tasks, comments, pull requests, and the like."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link
from sovereign.integrations._tickets import Ticket, spoken, titled, wording

Named = Mapping[tuple[str, str], Payload]
"""What the body tells of a thing, by its type and id."""

DONE = {"create": "added {} to", "delete": "removed {} from", "update": "changed {} of"}


def ticket_of(found: Payload, named: Named) -> Ticket:
    type, id, url = line(found, "entity_type"), line(found, "id"), link(found, "app_url")
    if not id:
        raise BadPayload("$.actions.id", "is missing")
    project = named.get(("project", line(found, "project_id")))
    return Ticket(
        source="shortcut",
        id=f"{type}/{id}",
        called=f"{line(found, 'story_type') or type} {id}",
        subject=f"{type} {id}",
        place=line(project, "name") or _workspace(url or ""),
        name=line(found, "name"),
        url=url,
    )


def told(part: Payload, named: Named) -> Event:
    """A part whose story is not among what was changed, but among what the body refers to."""
    epic = line(part, "epic_id")
    key = ("epic", epic) if epic else ("story", line(part, "story_id"))
    if key not in named:
        return _alone(part)
    ticket = ticket_of(named[key], named)
    if is_comment(part):
        return commented(part, ticket)
    return ticket.event("annotated", f"{about(part)} {ticket.it}")


def is_comment(part: Payload) -> bool:
    return line(part, "entity_type").endswith("-comment")


def commented(part: Payload, ticket: Ticket) -> Event:
    if line(part, "action") != "create":
        did = "deleted" if line(part, "action") == "delete" else "edited"
        return ticket.event("updated", f"{did} a comment on {ticket.it}", noun="comment")
    event = ticket.event("commented", f"commented on {ticket.it}")
    return replace(event, text=wording(part, "text"), url=link(part, "app_url") or event.url)


def about(part: Payload) -> str:
    """`completed the task “Write it down” of`."""
    type, name = line(part, "entity_type"), line(part, "description", "name", "title")
    if type == "pull-request":
        return f"linked pull request #{line(part, 'number') or line(part, 'id')} with"
    noun = spoken(type.removeprefix("story-"))
    called = f"the {noun} “{name}”" if name else f"a {noun}"
    complete = line(part, "changes.complete.new")
    if complete:
        return f"{'completed' if complete == 'true' else 'reopened'} {called} of"
    return DONE.get(line(part, "action"), DONE["update"]).format(called)


def _alone(part: Payload) -> Event:
    """Labels, iterations and whatever else is changed by itself."""
    type, name = spoken(line(part, "entity_type")), line(part, "name", "title", "description", "id")
    did = {"create": "created", "delete": "deleted"}.get(line(part, "action"), "changed")
    return Event(
        source="shortcut",
        kind="project.changed",
        subject=name or type or "part",
        title=" ".join(f"{did.capitalize()} {titled(type, name)}".split()),
        url=link(part, "app_url", "url"),
    )


def _workspace(url: str) -> str:
    """`acme` of `https://app.shortcut.com/acme/story/7`."""
    segments = url.split("/")
    return segments[3] if len(segments) > 4 else ""


KINDS = frozenset({"ticket.annotated", "ticket.commented", "comment.updated", "project.changed"})
