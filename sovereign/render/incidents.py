"""How incidents look: the head message with its button, and the lists that commands answer with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.alerts import LEFT_OUT
from sovereign.domain.conversations import Conversation
from sovereign.domain.events import Severity
from sovereign.domain.flapping import flaps
from sovereign.domain.incidents import Incident, State
from sovereign.domain.joining import BEGAN
from sovereign.render.cards import FIELD_VALUE, buttons, card
from sovereign.render.reasons import details_button, summary
from sovereign.render.text import duration, link, moment, one_line, paragraph, plain_line
from sovereign.render.tones import Tone
from sovereign.services.incidents import Details
from sovereign.store.conversations import Stored

TONES = {State.OPEN: Tone.FAILING, State.ACKNOWLEDGED: Tone.RUNNING, State.RESOLVED: Tone.OK}
ACKNOWLEDGE = r"sov:ack:(?P<incident>[0-9]{1,18})"
"""Pattern of the Acknowledge button's custom_id."""


def head(
    facts: Conversation, incident: Mapping[str, object], ref: str
) -> tuple[discord.Embed, discord.ui.View | None]:
    """The card of an incident; a resolved one has lost its button and says how long it took."""
    state = State(cast(str, incident["state"]))
    opened = from_micros(cast(int, incident["opened_at"]))
    alone = incident["total"] == 1  # what is true of one alert is not true of a group
    embed = card(
        tone=tone(state, facts.severity),
        title=_title(facts, state, incident, opened),
        url=facts.url,
        body=(_state(state, incident, opened), _flapping(incident), paragraph(facts.text, 500, lines=3)),
        fields=(
            ("Severity", str(incident["severity"])),
            ("Alerts", _alerts_of(incident, facts.left_out)),
            ("Service", one_line(_place(facts.service, facts.environment), FIELD_VALUE)),
            ("Changed lately", _changed(incident.get("changed"))),
            *_joined_by(facts),
            *(
                (name, one_line(value, FIELD_VALUE))
                for name, value in facts.fields
                if (alone and name != LEFT_OUT) or name == "Runbook"
            ),
        ),
        footer=(
            ", ".join(facts.sources) or facts.source,
            f"incident {incident['id']}",
            facts.environment,
            ref,
        ),
        at=opened,
    )
    under = [acknowledge_button(cast(int, incident["id"]))] if state is State.OPEN else []
    if facts.joined_by and state is not State.RESOLVED:  # who joined what is the question then
        under.append(details_button())
    return embed, buttons(*under)


def _changed(given: object) -> str:
    """Deployments of the two hours before, a line each, as many as fit whole."""
    shown = ""
    for each in cast("Sequence[Mapping[str, object]]", given or ()):
        title = link(one_line(str(each["title"]), 70), cast("str | None", each.get("url")))
        longer = f"{shown}\n{moment(from_micros(cast(int, each['at'])), 't')} {title}".strip()
        shown = longer if len(longer) <= FIELD_VALUE else shown
    return shown


def acknowledge_button(incident_id: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label="Acknowledge", style=discord.ButtonStyle.primary, custom_id=f"sov:ack:{incident_id}"
    )


def details(found: Details, link: str | None) -> discord.Embed:
    """One incident with the last entries of its timeline, and what joined its alerts where anything did."""
    incident, tally = found.incident, found.tally
    joined = summary([one for one in found.reasons if one.why != BEGAN])
    rows = [joined] if joined else []
    rows += [
        f"{moment(entry.at, 't')} {one_line(entry.text, 120)}"
        f"{f' ({one_line(entry.actor, 32)})' if entry.actor else ''}"
        for entry in found.timeline
    ]
    over = incident.state is State.RESOLVED
    name = f"{found.conversation.facts.subject} resolved" if over else incident.title
    return card(
        tone=tone(incident.state, incident.severity),
        title=f"Incident {incident.id}: {name}",
        url=link,
        body=rows,
        fields=(
            ("State", f"{incident.state.capitalize()}{_took(incident)}"),
            ("Severity", incident.severity.capitalize()),
            (
                "Alerts",
                _alerts(
                    tally.firing,
                    tally.total,
                    found.kinds.first,
                    found.kinds.different,
                    found.conversation.facts.left_out,
                ),
            ),
            ("Opened", moment(incident.opened_at, "f")),
            ("Acknowledged by", one_line(incident.acknowledged_name or "", 64)),
            ("Service", one_line(_place(incident.service, incident.environment), 64)),
        ),
        footer=(f"incident {incident.id}", incident.environment),
    )


def tone(state: State, severity: Severity) -> Tone:
    """Red for what is bad and nobody has; amber where it is less bad; blue once somebody works on it."""
    if state is State.OPEN and severity.rank < Severity.HIGH.rank:
        return Tone.WARNING
    return TONES[state]


def _joined_by(facts: Conversation) -> list[tuple[str, str]]:
    return [("Joined by", one_line(", ".join(facts.joined_by), FIELD_VALUE))] if facts.joined_by else []


def _place(service: str | None, environment: str | None) -> str:
    return " in ".join(filter(None, (service, environment)))


def _title(facts: Conversation, state: State, incident: Mapping[str, object], opened: datetime) -> str:
    if state is State.RESOLVED:
        return f"{facts.subject} resolved after {duration(_ended(incident, opened) - opened)}"
    return facts.title


def _state(state: State, incident: Mapping[str, object], opened: datetime) -> str:
    since = f"since {moment(opened)}"
    if state is State.OPEN:
        return f"**Firing** {since} · nobody has it yet"
    if state is State.ACKNOWLEDGED:
        at = from_micros(cast(int, incident["acknowledged_at"]))
        name = one_line(cast(str, incident["acknowledged_name"]), 64)
        return f"**Acknowledged** by {name} {moment(at)} · firing {since}"
    ended = _ended(incident, opened)
    return f"**Resolved** {moment(ended)} · lasted {duration(ended - opened)}"


def _flapping(incident: Mapping[str, object]) -> str:
    reopened = cast(int, incident.get("reopened") or 0)
    return f"**Flapping**: began again {reopened} times in 30 minutes" if flaps(reopened) else ""


def _ended(incident: Mapping[str, object], opened: datetime) -> datetime:
    ended = incident["resolved_at"]
    return from_micros(cast(int, ended)) if ended is not None else opened


def _took(incident: Incident) -> str:
    return f" after {duration(incident.duration)}" if incident.duration else ""


def _alerts_of(incident: Mapping[str, object], left_out: str) -> str:
    kinds = cast("Sequence[tuple[str, int]]", incident.get("kinds") or ())
    different = cast(int, incident.get("different") or 0)
    return _alerts(cast(int, incident["firing"]), cast(int, incident["total"]), kinds, different, left_out)


def _alerts(firing: int, total: int, kinds: Sequence[tuple[str, int]], different: int, left_out: str) -> str:
    """How many, and of which names where there are several: the title has but one of them."""
    unheard = f", {one_line(left_out, 30)} left out by the sender" if left_out else ""
    count = f"{_count(firing, total)}{unheard}"
    if different < 2:
        return count
    named = [f"{one_line(name, 60)} ({many})" if many > 1 else one_line(name, 60) for name, many in kinds]
    while len(", ".join(named)) > FIELD_VALUE - 110:
        named.pop()
    more = f" and {different - len(named)} more" if different > len(named) else ""
    return f"{count}\n{', '.join(named)}{more}"


def _count(firing: int, total: int) -> str:
    if firing == 0:
        return f"{total} resolved"
    return f"{firing} firing" if firing == total else f"{firing} of {total} firing"


def acknowledged(incident: Incident) -> discord.Embed:
    """What the person who pressed sees alone; everybody else sees the head message and the thread."""
    return card(
        tone=Tone.WARNING,
        title=f"Incident {incident.id} is yours: {incident.title}",
        body=("The message and its thread now say so. It closes when its alerts are resolved.",),
    )


def choice(incident: Incident) -> str:
    """A line of a completion list; Discord allows 100 characters."""
    return plain_line(f"{incident.id} · {incident.state} · {incident.title}", 100)


def jump_link(guild_id: int | None, stored: Stored) -> str | None:
    """The address of the incident's message, once it stands."""
    if stored.message_id is None:
        return None
    return f"https://discord.com/channels/{guild_id}/{stored.channel_id}/{stored.message_id}"
