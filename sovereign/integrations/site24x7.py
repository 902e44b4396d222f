"""Site24x7: monitors that go down, are critical or in trouble, and come back up.

https://www.site24x7.com/help/alerts/integrations/webhooks.html

Choose POST and "Send incident parameters" as JSON or as a form, and add a custom header
`Authorization: Bearer SECRET`, or put `?token=SECRET` behind the address; nothing is signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, tuple[Status, Severity]] = {
    "DOWN": (Status.FIRING, Severity.CRITICAL),
    "CRITICAL": (Status.FIRING, Severity.HIGH),
    "TROUBLE": (Status.FIRING, Severity.MEDIUM),
    "UP": (Status.RESOLVED, Severity.INFO),
    "SUSPENDED": (Status.INFO, Severity.INFO),
    "MAINTENANCE": (Status.INFO, Severity.INFO),
}
"""Down is worse than critical here, and critical worse than trouble."""
PHASES: Mapping[str, str] = {"SUSPENDED": "is suspended", "MAINTENANCE": "is under maintenance"}
_BLANK = re.compile(r"\$[A-Z_0-9]+|-|null")
"""A variable that has no value for this monitor."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _forms.read(headers, body)
    payload.require_object()
    word = _said(payload, "STATUS").upper()
    status, severity = STATES.get(word, (Status.UNKNOWN, Severity.UNKNOWN))
    name, target = _said(payload, "MONITORNAME") or "(unnamed monitor)", _said(payload, "MONITORURL")
    reason = _said(payload, "INCIDENT_REASON", "REASON")
    where = f" on {target}" if target else ""
    event = replace(
        alarm("site24x7", status, name, where, reason),
        text=_said(payload, "INCIDENT_DETAILS"),
        severity=severity,
        url=link(payload, "MONITOR_DASHBOARD_LINK", "RCA_LINK"),
        service=target or None,
        fields=_fields(payload, word, reason),
        occurred_at=when(payload, "INCIDENT_TIME_ISO", "OUTAGE_TIME_UNIX_FORMAT", "ct"),
    )
    if word in PHASES:
        event = replace(event, title=f"{name}{where} {PHASES[word]}")
    return [of_problem(event, *_identity(payload))]


def _identity(payload: Payload) -> tuple[str, ...]:
    if number := _said(payload, "MONITOR_ID", "MONITORID"):
        return (number,)
    return required(payload, "MONITORNAME"), _said(payload, "MONITORTYPE")


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(_forms.read(headers, body)))


def _said(payload: Payload, *names: str) -> str:
    return _forms.filled(payload, _BLANK, *names)


def _fields(payload: Payload, word: str, reason: str) -> tuple[tuple[str, str], ...]:
    found = {
        "State": word,
        "Reason": reason,
        "Seen from": _said(payload, "FAILED_LOCATIONS"),
        "Type": _said(payload, "MONITORTYPE"),
        "Group": _said(payload, "MONITOR_GROUPNAME"),
        "Root cause": link(payload, "RCA_LINK") or line(payload, "DOWNTIME_DURATION"),
    }
    return shown(found)


SOURCE = Source(
    slug="site24x7",
    title="Site24x7",
    docs="https://www.site24x7.com/help/alerts/integrations/webhooks.html",
    home="alerts",
    secret="env://SITE24X7_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling({word: grade for word, (_, grade) in STATES.items()}),
)
