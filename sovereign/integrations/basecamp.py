"""
Basecamp: to-dos and cards, messages, documents, questions, and the comments on all of them.

Basecamp signs nothing: the secret comes as `?token=` of the address. What the mapping rests on are bodies of
version 3; the kinds of newer tools are told by their names.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._tickets import Ticket, by_fields, picture, spoken, wording
from sovereign.integrations._verify import static_secret

VERBS: Mapping[str, tuple[str, str]] = {
    "uncompleted": ("reopened", "reopened"),
    "completed": ("closed", "completed"),
    "assignment_changed": ("assigned", "changed who is assigned to"),
    "due_on_changed": ("updated", "changed when {} is due"),
    "content_changed": ("updated", "edited"),
    "description_changed": ("updated", "edited"),
    "title_changed": ("updated", "renamed"),
    "subject_changed": ("updated", "renamed"),
    "name_changed": ("updated", "renamed"),
    "unarchived": ("reopened", "took {} out of the archive"),
    "untrashed": ("reopened", "took {} out of the trash"),
    "archived": ("closed", "archived"),
    "trashed": ("deleted", "put {} into the trash"),
    "created": ("created", "created"),
    "copied": ("created", "copied"),
    "inserted": ("created", "added"),
    "moved": ("updated", "moved"),
    "activated": ("created", "published"),
}
"""How a kind ends → verb of ours, and what was done; the first that fits."""
TICKETS = frozenset({"todo", "kanban_card", "card"})
DISCUSSIONS = frozenset({"message", "question", "question_answer", "inbox_forward", "client_correspondence"})
DISCUSSED = {"created": "created", "deleted": "closed", "closed": "closed"}
STATUS = {"created": Status.OPEN, "reopened": Status.OPEN, "closed": Status.CLOSED, "deleted": Status.CLOSED}
COMMENTABLE = ("Todo", "Kanban::Card")
CALLED = {"todo": "to-do", "todolist": "to-do list", "kanban card": "card"}
_BREAK = re.compile(r"<(?:br|/div|/p|/li|/pre|/h[1-6])\b[^<>]{0,2000}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    kind, found = payload.at("kind").text(), payload.at("recording")
    end = next((end for end in VERBS if kind.endswith(f"_{end}")), "")
    noun = kind.removesuffix(f"_{end}") if end else kind
    verb, template = VERBS.get(end, ("updated", "changed"))
    if noun == "comment":
        event = _comment(payload, found, verb)
    else:
        thing = _thing(found, spoken(noun))
        did = template.replace("{}", thing.it) if "{}" in template else f"{template} {thing.it}"
        event = _told(payload, found, noun, thing, (verb, did))
    return [
        replace(event, avatar=picture(payload, "creator.avatar_url"), occurred_at=when(payload, "created_at"))
    ]


def _thing(found: Payload, called: str) -> Ticket:
    return Ticket(
        source="basecamp",
        id=found.at("id").scalar(),
        called=f"the {CALLED.get(called, called)}",
        subject=line(found, "title") or called or "something",
        place=line(found, "bucket.name"),
        name=line(found, "title"),
        url=link(found, "app_url"),
    )


def _told(payload: Payload, found: Payload, noun: str, thing: Ticket, done: tuple[str, str]) -> Event:
    verb, did = done
    actor, text = line(payload, "creator.name"), _plain(wording(found, "content", "description"))
    if noun in TICKETS:
        event = thing.event(verb, did, actor)
        return replace(event, status=STATUS.get(verb, Status.INFO), text=text if text != thing.name else "")
    if noun in DISCUSSIONS:
        event = thing.event(DISCUSSED.get(verb, "updated"), did, actor, "discussion")
    elif noun in ("document", "google_document", "cloud_file", "upload"):
        event = thing.event("changed", did, actor, "document")
    else:
        event = thing.event("changed", did, actor, "project")
    return replace(event, text=text)


def _comment(payload: Payload, found: Payload, verb: str) -> Event:
    """It belongs to the thread of what it is on."""
    parent, actor = found.at("parent"), line(payload, "creator.name")
    about = _thing(parent, spoken(line(parent, "type").rpartition("::")[2]))
    about = replace(about, place=line(found, "bucket.name"), url=link(found, "app_url") or about.url)
    if verb != "created":
        did = "deleted" if verb == "deleted" else "changed"
        return about.event("updated", f"{did} a comment on {about.it}", actor, "comment")
    noun = "ticket" if line(parent, "type") in COMMENTABLE else "discussion"
    event = about.event("commented", f"commented on {about.it}", actor, noun)
    return replace(event, text=_plain(wording(found, "content")))


def _plain(text: str) -> str:
    """The words of a piece of HTML; what is left of its marks is escaped where it is shown."""
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).splitlines()
    return "\n".join(filter(None, map(str.strip, lines)))


SOURCE = Source(
    slug="basecamp",
    title="Basecamp",
    docs="https://github.com/basecamp/bc3-api/blob/master/sections/webhooks.md",
    home="kanban-updates",
    secret="env://BASECAMP_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(f"ticket.{verb}" for verb in {verb for verb, _ in VERBS.values()} | {"commented"})
    | {f"discussion.{verb}" for verb in ("created", "updated", "closed", "commented")}
    | {"comment.updated", "document.changed", "project.changed"},
    transmission=by_fields("id", "kind"),
)
