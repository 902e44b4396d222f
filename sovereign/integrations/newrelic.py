"""New Relic: issues of its workflows, incidents of its older notification channels, deployment markers.

https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook

The payload is a template. The one that New Relic proposes for a workflow is read as it stands, and so are the
keys of the older channels (`incident_id`, `current_state`, `condition_name` …). `"owner": {{ json owner }}`
and `"runbook": {{ json accumulations.runbookUrl }}` are worth adding. Nothing is signed: give the destination
a bearer token, or basic authorization with the secret as password.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, names_at, of_problem, place
from sovereign.integrations._named import told
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "created": Status.FIRING,
    "activated": Status.FIRING,
    "open": Status.FIRING,
    "closed": Status.RESOLVED,
    "resolved": Status.RESOLVED,
    "acknowledged": Status.INFO,
}
NOBODY = ("", "n/a", "none", "null")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _read(headers, body)
    payload.require_object()
    if (found := _deployment(payload)) is not None:
        return [_deployed(found)]
    status, name = _status(payload), _name(payload)
    targets = [line(one, "name") for one in payload.list_at("targets")]
    entities = names_at(payload, "impactedEntities") or [name for name in targets if name]
    policy = ", ".join(names_at(payload, "alertPolicyNames", "policy_name"))
    says = line(payload, "title", "details")
    where = f" on {', '.join(entities[:3])}" if entities else place(policy)
    event = replace(
        alarm("newrelic", status, name, where, says),
        text="" if says == line(payload, "details") else prose(payload, "details"),
        severity=graded(line(payload, "priority", "severity")),
        url=link(payload, "issueUrl", "incident_url"),
        actor=_owner(payload) or None,
        service=entities[0] if len(entities) == 1 else None,
        labels={"policy": policy} if policy else {},
        fields=_fields(payload, entities, policy),
        occurred_at=when(payload, "createdAt" if status is Status.FIRING else "updatedAt", "timestamp"),
    )
    if status is Status.INFO:
        title = f"{_owner(payload) or 'Somebody'} acknowledged {name}{where}"
        event = replace(event, kind="incident.acknowledged", title=title)
    if name == UNNAMED and status is Status.UNKNOWN:
        event = replace(event, text=told(payload).text, severity=Severity.UNKNOWN)
    return [of_problem(event, _identity(payload))]


UNNAMED = "(unnamed alert)"


def _read(headers: Headers, body: bytes) -> Payload:
    return Payload.from_body(headers, body, field="deployment")


def _status(payload: Payload) -> Status:
    """An acknowledged issue stays ACTIVATED: only the trigger, or the name of who took it, tells."""
    state = STATES.get(line(payload, "state", "current_state").lower(), Status.UNKNOWN)
    trigger = line(payload, "trigger", "triggerEvent").lower()
    taken = "acknowledged" in trigger or (not trigger and bool(_owner(payload)))
    return Status.INFO if state is Status.FIRING and payload.get("state") and taken else state


def _identity(payload: Payload) -> str:
    return line(payload, "id", "issueId", "incident_id") or _name(payload)


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_read(headers, body))


def _name(payload: Payload) -> str:
    names = names_at(payload, "alertConditionNames", "condition_name", "title", "details")
    number = line(payload, "id", "issueId", "incident_id")
    return ", ".join(names[:3]) or (f"Issue {number}" if number else UNNAMED)


def _owner(payload: Payload) -> str:
    owner = line(payload, "owner")
    return "" if owner.lower() in NOBODY else owner


def _deployment(payload: Payload) -> Payload | None:
    """A marker comes as a form, whose field holds it, or as JSON with the same name around it."""
    return payload if payload.get("deployed_by") is not None else payload.get("deployment")


def _deployed(found: Payload) -> Event:
    who, what = line(found, "deployed_by", "user"), line(found, "application_name") or "an application"
    revision = line(found, "revision")
    return Event(
        source="newrelic",
        kind="service.deployed",
        subject=f"{what}@{revision}",
        title=f"{who or 'Somebody'} deployed {what}{f' {revision}' if revision else ''}",
        name=line(found, "description"),
        text=prose(found, "changelog", "description"),
        status=Status.SUCCEEDED,
        url=link(found, "deployment_url"),
        actor=who or None,
        service=line(found, "application_name") or None,
        fields=shown({"Revision": revision, "Account": line(found, "account_name")}),
        occurred_at=when(found, "created_at", "timestamp"),
    )


def _fields(payload: Payload, entities: list[str], policy: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Entities": ", ".join(entities),
        "Policy": policy,
        "Priority": line(payload, "priority", "severity"),
        "Owner": _owner(payload),
        "Runbook": ", ".join(names_at(payload, "runbook", "runbook_url")),
        "Workflow": line(payload, "workflowName"),
    }
    return shown(found)


SOURCE = Source(
    slug="newrelic",
    title="New Relic",
    docs="https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook",
    home="alerts",
    secret="env://NEWRELIC_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged", "service.deployed"},
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
