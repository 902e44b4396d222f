"""Events about a thing that has a thread: the head message follows its state, the thread tells its story."""

from __future__ import annotations

from dataclasses import replace

from sovereign.domain.conversations import Conversation, Topic, adopt, fold, is_aside, opened_by, topic_of
from sovereign.domain.events import Event
from sovereign.services import announce
from sovereign.services.gathering import News
from sovereign.store import conversations
from sovereign.store.conversations import Stored
from sovereign.store.sqlite import Connection


def take(tx: Connection, news: News, stored: Stored | None) -> int | None:
    """Take in an event that names a conversation, `stored` where it is there; the conversation's id, or None
    where the event opens none.

    A kind that nobody asked for opens no conversation and adds no line, but the head still follows it.
    """
    event, decision = news.event, news.decision
    if stored is not None and _outgrown(stored.facts, event) and decision.channel:
        conversations.retire(tx, stored.id)
        return _open(tx, news, decision.channel, earlier=stored.facts)
    if stored is None:
        return _open(tx, news, decision.channel) if decision.channel else None
    facts = fold(stored.facts, event)
    conversations.name(tx, stored.id, event.aliases)
    if facts != stored.facts or stored.head_id is None:  # what went into a digest gets a message of its own
        conversations.save(tx, stored.id, facts, news.at)
        announce.head(tx, replace(stored, facts=facts), news.at, news=news)
    if decision.channel and (decision.thread or decision.mention):
        _line(tx, replace(stored, facts=facts), news)
    return stored.id


def _outgrown(facts: Conversation, event: Event) -> bool:
    """Whether checks opened the conversation before the change that they belong to was known."""
    is_change = topic_of(event.kind) is Topic.CHANGE and not is_aside(event)
    return facts.topic is Topic.PIPELINE and is_change


def _line(tx: Connection, stored: Stored, news: News) -> None:
    event = news.event
    announce.line(
        tx,
        stored,
        news.event_id,
        event.title,
        event.occurred_at or news.at,
        actor=event.actor,
        url=event.url,
        quote=event.text if event.kind.endswith(("commented", "reviewed")) else "",
        mention=news.decision.mention,
        replayed=news.decision.replayed,
        news=news,
    )


def _open(tx: Connection, news: News, channel: str, earlier: Conversation | None = None) -> int:
    event, decision = news.event, news.decision
    facts = _with_earlier_checks(tx, opened_by(event), event)
    facts = adopt(facts, earlier) if earlier else facts
    stored = conversations.add(tx, event.conversation or "", channel, facts, news.at)
    conversations.name(tx, stored.id, event.aliases)
    announce.head(tx, stored, news.at, mention=decision.mention, news=news)
    if is_aside(event) and event.check is None and decision.thread:
        _line(tx, stored, news)  # its words are no head: they go into the thread
    return stored.id


def _with_earlier_checks(tx: Connection, facts: Conversation, event: Event) -> Conversation:
    """Checks of the commit may have come before anybody said that it belongs to a pull request."""
    for alias in event.aliases:
        if earlier := conversations.by_key(tx, alias):
            facts = adopt(facts, earlier.facts)
    return facts
