"""Alert events become incidents: the alerts' states, the incident, its message, thread and timeline.

The alerts of one delivery are taken in together: a group of thousands changes one incident once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain import flapping, joining
from sovereign.domain import incidents as rules
from sovereign.domain.alerts import Change, ending, heard, left_out
from sovereign.domain.correlation import Correlation
from sovereign.domain.events import Severity, Status
from sovereign.domain.incidents import Incident, Tally, Turn
from sovereign.domain.routing import Call, calls_for_help, calls_of
from sovereign.services import announce, sentences
from sovereign.services.gathering import News
from sovereign.services.placing import Belongs, is_overtaken, note, place
from sovereign.services.sentences import FEW, Changed
from sovereign.services.speaking import named, spoken_for, widened
from sovereign.store import alerts, conversations, endings, incidents
from sovereign.store.conversations import Stored
from sovereign.store.incidents import Moment
from sovereign.store.sqlite import Connection

BEGINNINGS = frozenset({Change.FIRED, Change.REFIRED, Change.RESTARTED})
"""Changes after which other alerts may join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Whom a bad enough alert calls."""

    role: str
    mention_from: Severity


@dataclass(slots=True)
class _Places:
    """The conversations of one delivery, each looked up once, and what changed in them."""

    stored: dict[int, Stored] = field(default_factory=dict)
    changed: dict[int, list[Changed]] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)

    def keep(self, stored: Stored) -> Stored:
        return self.stored.setdefault(stored.id, stored)


def hear(
    tx: Connection,
    told: Sequence[News],
    at: datetime,
    calling: Calling,
    correlate: Sequence[Correlation] = (),
) -> Mapping[str, Belongs]:
    """Take in the alert events of a delivery that came at `at`; where each event id belongs, if anywhere."""
    places = _Places()
    belongs: dict[str, Belongs] = {}
    for one in told:
        taken = _take(tx, one, at, places, correlate)
        if taken is not None:
            belongs[one.event_id] = taken
    for conversation_id, unheard in places.left_out.items():
        stored, changed = places.stored[conversation_id], places.changed.get(conversation_id)
        said = unheard or (stored.facts.left_out if stored.facts.joined_by else "")  # by another group
        if changed:
            lead, calls = _tell(tx, stored, changed, at, calling, said)
            belongs[lead] = replace(belongs[lead], calls=calls)
        elif said != stored.facts.left_out:
            _correct(tx, stored, at, said)
    return belongs


def _take(
    tx: Connection, one: News, at: datetime, places: _Places, correlate: Sequence[Correlation]
) -> Belongs | None:
    known = alerts.get(tx, one.event.fingerprint or "")
    if known is None and one.decision.channel is None:
        return None  # dropped by a route, and never shown
    before = known[0] if known else None
    if is_overtaken(tx, one.event, known, at):
        return Belongs(conversation_id=None, why=joining.OVERTAKEN, channel=None)
    if early := ending(before, one.event, at):
        endings.note(tx, early)
    after, change = heard(before, one.event, at)
    if after is None:
        return Belongs(conversation_id=None, why=joining.NEVER_FIRED, channel=None)
    placed = place(tx, one, known, at, correlate, places.stored)
    if placed is None:
        return None
    stored = places.keep(placed.stored)
    alerts.save(tx, after, stored.id)
    places.left_out[stored.id] = left_out(one.event)
    if change in BEGINNINGS:
        note(tx, one.event, stored.id, at, correlate)
    if change is not Change.REPEATED:
        changed = Changed(heard=one, alert=after, change=change, rule=placed.rule)
        places.changed.setdefault(stored.id, []).append(changed)
    return Belongs(conversation_id=stored.id, why=placed.why, channel=stored.channel)


def _correct(tx: Connection, stored: Stored, at: datetime, left_out: str) -> None:
    """Let the message say how many the sender leaves out now, where nothing else has changed."""
    incident = incidents.by_conversation(tx, stored.id)
    if incident is None or stored.head_id is None:
        return
    facts = replace(stored.facts, left_out=left_out)
    conversations.save(tx, stored.id, facts, at)
    shown = (incident, alerts.tally(tx, stored.id))
    announce.head(tx, replace(stored, facts=facts), at, incident=shown)


def _tell(
    tx: Connection,
    stored: Stored,
    changed: Sequence[Changed],
    at: datetime,
    calling: Calling,
    left_out: str,
) -> tuple[str, Sequence[Call]]:
    """One change of the incident for all that a delivery changed, the worst firing alert speaking for it: the
    id of its event, and whom the change calls."""
    lead = max(changed, key=lambda one: (one.alert.status is Status.FIRING, one.alert.severity.rank))
    tally = alerts.tally(tx, stored.id)
    moments = [one.moment for one in changed]
    moment = min(moments) if tally.firing else max(moments)
    restarted = any(one.change is Change.RESTARTED for one in changed)
    before = incidents.by_conversation(tx, stored.id)
    after, turn = rules.follow(before, tally, lead.heard.event, stored.id, moment, restarted=restarted)
    speaker = (alerts.speaker(tx, stored.id) if tally.total > 1 else None) or lead.alert
    incident = incidents.save(tx, named(after, speaker))
    texts = _texts(tx, changed, lead, turn, tally, stored.id)
    if left_out and left_out != stored.facts.left_out:
        (one, text), *rest = texts
        texts = [(one, f"{text}, {left_out} left out by the sender"), *rest]
    _remember(tx, incident, texts, turn, at)
    reopened = incidents.reopened(tx, incident.id, at - flapping.WINDOW)
    calls = _calls(lead.heard, turn, calling, changed)
    called = incidents.called(tx, incident.id) if turn is Turn.REOPENED else None
    if not flapping.calls_again(turn, incident.severity, reopened, called, at):
        calls = ()
    mention = tuple(one.role for one in calls)
    stored = spoken_for(widened(stored, changed), speaker, tally)
    stored = replace(stored, facts=replace(stored.facts, left_out=left_out if tally.firing else ""))
    news = replace(lead.heard, count=_count(changed), mention=mention)
    stored, told = _show(tx, stored, news, incident, tally, at, mention)
    later = mention if stored.head_id is not None else ()  # a new head message calls itself
    flaps = turn is Turn.REOPENED and flapping.flaps(reopened)
    more = f": it flaps, {reopened} times in 30 minutes" if flaps else ""
    said = _say(tx, stored, texts, at, more=more, mention=later, count=_count(changed))
    if mention and (said if later else told):
        incidents.set_called(tx, incident, at)
    return lead.heard.event_id, calls


def _say(
    tx: Connection,
    stored: Stored,
    texts: Sequence[tuple[Changed, str]],
    at: datetime,
    *,
    more: str,
    mention: tuple[str, ...],
    count: int,
) -> bool:
    """The lines in the thread; the first says `more`, and calls. What calls somebody is always said: whether
    it was, and not gathered."""
    told = False
    for number, (one, text) in enumerate(texts):
        called = mention if number == 0 else ()
        if not (one.heard.decision.thread or called):
            continue
        said = announce.line(
            tx,
            stored,
            one.heard.event_id,
            text + more if number == 0 else text,
            _moment(one, at),
            url=one.heard.event.url if count == 1 else stored.facts.url,
            quote=one.heard.event.text if one.change in (Change.FIRED, Change.REFIRED) else "",
            mention=called,
            replayed=one.heard.decision.replayed,
            news=replace(one.heard, count=count, mention=called),
        )
        told = told or (said and bool(called))
    return told


def _texts(
    tx: Connection,
    changed: Sequence[Changed],
    lead: Changed,
    turn: Turn,
    tally: Tally,
    conversation_id: int,
) -> Sequence[tuple[Changed, str]]:
    """What is said of each change; of many it is said together."""
    if len(changed) > FEW:
        firing = alerts.firing(tx, conversation_id, FEW)
        return [(lead, sentences.summary(changed, tally, firing))]
    return [(one, sentences.sentence(one, turn, tally)) for one in changed]


def _moment(one: Changed, at: datetime) -> datetime:
    return at if one.change is Change.WORSENED else one.moment


def _remember(
    tx: Connection, incident: Incident, texts: Sequence[tuple[Changed, str]], turn: Turn, at: datetime
) -> None:
    """Into the timeline; the first entry says so where the incident begins again."""
    for number, (one, text) in enumerate(texts):
        again = number == 0 and turn is Turn.REOPENED
        kind = incidents.REOPENED if again else one.change
        incidents.add_moment(tx, incident.id, Moment(at=_moment(one, at), kind=kind, actor=None, text=text))


def _show(
    tx: Connection,
    stored: Stored,
    news: News,
    incident: Incident,
    tally: Tally,
    at: datetime,
    mention: tuple[str, ...],
) -> tuple[Stored, bool]:
    """The conversation as it is shown now, and whether the message tells of it."""
    status = Status.FIRING if tally.firing else Status.RESOLVED
    facts = replace(stored.facts, status=status, severity=incident.severity)
    conversations.save(tx, stored.id, facts, at)
    stored = replace(stored, facts=facts)
    told = announce.head(tx, stored, at, incident=(incident, tally), mention=mention, news=news)
    return stored, told


def _count(changed: Sequence[Changed]) -> int:
    """For how many alerts the first line speaks."""
    return len(changed) if len(changed) > FEW else 1


def _calls(lead: News, turn: Turn, calling: Calling, changed: Sequence[Changed]) -> Sequence[Call]:
    """Whom the turn of the incident calls, and whom a route calls for an alert that a rule brought here."""
    calls = [call for one in changed if one.rule for call in calls_of(one.heard.decision)]
    if turn in (Turn.OPENED, Turn.REOPENED, Turn.WORSENED):
        calls = [*calls_of(lead.decision), *calls]
        if calls_for_help(lead.event, calling.mention_from):
            severity, least = lead.event.severity, calling.mention_from
            graded = "" if severity is not Severity.UNKNOWN else ", which counts as high"
            why = f"its severity is {severity}{graded}, and event_gateway.mention_from is {least}"
            calls = [Call(calling.role, why), *calls]
    first: dict[str, Call] = {}
    for call in calls:
        first.setdefault(call.role, call)
    return tuple(first.values())
