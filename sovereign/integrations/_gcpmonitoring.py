"""Incidents of Google Cloud Monitoring, versions 1.0 to 1.2, by webhook or in a message of Pub/Sub.

https://cloud.google.com/monitoring/support/notification-options
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sovereign.domain.events import Event, Status
from sovereign.integrations import _alarms
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import graded

STATES: Mapping[str, Status] = {"open": Status.FIRING, "closed": Status.RESOLVED}


def is_incident(payload: Payload) -> bool:
    return payload.get("incident") is not None and payload.get("incident", "state") is not None


def event_of(source: str, payload: Payload) -> Event:
    found = payload.at("incident")
    status = STATES.get(line(found, "state").lower(), Status.UNKNOWN)
    policy = line(found, "policy_name")
    name = ("" if policy.startswith("projects/") else policy) or line(
        found, "condition_name", "condition.displayName"
    )
    name = name or "(unnamed policy)"
    resource = line(found, "resource_display_name", "resource_name", "resource_id")
    project = line(found, "scoping_project_id", "resource.labels.project_id")
    environment = line(found, "metadata.user_labels.environment", "policy_user_labels.environment")
    fields = {
        "Condition": line(found, "condition_name", "condition.displayName"),
        "Value": line(found, "observed_value"),
        "Threshold": line(found, "threshold_value"),
        "Resource": resource,
        "Project": project,
    }
    summary = prose(found, "summary")
    event = Event(
        source=source,
        kind=_alarms.kind_of(status),
        subject=name,
        name=name,
        title=_alarms.headline(name, status, _alarms.place(resource or project, environment)),
        text="\n\n".join(filter(None, [summary, _words(found)])),
        status=status,
        severity=graded(line(found, "severity", "metadata.system_labels.severity")),
        url=link(found, "url"),
        service=resource or project or None,
        environment=environment or None,
        fields=shown(fields),
        occurred_at=_at(found, "ended_at" if status is Status.RESOLVED else "started_at"),
    )
    return _alarms.of_problem(event, line(found, "incident_id") or f"{project} {name} {resource}")


def _at(found: Payload, path: str) -> datetime | None:
    """Seconds since 1970, of which 0 stands for no time at all."""
    moment = when(found, path)
    return moment if moment and moment.timestamp() > 0 else None


def _words(found: Payload) -> str:
    """What the policy's authors wrote for whoever is called."""
    told = found.get("documentation")
    return prose(told, "content") if told and isinstance(told.raw, dict) else prose(found, "documentation")
