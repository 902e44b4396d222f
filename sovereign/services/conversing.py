"""Events about a thing that has a thread: the head message follows its state, the thread tells its story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sovereign.core.records import replace
from sovereign.domain import joining
from sovereign.domain.checks import recalled
from sovereign.domain.conversations import (
    Conversation,
    Topic,
    adopt,
    fold,
    handed_over,
    is_aside,
    is_change,
    opened_by,
    outgrown,
    says_more,
)
from sovereign.domain.events import Event
from sovereign.domain.routing import calls_of
from sovereign.services import announce
from sovereign.services.gathering import News
from sovereign.services.placing import Belongs, why_by
from sovereign.store import checks, conversations, digests
from sovereign.store.conversations import Stored
from sovereign.store.sqlite import Connection

LONGEST_RUN = timedelta(days=1)
"""A check that began earlier than that, and has no result, does not run any more."""
LOOKED_AT = 200
"""Events of a kind, at most, that are looked through for such checks."""


def take(tx: Connection, news: News, stored: Stored | None) -> Belongs | None:
    """Take in an event that names a conversation, `stored` where it is there; where it belongs now, or None
    where it opens none.

    A kind that nobody asked for opens no conversation and adds no line, but the head still follows it.
    """
    news = replace(news, mention=news.decision.mention)
    event, decision = news.event, news.decision
    if stored is not None and outgrown(stored.facts, event) and decision.channel:
        conversations.retire(tx, stored.id)
        return _open(tx, news, decision.channel, earlier=stored)
    if stored is None:
        return _open(tx, news, decision.channel) if decision.channel else None
    _follow(tx, news, stored)
    return Belongs(
        conversation_id=stored.id,
        why=why_by(tx, event.conversation or "", stored.key),
        channel=stored.channel,
        calls=calls_of(decision),
    )


def _follow(tx: Connection, news: News, stored: Stored) -> None:
    event, decision = news.event, news.decision
    earlier = list(_earlier(tx, event, stored.id)) if is_change(event) else []
    facts = fold(stored.facts, event)
    for one in earlier:
        facts = adopt(facts, one.facts)
    if facts.commit != stored.facts.commit:
        facts = _with_told(tx, facts, news)
    if event.aliases:
        conversations.name(tx, stored.id, event.aliases)
    after = replace(stored, facts=facts)
    changed = facts is not stored.facts and facts != stored.facts
    if changed or stored.head_id is None:  # what went into a digest gets a message of its own
        conversations.save(tx, stored.id, facts, news.at)
        calls = decision.mention if stored.head_id is None else ()  # else its line does
        announce.head(tx, after, news.at, mention=calls, news=news)
    for one in earlier:
        _hand_over(tx, one, after, news)
    if decision.channel and (decision.mention or (decision.thread and says_more(stored.facts, facts, event))):
        _line(tx, after, news)


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
        mention=news.decision.mention if stored.head_id is not None else (),
        replayed=news.decision.replayed,
        news=news,
    )


def _open(tx: Connection, news: News, channel: str, earlier: Stored | None = None) -> Belongs:
    """A new conversation, which takes in what was told of its commit before it was known."""
    event, decision = news.event, news.decision
    taken = [*([earlier] if earlier else []), *_earlier(tx, event, earlier.id if earlier else 0)]
    facts = opened_by(event)
    for one in taken:
        facts = adopt(facts, one.facts)
    facts = _with_told(tx, facts, news)
    stored = conversations.add(tx, event.conversation or "", channel, facts, news.at)
    conversations.name(tx, stored.id, event.aliases)
    announce.head(tx, stored, news.at, mention=decision.mention, news=news)
    for one in taken:
        _hand_over(tx, one, conversations.by_id(tx, stored.id), news)
    if is_aside(event) and event.check is None and decision.thread:
        _line(tx, stored, news)  # its words are no head: they go into the thread
    return Belongs(conversation_id=stored.id, why=joining.BEGAN, channel=channel, calls=calls_of(decision))


def _earlier(tx: Connection, event: Event, but: int) -> Iterator[Stored]:
    """Checks of the commit may have come before anybody said that it belongs to a pull request."""
    for alias in event.aliases:
        found = conversations.by_key(tx, alias)
        if found is not None and found.id != but and found.facts.topic is Topic.PIPELINE:
            yield found


def _with_told(tx: Connection, facts: Conversation, news: News) -> Conversation:
    """A check that ran before the pull request was opened is one that it waits for, and a commit that is its
    head again has the results that it had."""
    if not is_change(news.event) or facts.commit is None:
        return facts
    earlier = checks.told(tx, facts.commit, news.at - LONGEST_RUN, LOOKED_AT)
    return replace(facts, checks=recalled(facts.checks, earlier)) if earlier else facts


def _hand_over(tx: Connection, earlier: Stored, to: Stored, news: News) -> None:
    """There is one message for the change from now on. What the earlier one has still to say is said in the
    change's thread; it says itself where it goes on, unless it was never sent."""
    conversations.merge(tx, earlier.id, to.id)
    unsent = digests.hand_over(
        tx, earlier.id, to.id, to.channel, to.facts.name or to.facts.subject, to.facts.subject
    )
    if unsent or earlier.head_id is None:
        return
    facts = handed_over(earlier.facts, to.facts)
    conversations.save(tx, earlier.id, facts, news.at)
    announce.head(tx, replace(earlier, facts=facts), news.at)
