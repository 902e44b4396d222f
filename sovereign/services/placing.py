"""Which conversation an event belongs to, and why: its thing's, its alert's, that of a rule, or a new one.

`foresee` and what it is made of read only: whoever explains an event asks the same as the pipeline does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sovereign.core.records import quick
from sovereign.domain import alerts as alert_rules
from sovereign.domain import correlation, joining
from sovereign.domain import incidents as rules
from sovereign.domain.alerts import Alert, heard, is_alarm
from sovereign.domain.conversations import Topic, opened_by, outgrown, topic_of
from sovereign.domain.correlation import Correlation, Weighed
from sovereign.domain.events import Event, Status
from sovereign.domain.routing import Call
from sovereign.services.gathering import News
from sovereign.store import alerts, conversations, correlations, endings, incidents
from sovereign.store.conversations import Stored
from sovereign.store.sqlite import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Where an event belongs: `into` a conversation (None: a new one), and why. `asked` are the correlation
    rules that were asked, `rule` is the one that brought it there, `over` a conversation that loses its name.
    """

    into: int | None
    why: str
    rule: str | None = None
    asked: Sequence[Weighed] = ()
    over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A conversation, and why an event is in it. `rule` is the correlation rule that brought it there."""

    stored: Stored
    why: str
    rule: str | None = None


@quick
@dataclass(frozen=True, kw_only=True)
class Belongs:
    """What is kept with the event, the channel of its conversation, and whom it calls there; the first and
    the channel are None for what belongs nowhere, and `why` says why then."""

    conversation_id: int | None
    why: str
    channel: str | None
    calls: Sequence[Call] = ()


def foresee(
    tx: Connection, event: Event, channel: str | None, at: datetime, correlate: Sequence[Correlation]
) -> Foreseen | None:
    """Where an event that comes at `at`, and is to go to that channel, would belong; None for nowhere."""
    if not is_alarm(event):
        return _of_thing(tx, event, channel)
    known = alerts.get(tx, event.fingerprint or "")
    if known is None and channel is None:
        return None  # dropped by a route, and never shown
    if is_overtaken(tx, event, known, at):
        return None
    after, _ = heard(known[0] if known else None, event, at)
    return _of_alert(tx, event, channel, known, at, correlate) if after else None


def place(
    tx: Connection,
    one: News,
    known: tuple[Alert, int] | None,
    at: datetime,
    correlate: Sequence[Correlation],
    looked_up: Mapping[int, Stored],
) -> Place | None:
    """The conversation of an alert, which may be new; None for what opens nothing. `looked_up` are
    conversations that need not be read again."""
    event, channel = one.event, one.decision.channel
    found = _of_alert(tx, event, channel, known, at, correlate)
    if found is None:
        return None
    if found.over is not None:
        conversations.retire(tx, found.over)
    if found.into is None:
        opened = conversations.add(tx, key_of(event), channel or "", opened_by(event), at)
        return Place(stored=opened, why=found.why)
    if found.rule is not None:
        conversations.name(tx, found.into, [key_of(event)], found.why)
    stored = looked_up.get(found.into) or conversations.by_id(tx, found.into)
    return Place(stored=stored, why=found.why, rule=found.rule)


def is_overtaken(tx: Connection, event: Event, known: tuple[Alert, int] | None, at: datetime) -> bool:
    """Whether a firing comes after its own end."""
    if event.status is not Status.FIRING or (known and known[0].status is Status.FIRING):
        return False
    by = endings.find(tx, event.fingerprint or "")
    return alert_rules.is_overtaken(event, known[0] if known else None, by, at)


def key_of(event: Event) -> str:
    """What the sender calls the group of the alert, or the alert itself."""
    return event.conversation or f"{event.source}:{event.fingerprint}"


def why_by(tx: Connection, name: str, key: str) -> str:
    """Why an event that asks for that name is in the conversation of that key."""
    if name == key:
        return joining.by_key(key)
    brought = conversations.reason(tx, name)
    return joining.with_its_group(brought) if brought else joining.by_alias(name, key)


def note(
    tx: Connection, event: Event, conversation_id: int, at: datetime, correlate: Sequence[Correlation]
) -> None:
    """Let the alerts that begin after this one find it."""
    for rule, traits in correlation.fitting(correlate, event, at):
        correlations.note(tx, rule, traits, conversation_id, at)


def _of_thing(tx: Connection, event: Event, channel: str | None) -> Foreseen | None:
    if not event.conversation:
        return None
    stored = conversations.find(tx, event.conversation)
    if stored is not None and not (channel and outgrown(stored.facts, event)):
        return Foreseen(into=stored.id, why=why_by(tx, event.conversation, stored.key))
    opens = channel and (stored or topic_of(event.kind) is not Topic.INCIDENT)
    return Foreseen(into=None, why=joining.BEGAN) if opens else None


def _of_alert(
    tx: Connection,
    event: Event,
    channel: str | None,
    known: tuple[Alert, int] | None,
    at: datetime,
    correlate: Sequence[Correlation],
) -> Foreseen | None:
    """While an alert fires it stays in its conversation; once it is resolved the key decides again, then the
    rules."""
    if known and (known[0].status is Status.FIRING or event.status is not Status.FIRING):
        return Foreseen(into=known[1], why=joining.SAME_ALERT)
    key = key_of(event)
    found = conversations.find(tx, key)
    over = found.id if found and _is_over(tx, found, at) else None
    if found is not None and over is None:
        return Foreseen(into=found.id, why=why_by(tx, key, found.key))
    if channel is None or event.status is not Status.FIRING:
        return None
    asked = correlation.weigh(correlate, event, at, partial(correlations.seen, tx))
    taken = asked[-1] if asked and asked[-1].conversation_id is not None else None
    if taken is None:
        return Foreseen(into=None, why=joining.BEGAN, asked=asked, over=over)
    return Foreseen(
        into=taken.conversation_id, why=joining.by_rule(taken), rule=taken.rule, asked=asked, over=over
    )


def _is_over(tx: Connection, stored: Stored, at: datetime) -> bool:
    incident = incidents.by_conversation(tx, stored.id)
    return incident is not None and rules.is_over(incident, at)
