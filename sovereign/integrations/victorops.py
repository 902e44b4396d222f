"""Splunk On-Call, formerly VictorOps: its outgoing webhooks, whose body the customer writes.

https://help.victorops.com/knowledge-base/custom-outbound-webhooks/

Add a webhook for Any-Incident (and Incident-Chats, if wanted): POST, application/json, with this payload. The
whole list of variables, which is what some accounts send unasked, is read too. Nothing is signed: put
`?token=SECRET` behind the address, or add the header `Authorization: Bearer SECRET`.

    {
      "STATE.INCIDENT_NAME": "${{STATE.INCIDENT_NAME}}", "STATE.ENTITY_ID": "${{STATE.ENTITY_ID}}",
      "STATE.CURRENT_ALERT_PHASE": "${{STATE.CURRENT_ALERT_PHASE}}",
      "STATE.CURRENT_STATE": "${{STATE.CURRENT_STATE}}",
      "STATE.SERVICE": "${{STATE.SERVICE}}", "STATE.HOST": "${{STATE.HOST}}",
      "STATE.ACK_USER": "${{STATE.ACK_USER}}", "STATE.ACK_MSG": "${{STATE.ACK_MSG}}",
      "STATE.LAST_TIMESTAMP": "${{STATE.LAST_TIMESTAMP}}",
      "ALERT.entity_display_name": "${{ALERT.entity_display_name}}",
      "ALERT.state_message": "${{ALERT.state_message}}", "ALERT.message_type": "${{ALERT.message_type}}",
      "ALERT.monitoring_tool": "${{ALERT.monitoring_tool}}", "ALERT.alert_url": "${{ALERT.alert_url}}",
      "CHAT.TEXT": "${{CHAT.TEXT}}", "CHAT.USER_ID": "${{CHAT.USER_ID}}"
    }

A body in the format of On-Call's own REST endpoint (`message_type`, `entity_id`, `state_message`), which many
tools can send, is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import link, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

PHASES: Mapping[str, Status] = {
    "UNACKED": Status.FIRING,
    "ACKED": Status.INFO,
    "RESOLVED": Status.RESOLVED,
}
MESSAGES: Mapping[str, Status] = {
    "CRITICAL": Status.FIRING,
    "WARNING": Status.FIRING,
    "ACKNOWLEDGEMENT": Status.INFO,
    "RECOVERY": Status.RESOLVED,
    "OK": Status.RESOLVED,
}
SEVERITIES: Mapping[str, Severity] = {
    "CRITICAL": Severity.CRITICAL,
    "WARNING": Severity.MEDIUM,
    "INFO": Severity.INFO,
}
NOBODY = frozenset({"SYSTEM", "null"})


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    identity, name = _identity(payload), _name(payload)
    status = _status(payload)
    service, who = _said(payload, "STATE.SERVICE", "INCIDENT.SERVICE"), _person(payload)
    host = _said(payload, "STATE.HOST", "INCIDENT.HOST")
    where = f" on {host}" if host else place(service if service != name else "")
    event = replace(
        alarm("victorops", status, name, where, _said(payload, "ALERT.state_message", "state_message")),
        severity=_severity(payload),
        url=link(Payload({"at": _said(payload, "ALERT.alert_url", "STATE.INFO_URL")}), "at"),
        actor=who or None,
        service=service or None,
        fields=_fields(payload, host),
        occurred_at=when(Payload({"at": _said(payload, "STATE.LAST_TIMESTAMP", "timestamp")}), "at"),
    )
    if chat := _said(payload, "CHAT.TEXT"):
        who = _said(payload, "CHAT.USER_ID") or "Somebody"
        title = f"{who} wrote about {name}{where}"
        event = replace(
            event, kind="incident.commented", title=title, text=chat, actor=who, status=Status.INFO
        )
    elif status is Status.INFO:
        title = f"{who or 'Somebody'} acknowledged {name}{where}"
        text = _said(payload, "STATE.ACK_MSG", "ack_message")
        event = replace(event, kind="incident.acknowledged", title=title, text=text)
    return [of_problem(event, identity)]


def _said(payload: Payload, *names: str) -> str:
    """The first of these variables that has a value, on one line. Their names are no paths."""
    for name in names:
        found = payload.get(name)
        if found and (text := " ".join(found.scalar().split())) and not text.startswith("${{"):
            return text
    return ""


def _identity(payload: Payload) -> str:
    payload.require_object()
    names = ("STATE.ENTITY_ID", "ALERT.entity_id", "entity_id", "STATE.INCIDENT_NAME", "INCIDENT.INCIDENT_ID")
    if identity := _said(payload, *names):
        return identity
    raise BadPayload("$.STATE.ENTITY_ID", "is missing")


def _status(payload: Payload) -> Status:
    if phase := _said(payload, "STATE.CURRENT_ALERT_PHASE", "INCIDENT.CURRENT_PHASE"):
        return PHASES.get(phase.upper(), Status.UNKNOWN)
    return MESSAGES.get(_said(payload, "ALERT.message_type", "message_type").upper(), Status.UNKNOWN)


def _name(payload: Payload) -> str:
    names = ("ALERT.entity_display_name", "INCIDENT.ENTITY_DISPLAY_NAME", "entity_display_name")
    number = _said(payload, "STATE.INCIDENT_NAME")
    found = _said(payload, *names, "STATE.SERVICE") or (f"Incident {number}" if number else "")
    return found or "(unnamed incident)"


def _person(payload: Payload) -> str:
    who = _said(payload, "STATE.RESOLVED_BY", "STATE.ACKED_BY", "STATE.ACK_USER", "ack_author")
    return "" if who in NOBODY else who


def _severity(payload: Payload) -> Severity:
    names = ("STATE.CURRENT_STATE", "INCIDENT.ENTITY_STATE", "ALERT.message_type", "message_type")
    return SEVERITIES.get(_said(payload, *names).upper(), Severity.UNKNOWN)


def _fields(payload: Payload, host: str) -> tuple[tuple[str, str], ...]:
    number = _said(payload, "STATE.INCIDENT_NAME", "INCIDENT.INCIDENT_ID")
    found = {
        "Incident": f"#{number.lstrip('#')}" if number else "",
        "Host": host,
        "Tool": _said(payload, "ALERT.monitoring_tool", "monitoring_tool"),
        "Alerts": _said(payload, "STATE.ALERT_COUNT", "INCIDENT.ALERT_COUNT"),
    }
    return shown(found)


SOURCE = Source(
    slug="victorops",
    title="Splunk On-Call (VictorOps)",
    docs="https://help.victorops.com/knowledge-base/custom-outbound-webhooks/",
    home="alerts",
    secret="env://VICTOROPS_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged", "incident.commented"},
    transmission=by_problem(lambda headers, body: _identity(Payload.from_json(body))),
    urgent=telling(SEVERITIES),
)
