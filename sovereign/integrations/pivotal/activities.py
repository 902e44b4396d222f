"""What one activity of Pivotal Tracker says, whichever version of its webhooks sent it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.events import Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when
from sovereign.integrations._tickets import Ticket, wording

STATES = {
    **dict.fromkeys(("unscheduled", "unstarted", "planned", "started"), Status.OPEN),
    **dict.fromkeys(("finished", "delivered", "rejected"), Status.OPEN),
    "accepted": Status.CLOSED,
}
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """
    type     `story_update`, `comment_create` and so on
    sentence what happened, as people read it there
    did      the word for it that people see: `delivered`
    state    of the story after it; empty where it did not change
    comment  what was said with it
    """

    type: str
    sentence: str
    did: str
    ticket: Ticket
    actor: str
    state: str
    before: str
    comment: str
    text: str
    at: datetime | None


def of_version_5(payload: Payload) -> Activity:
    found = next(iter(payload.list_at("primary_resources")), None)
    changes = payload.list_at("changes")
    about = [one for one in changes if line(one, "kind") in ("story", "epic")]
    said = [one for one in changes if line(one, "kind") == "comment"]
    values = about[0].get("new_values") if about else None
    kind, id = line(found, "kind") or "item", line(found, "id")
    ticket = Ticket(
        source="pivotal",
        id=f"{kind}/{id}" if id else "",
        called=f"{line(found, 'story_type') or kind} {id}".strip(),
        subject=f"#{id}" if id else kind,
        place=line(payload, "project.name") or _project(line(payload, "project.id")),
        name=line(found, "name"),
        url=link(found, "url"),
    )
    return Activity(
        type=payload.at("kind").text().removesuffix("_activity"),
        sentence=line(payload, "message"),
        did=line(payload, "highlight").rstrip(":"),
        ticket=ticket,
        actor=line(payload, "performed_by.name"),
        state=line(values, "current_state"),
        before=line(about[0], "original_values.current_state") if about else "",
        comment=wording(said[0], "new_values.text") if said else "",
        text=wording(values, "description"),
        at=when(payload, "occurred_at"),
    )


def of_version_3(payload: Payload) -> Activity:
    """XML, of before 2014: the story's name is there when it is new, and later only in the sentence."""
    found = next(iter(payload.list_at("activity", "stories")), None)
    activity = payload.at("activity")
    sentence, actor = line(activity, "description"), line(activity, "author")
    quoted = _QUOTED.search(sentence)
    type = activity.at("event_type").text()
    id, project = line(found, "id"), line(activity, "project_id")
    name = line(found, "name") or (quoted[1] if quoted and not type.startswith("note") else "")
    rest = sentence.removeprefix(actor).strip()
    said = next(iter(found.list_at("notes")), None) if found else None
    return Activity(
        type=type.replace("note_", "comment_"),
        sentence=sentence,
        did=rest.split('"')[0].strip().rstrip(":"),
        ticket=Ticket(
            source="pivotal",
            id=f"story/{id}" if id else "",
            called=f"{line(found, 'story_type') or 'story'} {id}".strip(),
            subject=f"#{id}" if id else "story",
            place=_project(project),
            name=name,
            url=f"https://www.pivotaltracker.com/story/show/{id}" if id.isdigit() else None,
        ),
        actor=actor,
        state=line(found, "current_state"),
        before="",
        comment=wording(said, "text"),
        text=wording(found, "description"),
        at=when(Payload({"at": line(activity, "occurred_at").replace("/", "-")}), "at"),
    )


def _project(number: str) -> str:
    return f"project {number}" if number else ""
