"""What is not about an issue: sprints, versions, projects and boards."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when, words
from sovereign.integrations._tickets import titled, wording

THINGS: Mapping[str, tuple[str, str]] = {
    "sprint": ("milestone.changed", "sprint"),
    "version": ("milestone.changed", "version"),
    "project": ("project.changed", "project"),
    "board": ("project.changed", "board"),
}
"""The first word of an event → the kind, and where in the body the thing is."""


def told(payload: Payload, name: str) -> Event:
    """What is not about an issue; other kinds than those of THINGS are kept, and told only on request."""
    if not name:
        raise BadPayload("$.webhookEvent", "is missing")
    noun, _, did = name.partition("_")
    kind, field = THINGS.get(noun, (f"jira.{noun}", noun))
    called = line(payload, f"{field}.name", f"{field}.displayName", f"{field}.key", f"{field}.id")
    return Event(
        source="jira",
        kind=kind,
        subject=called or words(name),
        name=called,
        title=" ".join(f"{titled(noun.capitalize(), called)} {words(did)}".split()),
        text=wording(payload, f"{field}.goal", f"{field}.description"),
        fields=shown({"State": line(payload, f"{field}.state"), "Key": line(payload, f"{field}.key")}),
        occurred_at=when(payload, "timestamp"),
    )


KINDS = frozenset(kind for kind, _ in THINGS.values())
