"""What the thread of an incident says of its alerts, one by one or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.alerts import Alert, Change
from sovereign.domain.incidents import Tally, Turn
from sovereign.services.gathering import News
from sovereign.store.alerts import Names

FEW = 5
"""Changes of one delivery that get a line each; more are summed up in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What one event did to its alert; `rule` is the correlation rule that brought it to its incident."""

    heard: News
    alert: Alert
    change: Change
    rule: str | None = None

    @property
    def moment(self) -> datetime:
        return self.alert.resolved_at or self.alert.started_at


def sentence(one: Changed, turn: Turn, tally: Tally) -> str:
    """One line for one alert."""
    event = one.heard.event
    if one.change is Change.RESOLVED:
        if tally.firing == 0:
            return "Resolved: nothing fires any more"
        return f"{event.title}, {tally.firing} of {tally.total} still firing"
    if one.change is Change.WORSENED:
        return f"{event.title} (severity rose to {event.severity})"
    if turn is Turn.REOPENED:
        return f"{event.title} (firing again)"
    return f"{event.title} (joined by rule {one.rule})" if one.rule else event.title


def summary(changed: Sequence[Changed], tally: Tally, firing: Names) -> str:
    """One line for many alerts; what fires now is named, as far as a few names say it."""
    resolved = [one for one in changed if one.change is Change.RESOLVED]
    began = [one for one in changed if one.change is not Change.RESOLVED]
    parts = [f"{len(began)} alerts fire"] if began else []
    parts += [f"{len(resolved)} resolved"] if resolved else []
    if tally.firing == 0:
        return f"{', '.join(parts)}: nothing fires any more"
    names = [name for name, _ in firing.first]
    more = f" and {firing.different - len(names)} more" if firing.different > len(names) else ""
    return f"{', '.join(parts)}, {tally.firing} of {tally.total} firing now: {', '.join(names)}{more}"
