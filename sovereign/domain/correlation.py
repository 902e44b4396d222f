"""Correlation: which alerts are one incident although their senders do not say so, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.domain.conditions import Conditions
from sovereign.domain.events import Event

FIELDS = {
    "alert": "subject",
    "branch": "branch",
    "environment": "environment",
    "fingerprint": "fingerprint",
    "repo": "repo",
    "service": "service",
    "source": "source",
}
"""What a rule may compare besides labels, and how the event calls it."""
MOST_ALERTS = 500
"""An incident that holds so many alerts takes no more by a rule: people could not see what it is about."""
LONGEST_VALUE = 60
"""Characters of a value that are told."""

Traits = tuple[tuple[str, str], ...]
"""What must be equal, and what it is: `(("cluster", "a"), ("service", "shop"))`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation(Conditions):
    """A rule: alerts that meet its conditions and agree in everything that `same` names are one incident, if
    each begins within `within` of the one before it."""

    name: str
    same: tuple[str, ...] = ()
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The open incident that last took an alert of these traits under a rule, and when that began.

    `incident_id` is None while the incident has no number yet.
    """

    conversation_id: int
    incident_id: int | None
    environment: str | None
    seen_at: datetime
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One rule that was asked: which conversation the alert joins by it (None: it does not), and why."""

    rule: str
    conversation_id: int | None
    why: str


Seen = Callable[[Correlation, Traits], Candidate | None]


def weigh(rules: Sequence[Correlation], event: Event, at: datetime, seen: Seen) -> Sequence[Weighed]:
    """Each rule up to the first by which an alert that begins at `at` joins an incident, and its why."""
    asked: list[Weighed] = []
    for rule in rules:
        asked.append(_weighed(rule, event, at, seen))
        if asked[-1].conversation_id is not None:
            break
    return asked


def fitting(rules: Sequence[Correlation], event: Event, at: datetime) -> Sequence[tuple[Correlation, Traits]]:
    """The rules under which later alerts may find this one, with what they must agree in."""
    met = [rule for rule in rules if rule.unmet(event, at) is None]
    return [(rule, found) for rule in met if (found := traits(rule, event)) is not None]


def traits(rule: Correlation, event: Event) -> Traits | None:
    """What the rule compares; None where the event does not say all of it."""
    found = tuple((name, value) for name in rule.same if (value := trait(event, name)))
    return found if len(found) == len(rule.same) else None


def trait(event: Event, name: str) -> str | None:
    """The event's own word for it, or the label of that name."""
    own = getattr(event, FIELDS[name]) if name in FIELDS else None
    return own or event.labels.get(name)


def agreement(rule: Correlation, found: Traits) -> str:
    """`cluster=a and service=shop agree within 10 minutes`."""
    if not found:
        return f"both meet its conditions within {span(rule.within)}"
    verb = "agrees" if len(found) == 1 else "agree"
    return f"{_spoken(found)} {verb} within {span(rule.within)}"


def span(length: timedelta) -> str:
    """`90 seconds`, `10 minutes`, `2 hours`: the largest unit that says it whole."""
    seconds = round(length.total_seconds())
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"


def _weighed(rule: Correlation, event: Event, at: datetime, seen: Seen) -> Weighed:
    problem = rule.unmet(event, at)
    if problem is not None:
        return Weighed(rule=rule.name, conversation_id=None, why=problem)
    found = traits(rule, event)
    if found is None:
        lacking = next(name for name in rule.same if not trait(event, name))
        why = f"it asks for equal {lacking}, and the event has none"
        return Weighed(rule=rule.name, conversation_id=None, why=why)
    candidate = seen(rule, found)
    if candidate is None:
        about = f" with {_spoken(found)}" if found else ""
        why = f"no incident is open that it has seen{about}"
        return Weighed(rule=rule.name, conversation_id=None, why=why)
    problem = _unfit(rule, candidate, event, at)
    if problem is not None:
        return Weighed(rule=rule.name, conversation_id=None, why=problem)
    return Weighed(rule=rule.name, conversation_id=candidate.conversation_id, why=agreement(rule, found))


def _unfit(rule: Correlation, candidate: Candidate, event: Event, at: datetime) -> str | None:
    """Why an open incident does not take the alert. Rights go by environment, so no rule goes across two."""
    incident = f"incident {candidate.incident_id}" if candidate.incident_id else "the incident"
    apart = abs(at - candidate.seen_at)
    if apart > rule.within:
        ago = span(timedelta(minutes=apart // timedelta(minutes=1)) or apart)
        return f"it asks for {span(rule.within)}, and {incident} last took one {ago} apart"
    if candidate.environment and event.environment and candidate.environment != event.environment:
        return f"{incident} is in {candidate.environment}, and the event in {event.environment}"
    if candidate.alerts >= MOST_ALERTS:
        return f"{incident} holds {candidate.alerts} alerts and takes no more"
    return None


def _spoken(found: Traits) -> str:
    words = [f"{name}={value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + '…'}"
             for name, value in found]  # fmt: skip
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
