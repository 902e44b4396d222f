"""Wazuh: alerts of its rules, by a custom integration of the manager.

https://documentation.wazuh.com/current/user-manual/manager/integration-with-external-apis.html

Put this script at /var/ossec/integrations/custom-sovereign, executable for the group wazuh,

    #!/bin/sh
    exec curl -sS --max-time 10 -H "Authorization: Bearer $2" \\
      -H "Content-Type: application/json" --data-binary @"$1" "$3"

and this into the manager's ossec.conf:

    <integration>
      <name>custom-sovereign</name>
      <hook_url>https://SOVEREIGN/hooks/wazuh</hook_url>
      <api_key>SECRET</api_key>
      <level>10</level>
      <alert_format>json</alert_format>
    </integration>

Wazuh never says that an alert is over, so it fires and never resolves by itself. A summary with
`message`, `severity` and `description`, as other integrations send it, is read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm, by_problem, names_at, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

LEVELS: Mapping[int, Severity] = {
    15: Severity.CRITICAL,
    12: Severity.HIGH,
    7: Severity.MEDIUM,
    0: Severity.LOW,
}
"""The lowest level of each, as Wazuh's own dashboards group them."""
WORST = (15, 16)
"""The critical levels: Wazuh has none above."""
_DETAIL = re.compile(r"^(Agent Name|Agent ID|Rule ID|Level) (\S.*)$", re.MULTILINE)
"""What a summary tells line by line."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("rule") is None:
        return [_of_summary(payload)]
    name, agent = line(payload, "rule.description") or "(unnamed rule)", line(payload, "agent.name")
    event = replace(
        alarm("wazuh", Status.FIRING, name, f" on {agent}" if agent else ""),
        text=prose(payload, "full_log"),
        severity=_severity(payload),
        labels=dict.fromkeys(names_at(payload, "rule.groups"), ""),
        fields=_fields(payload, agent),
        occurred_at=when(payload, "timestamp"),
    )
    return [of_problem(event, *_identity(payload))]


def _of_summary(payload: Payload) -> Event:
    details, name = _details(payload), required(payload, "message", "title")
    agent = details.get("Agent Name", "")
    event = replace(
        alarm("wazuh", Status.FIRING, name, f" on {agent}" if agent else ""),
        text=prose(payload, "description"),
        severity=graded(line(payload, "severity")),
        fields=shown(details),
        occurred_at=when(payload, "created_at"),
    )
    return of_problem(event, *_identity(payload))


def _details(payload: Payload) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in _DETAIL.findall(prose(payload, "description"))}


def _identity(payload: Payload) -> tuple[str, str]:
    """The rule and the agent: what it finds again is the same problem."""
    if payload.get("rule") is not None:
        return required(payload, "rule.id", "rule.description"), line(payload, "agent.id", "agent.name")
    details = _details(payload)
    return details.get("Rule ID") or required(payload, "message", "title"), details.get("Agent ID", "")


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _severity(payload: Payload) -> Severity:
    level = payload.integer_at("rule", "level", otherwise=-1)
    return next((grade for least, grade in LEVELS.items() if level >= least), Severity.UNKNOWN)


def _fields(payload: Payload, agent: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Level": line(payload, "rule.level"),
        "Rule": line(payload, "rule.id"),
        "Agent": agent,
        "Address": line(payload, "agent.ip"),
        "Seen": line(payload, "rule.firedtimes"),
        "Location": line(payload, "location"),
    }
    return shown(found)


SOURCE = Source(
    slug="wazuh",
    title="Wazuh",
    docs="https://documentation.wazuh.com/current/user-manual/manager/integration-with-external-apis.html",
    home="alerts",
    secret="env://WAZUH_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected"}),
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES, {str(level): Severity.CRITICAL for level in WORST}),
)
