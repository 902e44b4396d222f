"""Any JSON, signed with `X-Sig`, or as Slack signs: read by the mapping of its endpoint, or by usual names.

A mapping gives, for each field of the event, a text in which `{a.b.0}` stands for the value at that path.
Without one, what is made for Slack is told with its attachments and blocks, and a form by its fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from sovereign.core.errors import BadPayload, ConfigError
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.domain.mentions import about_change
from sovereign.integrations._forms import read
from sovereign.integrations._greetings import challenge, event_grid, first_of
from sovereign.integrations._json import is_form
from sovereign.integrations._payload import Payload, encodable, one_line
from sovereign.integrations._severity import graded
from sovereign.integrations._source import Headers, Parse, Source, Transmission, brief, by_body
from sovereign.integrations._timed import slack
from sovereign.integrations._usual import NAMES, first, named, said
from sovereign.integrations._verify import any_of, hmac_sha256

FIELDS = (
    "kind", "subject", "name", "title", "text", "url", "actor", "service", "environment", "repo", "branch",
    "status", "severity", "occurred_at", "fingerprint", "conversation", "id",
)  # fmt: skip
"""What a mapping may name; `id` is the sender's own number of the delivery."""
WORD_LISTS = ("statuses", "severities")
"""What a mapping may hold beside: the sender's words and ours, `{down: firing, up: resolved}`."""
LABELS = "labels"
"""Likewise: labels to route by, each with its text, `{team: "{owner.team}"}`."""
MOST_LABELS = 30
UNNAMED = "generic.event"
Word = TypeVar("Word", bound=StrEnum)

_PLACE = re.compile(r"\{([^{}]+)\}")
_KIND = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")


def parse(headers: Headers, body: bytes) -> list[Event]:
    """An unmapped body: what it has under usual names."""
    payload = _read(headers, body)
    found = said(payload)
    if not found["title"]:
        found["title"] = "A message without a title"
        found["text"] = found["text"] or json.dumps(payload.raw, ensure_ascii=True)[:2000]
    elif found["text"] == found["title"]:
        found["text"] = ""
    event = _event(found, {}, {}, _labels(payload))
    return [about_change(event, first(named(payload), ("provider",))) if event.kind == UNNAMED else event]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """The sender's own number in `X-Delivery-Id`, else the body's hash, while nothing else was said of it."""
    own = headers.get("x-delivery-id")
    if own:
        return Transmission(key=f"id:{brief(own)}")
    try:
        given = named(_read(headers, body))
        subject, state = (first(given, NAMES[field]) for field in ("service", "status"))
    except BadPayload:
        return by_body(headers, body)
    return replace(by_body(headers, body), group=digest(subject)) if state else by_body(headers, body)


def configured(mapping: Mapping[str, object]) -> Source:
    """The source that a mapping describes. Raises ConfigError for a field that an event does not have."""
    unknown = [name for name in mapping if name not in (*FIELDS, *WORD_LISTS, LABELS)]
    if unknown:
        known = ", ".join((*FIELDS, *WORD_LISTS, LABELS))
        raise ConfigError(f"a mapping has no field {', '.join(unknown)}; there are {known}")
    statuses = _words(mapping, "statuses", {status.value for status in Status})
    severities = _words(mapping, "severities", {severity.value for severity in Severity})
    templates = {name: str(mapping[name]) for name in FIELDS if name in mapping}
    labels = mapping.get(LABELS, {})
    if not isinstance(labels, Mapping):
        raise ConfigError('labels of a mapping are names and texts, such as {team: "{owner.team}"}')
    labelled = {str(name): str(template) for name, template in labels.items()}

    def parse_mapped(headers: Headers, body: bytes) -> list[Event]:
        payload = _read(headers, body)
        found = {name: _fill(template, payload) for name, template in templates.items()}
        filled = {name: one_line(_fill(template, payload)) for name, template in labelled.items()}
        return [_event(found, statuses, severities, {name: text for name, text in filled.items() if text})]

    return replace(SOURCE, parse=parse_mapped, transmission=_mapped_transmission(templates, parse_mapped))


def _mapped_transmission(
    templates: Mapping[str, str], parse_mapped: Parse
) -> Callable[[Headers, bytes], Transmission]:
    def transmission_mapped(headers: Headers, body: bytes) -> Transmission:
        """By the mapped `id`; else the body's hash, while nothing else was said of the same problem."""
        try:
            payload = _read(headers, body)
            own = _fill(templates["id"], payload) if "id" in templates else ""
            problem = parse_mapped(headers, body)[0].fingerprint
        except BadPayload:
            return by_body(headers, body)
        if own:
            return Transmission(key=f"id:{brief(own)}")
        return replace(by_body(headers, body), group=problem or digest("unnamed"))

    return transmission_mapped


def _read(headers: Headers, body: bytes) -> Payload:
    """JSON, a form that holds it, or a form of its own fields."""
    holds_json = not is_form(headers, body) or body.startswith(b"payload=") or b"&payload=" in body
    return Payload.from_body(headers, body) if holds_json else read(headers, body)


def _event(
    found: Mapping[str, str],
    statuses: Mapping[str, str],
    severities: Mapping[str, str],
    labels: Mapping[str, str],
) -> Event:
    status = _word(found.get("status", ""), statuses, Status, Status.INFO, Status.UNKNOWN)
    grade = found.get("severity", "")
    severity = _word(grade, severities, Severity, Severity.INFO, graded(grade))
    kind = found.get("kind", "").lower()
    subject = one_line(found.get("subject") or found.get("service") or found.get("repo") or "") or "event"
    return Event(
        source="generic",
        kind=kind if _KIND.fullmatch(kind) else UNNAMED,
        subject=subject,
        name=found.get("name", ""),
        title=one_line(found.get("title", "")) or f"{subject} {status}",
        text=found.get("text", ""),
        status=status,
        severity=severity,
        url=found.get("url") or None,
        actor=found.get("actor") or None,
        service=found.get("service") or None,
        environment=found.get("environment") or None,
        repo=found.get("repo") or None,
        branch=one_line(found.get("branch", "")).removeprefix("refs/heads/") or None,
        labels=labels,
        occurred_at=Payload(found).maybe_time("occurred_at"),
        fingerprint=digest("generic", found["fingerprint"]) if found.get("fingerprint") else None,
        conversation=f"generic:{found['conversation']}" if found.get("conversation") else None,
        channel=found.get("channel") or None,
    )


def _words(mapping: Mapping[str, object], name: str, ours: set[str]) -> dict[str, str]:
    given = mapping.get(name, {})
    if not isinstance(given, Mapping):
        raise ConfigError(f"{name} of a mapping is the sender's words and ours, such as {{down: firing}}")
    words = {str(theirs).lower(): str(our) for theirs, our in given.items()}
    if strange := sorted(set(words.values()) - ours):
        raise ConfigError(f"{', '.join(strange)} is none of our words; there are {', '.join(sorted(ours))}")
    return words


def _word(given: str, words: Mapping[str, str], ours: type[Word], absent: Word, strange: Word) -> Word:
    """The sender's word as ours: by the mapping, or because it is ours already."""
    word = words.get(given.lower(), given.lower())
    known = ours(word) if word in {one.value for one in ours} else strange
    return known if given else absent


def _labels(payload: Payload) -> dict[str, str]:
    """Those of a body that has them as names and values, or as names alone."""
    found = payload.get(LABELS)
    if found is None or not isinstance(found.raw, dict | list):
        return {}
    pairs = found.raw.items() if isinstance(found.raw, dict) else [(name, "") for name in found.raw]
    short = [(name, value) for name, value in pairs if isinstance(name, str) and _is_short(value)]
    return {
        encodable(one_line(name)): one_line(Payload(value).scalar()) for name, value in short[:MOST_LABELS]
    }


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float)


def _fill(template: str, payload: Payload) -> str:
    """The template with the values of the body; what is missing is empty."""

    def value(match: re.Match[str]) -> str:
        node = payload.raw
        for step in match[1].split("."):
            if isinstance(node, dict):
                node = node.get(step)
            elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
                node = node[int(step)]
            else:
                return ""
        if isinstance(node, dict | list):
            return json.dumps(node)
        return "" if node is None else Payload(node).scalar()

    return _PLACE.sub(value, template).strip()


SOURCE = Source(
    slug="generic",
    title="Generic JSON",
    docs="https://www.rfc-editor.org/rfc/rfc2104",
    home="cluster-status",
    secret="env://EVENT_HMAC_KEY",
    scheme=any_of(hmac_sha256("x-sig", optional_prefix="sha256="), slack()),
    parse=parse,
    kinds=frozenset({UNNAMED, "change.commented"}),
    open_kinds=True,
    transmission=transmission,
    delivery_header="x-delivery-id",
    configured=configured,
    greet=first_of(challenge, event_grid),
)
