"""PRTG: sensors that go down, warn, and recover, by the notification method Execute HTTP Action.

https://www.paessler.com/manuals/prtg/notification_templates_settings

The body is yours to write. Choose POST, put `?token=SECRET` behind the address, and set as
payload, in one line:

    sensorid=%sensorid&sensor=%sensor&device=%device&group=%group&probe=%probe&host=%host
      &status=%status&message=%message&lastvalue=%lastvalue&priority=%priority&url=%linksensor

Trigger it for Down and Warning, and for their end: `When condition clears` makes the alert
resolve. The words for states are those of an English PRTG. An ampersand in a value cuts it; JSON
with the same keys is read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import link, shown
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, tuple[Status, Severity]] = {
    "down": (Status.FIRING, Severity.HIGH),
    "down escalation": (Status.FIRING, Severity.HIGH),
    "down (partial)": (Status.FIRING, Severity.MEDIUM),
    "warning": (Status.FIRING, Severity.MEDIUM),
    "unusual": (Status.FIRING, Severity.LOW),
    "up": (Status.RESOLVED, Severity.INFO),
    "ok": (Status.RESOLVED, Severity.INFO),
    "down (acknowledged)": (Status.INFO, Severity.HIGH),
    "paused": (Status.INFO, Severity.INFO),
}
ACKNOWLEDGED, PAUSED = "down (acknowledged)", "paused"
_ENDED = re.compile(r"(?P<was>[^(]*?) ended(?: \(now: (?P<now>.+)\))?")
"""`Down ended (now: Up)`: what counts is what the sensor is now."""
_BLANK = re.compile(r"%[a-z]+|\(?none\)?|-")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    word, says = _said(payload, "status"), _said(payload, "message")
    status, severity = STATES.get(_now(word), (Status.UNKNOWN, Severity.UNKNOWN))
    sensor, device = _said(payload, "sensor") or "(unnamed sensor)", _said(payload, "device", "host")
    where = f" on {device}" if device else ""
    event = replace(
        alarm("prtg", status, sensor, where, says),
        severity=severity,
        url=link(payload, "url", "linksensor"),
        fields=_fields(payload),
    )
    if _now(word) == ACKNOWLEDGED:
        title = f"Somebody acknowledged {sensor}{where}"
        event = replace(event, kind="incident.acknowledged", title=title)
    if _now(word) == PAUSED:
        event = replace(event, title=f"{sensor}{where} is paused")
    return [of_problem(event, _identity(payload))]


def _now(word: str) -> str:
    """The state that a sensor is in: `Down ended (now: Warning)` is a warning, and an end alone is up."""
    plain = word.lower()
    if ended := _ENDED.fullmatch(plain):
        return ended["now"] or "up"
    return plain


def _said(payload: Payload, *names: str) -> str:
    return _forms.filled(payload, _BLANK, *names)


def _identity(payload: Payload) -> str:
    if sensor := _said(payload, "sensorid"):
        return sensor
    return f"{_said(payload, 'device', 'host')}\n{required(payload, 'sensor')}"


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_forms.read(headers, body))


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "State": _said(payload, "status"),
        "Last value": _said(payload, "lastvalue"),
        "Device": _said(payload, "device", "host"),
        "Group": _said(payload, "group"),
        "Probe": _said(payload, "probe"),
        "Priority": _said(payload, "priority"),
    }
    return shown(found)


SOURCE = Source(
    slug="prtg",
    title="PRTG",
    docs="https://www.paessler.com/manuals/prtg/notification_templates_settings",
    home="alerts",
    secret="env://PRTG_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged"},
    transmission=by_problem(_problem),
)
