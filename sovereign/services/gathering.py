"""Whether an event is told at once, or gathered: in a storm, above a limit, in quiet hours, in maintenance.

All of it is read from the store, so that a restart changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.records import quick
from sovereign.domain.conversations import Topic
from sovereign.domain.events import OUR_KINDS, Event, Severity
from sovereign.domain.limits import WINDOW, Reason, bites
from sovereign.domain.routing import Decision
from sovereign.services import gathered
from sovereign.store import conversations, digests, gatherings, tellings
from sovereign.store.conversations import Stored
from sovereign.store.gatherings import Gathering
from sovereign.store.sqlite import Connection
from sovereign.store.tellings import Telling

LIVE = frozenset({Reason.STORM, Reason.LIMIT})
"""Gatherings with a message that counts while they last, and from which is told apart what is critical or
calls somebody."""
MOST_APART, APART_WITHIN = 10, timedelta(minutes=10)
"""So many that call without being critical are told apart within that time; the others call when it is over.
A sender that makes up a name for each problem would otherwise call without end."""
STORM_FIRST = timedelta(seconds=1)
"""For so long the critical alerts that wait let the message of a storm go before them."""
NAMELESS = "event"
"""What the subject of a body at `/event` is called that names none."""


@quick
@dataclass(frozen=True, kw_only=True)
class News:
    """An event that is to be told; it came at `at`, speaks for `count` alerts, and calls `mention`."""

    event_id: str
    event: Event
    decision: Decision
    at: datetime
    count: int = 1
    mention: tuple[str, ...] = ()


def may_head(tx: Connection, news: News, stored: Stored) -> bool:
    """Whether the conversation may have its head message now."""
    return admit(tx, _telling(news, stored.channel, stored.id, stirs=True), news.decision)


def may_line(tx: Connection, news: News, stored: Stored) -> bool:
    """Whether the event may have its line in the thread now; without a head message there is none."""
    stirs = stored.facts.topic is Topic.INCIDENT
    admitted = admit(tx, _telling(news, stored.channel, stored.id, stirs=stirs), news.decision)
    return admitted and (stored.head_id is not None or conversations.has_head(tx, stored.id))


def may_notice(tx: Connection, news: News, channel: str) -> bool:
    """Whether an event that belongs to no conversation may have its message now."""
    return admit(tx, _telling(news, channel, None, stirs=True), news.decision)


def _telling(news: News, channel: str, conversation_id: int | None, *, stirs: bool) -> Telling:
    event = news.event
    return Telling(
        event_id=news.event_id,
        conversation_id=conversation_id,
        channel=channel,
        source=event.source,
        stirs=stirs,
        name=name_of(event),
        severity=event.severity,
        title=event.title,
        url=event.url,
        at=news.at,
        count=news.count,
        mention=news.mention,
    )


def name_of(event: Event) -> str:
    """What is counted as one: the thing, or the words of what names none and of what could not be read."""
    if event.kind in OUR_KINDS and event.name:
        return event.name
    return event.title if event.subject == NAMELESS else event.subject


def admit(tx: Connection, telling: Telling, decision: Decision) -> bool:
    """Whether the event may be told now. Asked again for the same event, it answers the same, save that what
    was told apart is told once."""
    limits = decision.limits
    if decision.hold is None and not (limits.source or limits.channel):
        return True  # nothing is ever gathered, so nothing need be counted
    known = tellings.fate(tx, telling.event_id)
    if known is not None:
        return known
    gathering = _gathering(tx, telling, decision)
    if gathering is None:
        tellings.add(tx, telling, None, apart=False)
        return True
    first = gathering.reason in LIVE and _goes_apart(tx, gathering, telling)
    tellings.add(tx, telling, gathering.id, apart=first)
    if gathering.reason in LIVE and (first or gathering.conversation_id is None):
        gathered.show(tx, gathering, limits, telling.at)
    return first


def _goes_apart(tx: Connection, gathering: Gathering, telling: Telling) -> bool:
    """What calls in calm calls in a storm: the first of each name, and again where it is worse."""
    critical = telling.stirs and telling.severity is Severity.CRITICAL
    if not (critical or telling.mention) or tellings.is_apart(tx, gathering.id, telling):
        return False
    return critical or tellings.apart(tx, gathering.id, telling.at - APART_WITHIN) < MOST_APART


def is_storming(tx: Connection, channel: str) -> bool:
    return gatherings.find(tx, f"channel:{channel}") is not None


def is_shown(tx: Connection, channel: str) -> bool:
    """Whether the message of a storm in the channel stands in Discord."""
    storm = gatherings.find(tx, f"channel:{channel}")
    if storm is None or storm.conversation_id is None:
        return False
    return conversations.by_id(tx, storm.conversation_id).message_id is not None


def _gathering(tx: Connection, telling: Telling, decision: Decision) -> Gathering | None:
    """The gathering that takes the event; it may be the first that one takes."""
    limits, at = decision.limits, telling.at
    if hold := decision.hold:
        scope = f"{hold.reason}:{hold.name}:{telling.channel}"
        found = gatherings.find(tx, scope)
        return found or gatherings.begin(tx, scope, hold.reason, hold.name, telling.channel, at)
    source, channel = f"source:{telling.source}", f"channel:{telling.channel}"
    if limits.source and (found := gatherings.find(tx, source)):
        return found
    if telling.stirs and limits.channel and (found := gatherings.find(tx, channel)):
        return found
    if bites(limits.source, tellings.told(tx, telling, limits.source, in_channel=False)):
        return gatherings.begin(tx, source, Reason.LIMIT, telling.source, telling.channel, at)
    if telling.stirs and bites(limits.channel, tellings.told(tx, telling, limits.channel, in_channel=True)):
        return _storm(tx, channel, telling)
    return None


def _storm(tx: Connection, scope: str, telling: Telling) -> Gathering:
    """A storm takes along what waits in its channel and was part of its beginning, critical alerts apart."""
    begun = gatherings.begin(tx, scope, Reason.STORM, telling.channel, telling.channel, telling.at)
    tellings.draw_in(tx, begun.id, telling.channel, telling.at - WINDOW)
    digests.withdraw_waiting(tx, telling.channel, telling.at - WINDOW, clock.now() + STORM_FIRST)
    return begun
