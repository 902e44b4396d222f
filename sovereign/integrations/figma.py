"""
Figma: files that change, get versions and comments, are published as libraries or marked as ready.

Figma signs nothing: the webhook's passcode stands in the body, and is taken out before anything is kept; it
expects 400 for a wrong one. The mapping rests on Figma's reference of webhook events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import Event
from sovereign.integrations._inside import passcode_in_body, without
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import count, line, shown, when, words
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._tickets import listed, picture, wording

PASSCODE = "passcode"
EVENTS: Mapping[str, tuple[str, str]] = {
    "PING": ("ping.received", "tried the webhook"),
    "FILE_UPDATE": ("design.updated", "changed {file}"),
    "FILE_DELETE": ("design.deleted", "deleted {file}"),
    "FILE_VERSION_UPDATE": ("design.versioned", "saved the version {label} of {file}"),
    "FILE_COMMENT": ("design.commented", "commented on {file}"),
    "LIBRARY_PUBLISH": ("design.published", "published the library {file}"),
    "DEV_MODE_STATUS_UPDATE": ("design.marked", "marked a layer of {file} as {mark}"),
}
MARKS = {
    "READY_FOR_DEV": "ready for development",
    "COMPLETED": "completed",
    "NONE": "neither ready nor completed",
}
PUBLISHED = ("components", "component sets", "styles", "variables")
COUNTED = {"Created": "created", "Changed": "modified", "Deleted": "deleted"}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type = payload.at("event_type").text()
    kind, says = EVENTS.get(type, ("figma.event", "did “{did}” with {file}"))
    file, key, actor = (
        line(payload, "file_name"),
        line(payload, "file_key"),
        line(payload, "triggered_by.handle"),
    )
    status = line(payload, "status")
    did = says.format(
        file=file or "a file",
        label=f"“{label}”" if (label := line(payload, "label")) else "without a name",
        mark=MARKS.get(status, words(status).lower() or "something"),
        did=words(type).lower(),
    )
    event = Event(
        source="figma",
        kind=kind,
        subject=file or key or "Figma",
        name=file,
        title=one_line(f"{actor} {did}" if actor else did[:1].upper() + did[1:]),
        text=_text(payload),
        url=f"https://www.figma.com/file/{key}" if key.isalnum() else None,
        actor=actor or None,
        avatar=picture(payload, "triggered_by.img_url"),
        fields=_fields(payload),
        occurred_at=when(payload, "timestamp", "created_at"),
        conversation=f"figma:{key}" if key else None,
    )
    return [event]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Repeats differ in `retries` alone; what is published comes in several parts of one time."""
    try:
        payload = Payload.from_json(body)
        names = payload.keys()
        told = {name: payload.at(name).raw for name in names if name not in (PASSCODE, "retries")}
        named = line(payload, "timestamp") and line(payload, "webhook_id")
    except BadPayload:
        return by_body(headers, body)
    if not named:
        return by_body(headers, body)
    return Transmission(key=f"event:{digest(json.dumps(told, sort_keys=True))}")


def _text(payload: Payload) -> str:
    """A comment comes in fragments: texts, and the people that it mentions."""
    mentioned = {line(one, "id"): line(one, "handle") for one in payload.list_at("mentions")}
    said = payload.get("comment")
    if said is None or not isinstance(said.raw, list):
        return wording(payload, "comment", "change_message", "description")
    fragments = (
        line(one, "text") or f"@{mentioned.get(line(one, 'mention')) or 'somebody'}" for one in said.each()
    )
    return " ".join(fragments)


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    counts = {}
    for name, prefix in COUNTED.items():
        found = [(len(payload.list_at(f"{prefix}_{what.replace(' ', '_')}")), what) for what in PUBLISHED]
        counts[name] = listed([count(number, what[:-1], what) for number, what in found if number])
    return shown({**counts, "Layer": line(payload, "node_id"), "Label": line(payload, "label")})


SOURCE = Source(
    slug="figma",
    title="Figma",
    docs="https://developers.figma.com/docs/rest-api/webhooks-events/",
    home="design-collab",
    secret="env://FIGMA_WEBHOOK_SECRET",
    scheme=passcode_in_body(PASSCODE, refused=HTTPStatus.BAD_REQUEST),
    parse=parse,
    kinds=frozenset(kind for kind, _ in EVENTS.values()),
    transmission=transmission,
    stored=without(PASSCODE),
)
