"""What happened to an incident of PagerDuty's, in one shape for all versions of its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import PRIORITIES, alarm, headline, of_problem, place
from sovereign.integrations._reading import shown, words

STATES: Mapping[str, Status] = {
    "trigger": Status.FIRING,
    "triggered": Status.FIRING,
    "reopened": Status.FIRING,
    "resolve": Status.RESOLVED,
    "resolved": Status.RESOLVED,
}
ACKNOWLEDGED = ("incident.acknowledged", "acknowledged {it}")
UNACKNOWLEDGED = ("incident.updated", "took back the acknowledgement of {it}")
ASSIGNED = ("incident.assigned", "assigned {it} to {whom}")
ESCALATED = ("incident.assigned", "escalated {it} to {whom}")
DELEGATED = ("incident.assigned", "handed {it} over to {policy}")
ACTS: Mapping[str, tuple[str, str]] = {
    "acknowledge": ACKNOWLEDGED,
    "acknowledged": ACKNOWLEDGED,
    "unacknowledge": UNACKNOWLEDGED,
    "unacknowledged": UNACKNOWLEDGED,
    "assign": ASSIGNED,
    "reassigned": ASSIGNED,
    "escalate": ESCALATED,
    "escalated": ESCALATED,
    "delegate": DELEGATED,
    "delegated": DELEGATED,
    "annotate": ("incident.commented", "added a note to {it}"),
    "annotated": ("incident.commented", "added a note to {it}"),
    "status_update_published": ("incident.commented", "published an update on {it}"),
    "priority_updated": ("incident.updated", "changed the priority of {it} to {priority}"),
    "responder.added": ("incident.assigned", "asked {whom} to help with {it}"),
    "service_updated": ("incident.updated", "changed the service of {it}"),
    "conference_bridge.updated": ("incident.updated", "changed the conference bridge of {it}"),
    "custom_field_values.updated": ("incident.updated", "changed the fields of {it}"),
    "incident_type.changed": ("incident.updated", "changed the type of {it}"),
    "workflow.started": ("incident.updated", "started a workflow on {it}"),
    "workflow.completed": ("incident.updated", "finished a workflow on {it}"),
    "responder.replied": ("incident.updated", "answered the call for help with {it}"),
}
"""The words of the older versions are imperatives, those of the third are participles."""
ACT_KINDS = frozenset(kind for kind, _ in ACTS.values())
URGENCIES: Mapping[str, Severity] = {"high": Severity.HIGH, "low": Severity.LOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """
    word      what happened, without `incident.` before it
    identity  PagerDuty's id of the incident
    actor     empty where PagerDuty itself did it
    whom      who is to work on it now
    """

    word: str
    identity: str
    name: str
    number: str = ""
    service: str = ""
    actor: str = ""
    whom: str = ""
    policy: str = ""
    urgency: str = ""
    priority: str = ""
    text: str = ""
    url: str | None = None
    at: datetime | None = None

    def event(self) -> Event:
        status = STATES.get(self.word, Status.INFO if self.word in ACTS else Status.UNKNOWN)
        number = f"#{self.number} " if self.number else ""
        where = place(self.service)
        by = f" by {self.actor}" if self.actor and status is Status.RESOLVED else ""
        event = replace(
            alarm("pagerduty", status, self.name, where + by),
            title=headline(number + self.name, status, where + by),
            text=self.text,
            severity=PRIORITIES.get(self.priority) or URGENCIES.get(self.urgency, Severity.UNKNOWN),
            url=self.url,
            actor=self.actor or None,
            service=self.service or None,
            fields=self._fields(),
            occurred_at=self.at,
        )
        return of_problem(self._as_act(event, f"{number}{self.name}{where}"), self.identity)

    def _as_act(self, event: Event, it: str) -> Event:
        who = self.actor or "PagerDuty"
        if event.status is Status.UNKNOWN:
            return replace(event, title=f"{who} changed {it} ({words(self.word) or 'unknown'})")
        if self.word not in ACTS:
            return event
        kind, did = ACTS[self.word]
        whom, policy = self.whom or "nobody", self.policy or "another policy"
        told = did.format(it=it, whom=whom, policy=policy, priority=self.priority or "none")
        return replace(event, kind=kind, title=f"{who} {told}")

    def _fields(self) -> tuple[tuple[str, str], ...]:
        found = {
            "Incident": f"#{self.number}" if self.number else "",
            "Urgency": self.urgency,
            "Priority": self.priority,
            "Assigned to": self.whom,
            "Escalation policy": self.policy,
        }
        return shown(found)
