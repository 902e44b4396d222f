"""Head messages: the card that stands for a conversation and follows its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile

import discord

from sovereign.domain.checks import lines, outcome
from sovereign.domain.conversations import Conversation, Topic
from sovereign.domain.events import FINISHED, Status
from sovereign.render import incidents
from sovereign.render.cards import FIELD_VALUE, card
from sovereign.render.text import code, link, one_line, paragraph, plain_line
from sovereign.render.tones import WORDS, Tone, of

MOST_CHECKS = 6


def head(
    facts: Conversation, incident: Mapping[str, object] | None, at: datetime, ref: str
) -> tuple[discord.Embed, discord.ui.View | None]:
    """The card and its buttons. `incident` has the shape that the announcement gave it."""
    if incident is not None:
        return incidents.head(facts, incident, ref)
    return _thing(facts, at, ref), None


def thread_name(subject: str, name: str) -> str:
    """At most 100 characters, what Discord allows: `acme/shop#42: Add retries`."""
    full = f"{subject}: {name}" if name and name not in subject else subject
    return plain_line(full, 100) or "Thread"


def _thing(facts: Conversation, at: datetime, ref: str) -> discord.Embed:
    if facts.goes_on:
        return _handed_over(facts, facts.goes_on, at, ref)
    return card(
        tone=_tone(facts),
        title=facts.title,
        url=facts.url,
        body=(
            _state(facts),
            _about(facts),
            "" if facts.topic is Topic.PIPELINE else paragraph(facts.text, 400, lines=3),
        ),
        fields=(
            *_checks(facts),
            *((name, one_line(value, FIELD_VALUE)) for name, value in facts.fields),
            *_labels(facts),
        ),
        footer=(facts.source, facts.repo or facts.service, facts.environment, ref),
        at=at,
        avatar=facts.avatar,
    )


def _about(facts: Conversation) -> str:
    """Which pull request it is, where all that anybody has said is a remark with a title of its own."""
    if facts.topic is not Topic.CHANGE or facts.status is not Status.INFO:
        return ""
    number = "".join(takewhile(str.isdigit, reversed(facts.subject)))[::-1]
    told = number in facts.title
    return "" if told else f"About {one_line(facts.subject, 200)}, of which nothing else was told yet"


def _handed_over(facts: Conversation, to: tuple[str, str], at: datetime, ref: str) -> discord.Embed:
    """What another message follows from now on: no state, for it would grow old here."""
    subject, url = to
    return card(
        tone=Tone.MUTED,
        title=facts.title,
        url=facts.url,
        body=(f"Goes on in {link(one_line(subject, 100), url)}, to which the commit belongs",),
        footer=(facts.source, facts.repo or facts.service, facts.environment, ref),
        at=at,
        avatar=facts.avatar,
    )


def _tone(facts: Conversation) -> Tone:
    if facts.topic is not Topic.CHANGE or facts.status is not Status.OPEN:
        return of(facts.status, facts.severity)
    if outcome(facts.checks) is Status.FAILED:
        return Tone.FAILING
    if Status.CHANGES_REQUESTED in facts.reviews.values():
        return Tone.WARNING
    if Status.APPROVED in facts.reviews.values() and outcome(facts.checks) in (None, Status.SUCCEEDED):
        return Tone.OK
    return Tone.RUNNING


def _state(facts: Conversation) -> str:
    """One line of words for what the colour says."""
    words = [f"**{WORDS[facts.status]}**"] if facts.status in WORDS else []
    checks = lines(facts.checks)
    ended = sum(1 for check in checks.values() if check.status in FINISHED)
    if checks:
        failed = sum(1 for check in checks.values() if check.status is Status.FAILED)
        total = len(checks)
        words.append(_failed(failed, total) if failed else _passed(ended, total))
    for verdict, verb in (
        (Status.APPROVED, "approved by"),
        (Status.CHANGES_REQUESTED, "changes requested by"),
    ):
        people = [who for who, said in facts.reviews.items() if said is verdict]
        if people:
            words.append(f"{verb} {one_line(', '.join(people), 80)}")
    return " · ".join(words)


def _failed(failed: int, total: int) -> str:
    return f"{failed} of {total} checks failed" if total > 1 else "1 check failed"


def _passed(ended: int, total: int) -> str:
    if ended == total:
        return f"{total} checks passed" if total > 1 else "1 check passed"
    return f"{ended} of {total} checks done" if total > 1 else "0 of 1 check done"


def _checks(facts: Conversation) -> list[tuple[str, str]]:
    """One field, a line for each check, the failed ones first."""
    checks = lines(facts.checks)
    if not checks:
        return []
    ranked = sorted(checks.items(), key=lambda pair: (pair[1].status is not Status.FAILED, pair[0]))
    rows: list[str] = []
    for name, check in ranked[:MOST_CHECKS]:
        row = f"{code(name, 40)} {WORDS.get(check.status, 'Unknown').lower()}"
        if len("\n".join((*rows, row))) > FIELD_VALUE - 20:
            break
        rows.append(row)
    if len(rows) < len(ranked):
        rows.append(f"and {len(ranked) - len(rows)} more")
    return [("Checks", "\n".join(rows))]


def _labels(facts: Conversation) -> list[tuple[str, str]]:
    return [("Labels", one_line(", ".join(facts.labels), FIELD_VALUE))] if facts.labels else []
