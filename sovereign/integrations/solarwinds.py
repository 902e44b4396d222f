"""SolarWinds Platform (Orion): alerts that trigger and reset, by the action that posts.

https://documentation.solarwinds.com/en/success_center/orionplatform/content/core-alert-actions.htm

The body is yours to write. Add "Send a GET or POST Request to a Web Server" to the trigger actions
and to the reset actions, choose POST and application/json, and give it basic authorization with
the secret as password, or put `?token=SECRET` behind the address. The body, in the reset action
with RESET for TRIGGER:

    {
      "event_type": "TRIGGER", "alert_object_id": "${N=Alerting;M=AlertObjectID}",
      "alert_name": "${N=Alerting;M=AlertName}", "alert_message": "${N=Alerting;M=AlertMessage}",
      "severity": "${N=Alerting;M=Severity}", "object": "${N=SwisEntity;M=DisplayName}",
      "object_type": "${N=Alerting;M=ObjectType}", "node": "${N=SwisEntity;M=Node.Caption}",
      "ip_address": "${N=SwisEntity;M=IP_Address}", "url": "${N=Alerting;M=AlertDetailsUrl}",
      "acknowledged_by": "${N=Alerting;M=AcknowledgedBy}"
    }

The same keys as a form are read too. The format is of this template: the platform has none of its
own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import link, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

TYPES: Mapping[str, Status] = {
    "TRIGGER": Status.FIRING,
    "RESET": Status.RESOLVED,
    "ACKNOWLEDGE": Status.INFO,
}
SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "serious": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "notice": Severity.LOW,
    "information": Severity.INFO,
    "informational": Severity.INFO,
}
_BLANK = re.compile(r"\$\{[^}]*\}|MACRO .*|n/a", re.IGNORECASE)
"""A macro that has no value for this object, as the platform leaves it."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    status = TYPES.get(_said(payload, "event_type").upper(), Status.UNKNOWN)
    name = _said(payload, "alert_name") or "(unnamed alert)"
    node, thing = _said(payload, "node"), _said(payload, "object", "ip_address")
    places = [part for part in dict.fromkeys((thing, node)) if part]
    where = f" on {' of '.join(places)}" if places else ""
    who = _said(payload, "acknowledged_by")
    event = replace(
        alarm("solarwinds", status, name, where),
        text=_said(payload, "alert_message"),
        severity=SEVERITIES.get(_said(payload, "severity").lower(), Severity.UNKNOWN),
        url=link(payload, "url"),
        actor=who or None,
        fields=_fields(payload),
        occurred_at=when(payload, "timestamp"),
    )
    if status is Status.INFO:
        title = f"{who or 'Somebody'} acknowledged {name}{where}"
        event = replace(event, kind="incident.acknowledged", title=title)
    return [of_problem(event, _identity(payload))]


def _said(payload: Payload, *names: str) -> str:
    return _forms.filled(payload, _BLANK, *names)


def _identity(payload: Payload) -> str:
    """The alert object: one alert definition on one object, the same from trigger to reset."""
    if found := _said(payload, "alert_object_id"):
        return found
    return f"{required(payload, 'alert_name')}\n{_said(payload, 'node')}\n{_said(payload, 'object')}"


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_forms.read(headers, body))


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Object": _said(payload, "object"),
        "Type": _said(payload, "object_type"),
        "Node": _said(payload, "node"),
        "Address": _said(payload, "ip_address"),
        "Severity": _said(payload, "severity"),
    }
    return shown(found)


SOURCE = Source(
    slug="solarwinds",
    title="SolarWinds",
    docs="https://documentation.solarwinds.com/en/success_center/orionplatform/",
    home="alerts",
    secret="env://SOLARWINDS_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged"},
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
