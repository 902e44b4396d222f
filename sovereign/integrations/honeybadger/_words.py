"""The names of Honeybadger's events, and what each says of which thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sovereign.domain.events import Severity, Status
from sovereign.integrations._alarms import EXCEPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    about     the part of the body that holds the thing
    severity  Honeybadger grades nothing: an exception calls nobody, what is down does
    name      `{}` is the thing's own name; another is a problem of its own, and nothing ever ends it
    act       for what people do: the kind and the words
    """

    about: str
    status: Status
    severity: Severity = EXCEPTION
    name: str = "{}"
    act: tuple[str, str] | None = None


EVENTS: Mapping[str, Said] = {
    "occurred": Said(about="fault", status=Status.FIRING),
    "unresolved": Said(about="fault", status=Status.FIRING),
    "rate_exceeded": Said(about="fault", status=Status.FIRING, severity=Severity.HIGH),
    "resolved": Said(about="fault", status=Status.RESOLVED),
    "assigned": Said(about="fault", status=Status.INFO, act=("incident.assigned", "assigned {it} to {whom}")),
    "commented": Said(about="fault", status=Status.INFO, act=("incident.commented", "commented on {it}")),
    "volume_spike": Said(
        about="project", status=Status.FIRING, severity=Severity.HIGH, name="Error volume of {}"
    ),
    "down": Said(about="site", status=Status.FIRING, severity=Severity.HIGH),
    "up": Said(about="site", status=Status.RESOLVED, severity=Severity.HIGH),
    "cert_will_expire": Said(about="site", status=Status.FIRING, name="Expiring certificate of {}"),
    "check_in_missing": Said(about="check_in", status=Status.FIRING, severity=Severity.HIGH),
    "check_in_reporting": Said(about="check_in", status=Status.RESOLVED, severity=Severity.HIGH),
    "alarm_alert": Said(about="alarm", status=Status.FIRING, severity=Severity.HIGH),
    "alarm_ok": Said(about="alarm", status=Status.RESOLVED, severity=Severity.HIGH),
}
"""The name is all that tells the state: `state` and `up_at` in the body may lag behind it."""
