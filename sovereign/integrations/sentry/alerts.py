"""What Sentry raises by itself: alerts on the events of an issue, alerts on measures, and single errors."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.sentry._common import (
    Delivery,
    Reader,
    about,
    fingerprint,
    graded,
    issue_of,
    project_of,
    where,
)

METRIC: Mapping[str, tuple[str, Status, Severity]] = {
    "critical": ("incident.detected", Status.FIRING, Severity.CRITICAL),
    "warning": ("incident.detected", Status.FIRING, Severity.MEDIUM),
    "resolved": ("incident.resolved", Status.RESOLVED, Severity.INFO),
}
OTHER_METRIC = ("incident.reported", Status.UNKNOWN, Severity.UNKNOWN)


def event_alert(delivery: Delivery) -> Event:
    """A rule of the project found that an event of an issue is worth an alert."""
    rule = line(delivery.facts, "triggered_rule", "issue_alert.title")
    found = delivery.facts.at("event")
    status = Status.FIRING if delivery.action == "triggered" else Status.UNKNOWN
    return alerted(found, issue_of(found), project_of(found), rule, status)


def alerted(found: Payload, number: str, project: str, rule: str, status: Status) -> Event:
    """Raises BadPayload for an event without an issue and an id: nobody could tell which problem it is."""
    number = number or line(found, "event_id", "id")
    if not number:
        raise BadPayload("$.event.issue_id", "is missing")
    name = line(found, "title", "message", "metadata.title") or "(unnamed error)"
    state = "firing" if status is Status.FIRING else "in an unknown state"
    return replace(
        about(number, name, project, status),
        kind="incident.detected" if status is Status.FIRING else "incident.reported",
        title=f"{name.rstrip('.')} {state}{where(project)}",
        name=line(found, "culprit"),
        severity=graded(line(found, "level")),
        url=link(found, "web_url"),
        environment=line(found, "environment") or None,
        fields=shown(
            {
                "Rule": rule,
                "Where": line(found, "location", "metadata.filename"),
                "Release": line(found, "release"),
                "Environment": line(found, "environment"),
            }
        ),
        occurred_at=when(found, "datetime", "timestamp"),
    )


def error(delivery: Delivery) -> Event:
    """One single error: many a minute, so nobody hears of it unasked."""
    found = delivery.facts.at("error")
    number, name = issue_of(found), line(found, "title", "message") or "(unnamed error)"
    project = project_of(found)
    return replace(
        about(number, name, project, Status.INFO),
        kind="error.recorded",
        title=f"{name.rstrip('.')} recorded{where(project)}",
        severity=graded(line(found, "level")),
        url=link(found, "web_url"),
        occurred_at=when(found, "datetime", "timestamp"),
        conversation=None,
    )


def metric_alert(delivery: Delivery) -> Event:
    """A threshold was crossed. The rule is the problem, whichever time it is crossed."""
    found = delivery.facts.at("metric_alert")
    name = line(found, "alert_rule.name", "title") or line(delivery.facts, "description_title")
    rule = line(found, "alert_rule.id", "identifier", "id")
    if not rule:
        raise BadPayload("$.data.metric_alert.alert_rule.id", "is missing")
    projects = [one.scalar() for one in found.list_at("projects")]
    kind, status, severity = METRIC.get(delivery.action, OTHER_METRIC)
    state = "in an unknown state" if status is Status.UNKNOWN else status
    known = status is not Status.UNKNOWN
    place = where(" ".join(", ".join(projects).split()))
    fields = {
        "Measures": line(found, "alert_rule.aggregate"),
        "Query": line(found, "alert_rule.query"),
    }
    return Event(
        source="sentry",
        kind=kind,
        subject=name or f"rule {rule}",
        title=f"{name or f'rule {rule}'} {state}{place}",
        text=prose(delivery.facts, "description_text"),
        status=status,
        severity=severity,
        url=link(delivery.facts, "web_url"),
        service=projects[0] if len(projects) == 1 else None,
        environment=line(found, "alert_rule.environment") or None,
        fields=shown(fields),
        occurred_at=when(found, "date_closed" if status is Status.RESOLVED else "date_detected"),
        fingerprint=fingerprint("metric", rule) if known else None,
        conversation=f"sentry:rules/{rule}" if known else None,
    )


READERS: Mapping[str, Reader] = {"event_alert": event_alert, "metric_alert": metric_alert, "error": error}
KINDS = frozenset(kind for kind, _, _ in (*METRIC.values(), OTHER_METRIC)) | {"error.recorded"}
