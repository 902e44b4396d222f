"""How scaling, restarting and rolling back look: what would change, and then how far it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.cluster import Revision
from sovereign.domain.estate import Place
from sovereign.domain.operation import Kind, Operation, State, Wanted, did, doing
from sovereign.render.answers import Answer
from sovereign.render.cards import Card, buttons, card
from sovereign.render.progress import bar
from sovereign.render.text import duration, moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.services.operations.changes import Seen

DO = (
    r"sov:do:(?P<kind>scale|restart|rollback)(?P<override>!?):(?P<value>[0-9]{1,9}):(?P<generation>[0-9]{1,12}):(?P<uid>[a-z0-9]{4})"
    r":(?P<environment>[^:\s]{1,25}):(?P<service>[^\n]{1,30})"
)
"""Pattern of the custom_id of the button that does what was previewed; with `!` through a freeze."""

_TONES = {
    State.RUNNING: Tone.RUNNING,
    State.DONE: Tone.OK,
    State.FAILED: Tone.FAILING,
    State.REPLACED: Tone.MUTED,
    State.UNKNOWN: Tone.WARNING,
}


def preview(wanted: Wanted, *, override: bool = False) -> Answer:
    """From what to what, before the button; `override` goes through a freeze."""
    place = wanted.place
    embed = card(
        tone=Tone.WARNING if place.production else Tone.MUTED,
        title=f"{wanted.words}?",
        body=(
            f"from {one_line(wanted.before, 200)}",
            f"to **{one_line(wanted.after, 200)}**",
            one_line(wanted.warning, 300),
            "A freeze does not stop it." if override else "",
        ),
        footer=(f"{place.cluster}/{place.namespace}/{place.deployment}", place.environment),
    )
    button = do_button(
        wanted.kind, place.service, place.environment, wanted.value, Seen.of(wanted), override=override
    )
    if not re.fullmatch(DO, button.custom_id or ""):
        embed.add_field(
            name="No button", value="The names are too long for one: use kubectl, or shorter names."
        )
        return Answer(embed=embed)
    return Answer(embed=embed, view=buttons(button))


def begun(operation: Operation) -> Card:
    """For whoever began it; how far it is stands in the channel."""
    wanted = operation.wanted
    return card(
        tone=Tone.RUNNING,
        title=f"{doing(wanted.kind)} {wanted.place}",
        body=(
            f"to {one_line(wanted.after, 200)}",
            one_line(wanted.warning, 300),
            "How far it is stands in this channel.",
        ),
    )


def progress(facts: Mapping[str, object], at: datetime, ref: str) -> Card:
    """The message that follows it, from facts of the outbox."""
    kind, state = Kind(str(facts["kind"])), State(str(facts["state"]))
    started, ended = _moment(facts["started_at"]), _moment(facts["ended_at"])
    place = f"{facts['service']} in {facts['environment']}"
    ready, desired = cast(int, facts["ready"]), cast(int, facts["desired"])
    known = desired > 0 or state is not State.RUNNING
    why, silent = str(facts["why"]), str(facts["silent"])
    running = state is State.RUNNING
    return card(
        tone=_TONES[state],
        title=_title(kind, state, place),
        body=(
            f"from {one_line(str(facts['before']), 150)} to **{one_line(str(facts['after']), 150)}**",
            bar(ready, desired, "pods ready", full=state is State.DONE) if known else "",
            f"waits for {one_line(str(facts['waits_for']), 150)}" if running and facts["waits_for"] else "",
            one_line(why, 500) if why else "",
            one_line(silent, 200) if running and silent else "",
        ),
        fields=(
            ("By", one_line(str(facts["actor"]), 60)),
            ("Begun", moment(started) if started else ""),
            ("Took", duration(ended - started) if started and ended else ""),
        ),
        footer=(str(facts["environment"]), ref),
        at=at,
    )


def revision_choice(revision: Revision, place: Place) -> str:
    """A line of a completion list; Discord allows 100 characters."""
    when = f" · {revision.created_at:%Y-%m-%d %H:%M} UTC" if revision.created_at else ""
    image = place.image(revision.images).rpartition("/")[2]
    return plain_line(f"{revision.number} · {image}{when}", 100)


def do_button(
    kind: Kind, service: str, environment: str, value: int, seen: Seen, *, override: bool
) -> discord.ui.Button[discord.ui.View]:
    """It names its deed."""
    label = {
        Kind.SCALE: f"Scale {service} to {value}",
        Kind.RESTART: f"Restart {service}",
        Kind.ROLLBACK: f"Roll {service} back to {value}",
    }[kind]
    through = "!" if override else ""
    custom_id = f"sov:do:{kind}{through}:{value}:{seen.generation}:{seen.uid}:{environment}:{service}"
    return discord.ui.Button(
        label=plain_line(label, 80), style=discord.ButtonStyle.danger, custom_id=custom_id[:100]
    )


def _title(kind: Kind, state: State, place: str) -> str:
    match state:
        case State.RUNNING:
            return f"{doing(kind)} {place}"
        case State.DONE:
            return f"{did(kind)} {place}"
        case State.FAILED:
            return f"{doing(kind)} {place} failed"
        case State.REPLACED:
            return f"{doing(kind)} {place} was overtaken"
        case State.UNKNOWN:
            return f"{doing(kind)} {place} is not done"


def _moment(given: object) -> datetime | None:
    return from_micros(given) if isinstance(given, int) else None
