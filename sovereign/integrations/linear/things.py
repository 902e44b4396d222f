"""Projects, initiatives and cycles, and what Linear sends of anything else."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event
from sovereign.integrations._alarms import place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown
from sovereign.integrations._tickets import spoken, titled, wording

DID = {"create": "created", "update": "changed", "remove": "deleted"}
THINGS: Mapping[str, tuple[str, str]] = {
    "Cycle": ("milestone.changed", "cycle"),
    "Project": ("project.changed", "project"),
    "ProjectUpdate": ("project.changed", "an update of project"),
    "Initiative": ("project.changed", "initiative"),
    "InitiativeUpdate": ("project.changed", "an update of initiative"),
}


def told(payload: Payload, data: Payload | None, type: str, action: str) -> Event:
    """Other kinds than those of THINGS are kept, and told only on request."""
    kind, noun = THINGS.get(type, (f"linear.{spoken(type).replace(' ', '_')}", spoken(type)))
    named = line(data, "name", "title", "project.name", "initiative.name", "number")
    actor, did = line(payload, "actor.name"), DID.get(action, action)
    said, team = f"{did} {titled(noun, named)}".strip() or "something happened", line(data, "team.name")
    return Event(
        source="linear",
        kind=kind,
        subject=named or noun or "Linear",
        name=named,
        title=" ".join((f"{actor} {said}" if actor else said[:1].upper() + said[1:]).split()) + place(team),
        text=wording(data, "body", "description"),
        url=link(payload, "url"),
        actor=actor or None,
        service=team or None,
        fields=shown({"Health": spoken(line(data, "health")), "State": line(data, "state", "status.name")}),
    )


KINDS = frozenset(kind for kind, _ in THINGS.values())
