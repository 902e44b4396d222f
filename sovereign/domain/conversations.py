"""A conversation: the message that stands for one thing, and how each event about the thing changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from sovereign.core.records import quick, replace
from sovereign.domain.checks import Check, heard, is_news, outcome, speaker
from sovereign.domain.events import Event, Severity, Status


class Topic(StrEnum):
    CHANGE = "change"
    INCIDENT = "incident"
    PIPELINE = "pipeline"
    DEPLOYMENT = "deployment"
    RELEASE = "release"
    TICKET = "ticket"
    OTHER = "other"


OURS = "sovereign"
"""The source of what we tell of ourselves."""
_TOPICS = {
    "change": Topic.CHANGE,
    "incident": Topic.INCIDENT,
    "pipelinerun": Topic.PIPELINE,
    "taskrun": Topic.PIPELINE,
    "build": Topic.PIPELINE,
    "testsuiterun": Topic.PIPELINE,
    "deployment": Topic.DEPLOYMENT,
    "service": Topic.DEPLOYMENT,
    "release": Topic.RELEASE,
    "ticket": Topic.TICKET,
}

_SIDE_ISSUES = frozenset({"updated", "annotated", "assigned"})
"""Verbs of events that change a thing without being news of it as a whole: the headline stays."""

_ASIDES = frozenset({"reviewed", "commented"})
"""Verbs of events that say something about a thing without changing its state."""


OLD_COMMITS = 20
"""How many former heads a conversation remembers."""


_STANDING = frozenset({Status.FIRING, Status.OPEN, Status.DRAFT, Status.APPROVED, Status.CHANGES_REQUESTED})
"""What is in one of these goes on, however long nothing is heard of it; a run that was missed does not."""


@lru_cache(maxsize=1024)
def topic_of(kind: str) -> Topic:
    """By the noun of a kind such as `change.merged`."""
    return _TOPICS.get(kind.partition(".")[0], Topic.OTHER)


@quick
@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The facts that the head message shows.

    title    headline: what last happened to the thing as a whole
    as_of    when its state was last told, in seconds since 1970 by the sender's clock
    checks   newest state of each check, by name, for the commit that `commit` names
    reviews  newest verdict of each reviewer
    old_commits  what `commit` was before, so that late results of theirs are known as such
    sources  of the alerts that it holds; joined_by names the correlation rules that brought some of them
    left_out  how many alerts its sender has lately not told of, in words; empty for none
    goes_on  the subject and address of the thing that has taken it in; its own message follows it no more
    """

    topic: Topic
    source: str
    subject: str
    name: str
    title: str
    text: str
    status: Status
    severity: Severity
    url: str | None
    actor: str | None
    avatar: str | None
    repo: str | None
    service: str | None
    environment: str | None
    as_of: float | None = None
    commit: str | None = None
    old_commits: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    reviews: Mapping[str, Status] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    joined_by: tuple[str, ...] = ()
    left_out: str = ""
    goes_on: tuple[str, str] | None = None


def is_over(conversation: Conversation) -> bool:
    """Whether nobody waits for more of it."""
    return conversation.status not in _STANDING


def opened_by(event: Event) -> Conversation:
    """The conversation that begins with `event`, whichever event of the thing that is."""
    fresh = Conversation(
        topic=topic_of(event.kind),
        source=event.source,
        subject=event.subject,
        name=event.name,
        title=event.title,
        text="" if is_aside(event) else event.text,  # a comment is not the thing's own text
        status=event.status,
        severity=event.severity,
        url=event.url,
        actor=event.actor,
        avatar=event.avatar,
        repo=event.repo,
        service=event.service,
        environment=event.environment,
        as_of=event.occurred_at.timestamp() if event.occurred_at else None,
        commit=event.aliases[0] if event.aliases else None,
        labels=tuple(event.labels),
        fields=event.fields,
    )
    return _with_asides(fresh, event)


def ours(
    *,
    topic: Topic,
    subject: str,
    title: str,
    name: str = "",
    status: Status = Status.INFO,
    url: str | None = None,
    actor: str | None = None,
    service: str | None = None,
    environment: str | None = None,
    labels: tuple[str, ...] = (),
) -> Conversation:
    """The conversation about a thing of our own, whose message shows facts of its own."""
    return Conversation(
        topic=topic,
        source=OURS,
        subject=subject,
        name=name,
        title=title,
        text="",
        status=status,
        severity=Severity.INFO,
        url=url,
        actor=actor,
        avatar=None,
        repo=None,
        service=service,
        environment=environment,
        labels=labels,
    )


def fold(conversation: Conversation, event: Event) -> Conversation:
    """The conversation after one more event about its thing."""
    if _is_aside(conversation, event):
        return _with_asides(conversation, event)
    if _is_late(conversation, event):
        return conversation
    return replace(
        _at_commit(conversation, event),
        name=event.name or conversation.name,
        title=_renamed(conversation, event) if _verb(event) in _SIDE_ISSUES else event.title,
        as_of=event.occurred_at.timestamp() if event.occurred_at else conversation.as_of,
        text=event.text or conversation.text,
        status=event.status if event.status is not Status.INFO else conversation.status,
        severity=event.severity,
        url=event.url or conversation.url,
        actor=event.actor or conversation.actor,
        avatar=event.avatar or conversation.avatar,
        environment=event.environment or conversation.environment,
        labels=tuple(event.labels),
        fields=event.fields or conversation.fields,
    )


def adopt(conversation: Conversation, earlier: Conversation) -> Conversation:
    """Checks that ran on the commit before the pull request was known are checks of the pull request."""
    return replace(conversation, checks={**earlier.checks, **conversation.checks})


def handed_over(conversation: Conversation, to: Conversation) -> Conversation:
    """The conversation that another one has taken in, as its message shows it from now on."""
    return replace(conversation, goes_on=(to.subject, to.url or ""))


def says_more(before: Conversation, after: Conversation, event: Event) -> bool:
    """Whether an event deserves a line: of a check's state only a result that nobody has told does."""
    return event.check is None or is_news(before.checks, after.checks)


def _verb(event: Event) -> str:
    return event.kind.rpartition(".")[2]


def _is_late(conversation: Conversation, event: Event) -> bool:
    """An older word that the thing is open, coming after it was merged or closed, does not reopen it."""
    if conversation.status not in (Status.MERGED, Status.CLOSED) or _verb(event) == "reopened":
        return False
    return event.status in (Status.OPEN, Status.DRAFT) and _is_older(conversation, event)


def _renamed(conversation: Conversation, event: Event) -> str:
    """The headline, with the thing's new name where it ends in the old one."""
    old, new = conversation.name, event.name
    if new and old and new != old and conversation.title.endswith(old):
        return conversation.title.removesuffix(old) + new
    return conversation.title


def _at_commit(conversation: Conversation, event: Event) -> Conversation:
    """Another commit is the new head, one that was it before too; the old one's checks say nothing of it."""
    commit = event.aliases[0] if event.aliases else conversation.commit
    if commit == conversation.commit or (
        commit in conversation.old_commits and _is_older(conversation, event)
    ):
        return conversation
    old = (*conversation.old_commits, conversation.commit) if conversation.commit else ()
    old = tuple(one for one in old if one != commit)
    return replace(conversation, commit=commit, old_commits=old[-OLD_COMMITS:], checks={})


def _is_older(conversation: Conversation, event: Event) -> bool:
    """Whether the event is of a time before the newest that told the thing's state."""
    if event.occurred_at is None or conversation.as_of is None:
        return False
    return event.occurred_at.timestamp() < conversation.as_of


def is_aside(event: Event) -> bool:
    """Whether the event says something about its thing without telling the thing's state."""
    return event.check is not None or _verb(event) in _ASIDES


def is_change(event: Event) -> bool:
    """Whether the event tells the state of a pull request."""
    return topic_of(event.kind) is Topic.CHANGE and not is_aside(event)


def outgrown(conversation: Conversation, event: Event) -> bool:
    """Whether checks opened the conversation before the change that they belong to was known."""
    return conversation.topic is Topic.PIPELINE and is_change(event)


def _is_aside(conversation: Conversation, event: Event) -> bool:
    if conversation.topic is Topic.INCIDENT:  # its state is told by its alerts alone
        return True
    return is_aside(event) or topic_of(event.kind) is not conversation.topic


def _with_asides(conversation: Conversation, event: Event) -> Conversation:
    if event.check is not None:
        if (event.aliases[0] if event.aliases else event.conversation) in conversation.old_commits:
            return conversation  # a check that names no pull request asks for its commit by name
        conversation = _at_commit(conversation, event)
        checks = heard(conversation.checks, event)
        changed = replace(conversation, checks=checks)
        if conversation.topic is not Topic.PIPELINE or checks == conversation.checks:
            return changed
        lead = speaker(checks)  # a card that says "failed" names what failed, whatever was told last
        title, url = (lead.title or event.title, lead.url) if lead else (event.title, event.url)
        return replace(changed, title=title, status=outcome(checks) or event.status, url=url)
    if event.reviewer:  # a verdict that was taken back
        kept = {who: verdict for who, verdict in conversation.reviews.items() if who != event.reviewer}
        return replace(conversation, reviews=kept)
    if event.actor and event.status in (Status.APPROVED, Status.CHANGES_REQUESTED):
        return replace(conversation, reviews={**conversation.reviews, event.actor: event.status})
    return conversation
