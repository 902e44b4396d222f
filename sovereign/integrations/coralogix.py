"""Coralogix: alerts that trigger and resolve, by its generic webhook.

https://coralogix.com/docs/user-guides/alerting/outbound-webhooks/generic-outbound-webhooks-alert-webhooks/

The body is a template; the one that Coralogix proposes is read as it stands, and what it leaves
unfilled is left out. Nothing is signed: add the header `Authorization: Bearer SECRET`. Alerts of
one definition are told apart by the values that they are grouped by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations import _forms
from sovereign.integrations._alarms import KINDS, PRIORITIES, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "trigger": Status.FIRING,
    "resolve": Status.RESOLVED,
    "resolved": Status.RESOLVED,
}
_BLANK = re.compile(r"\$[A-Z_0-9]+|\*insert [^*]*\*|null|\[\]")
"""What stands where Coralogix has nothing to put."""
GROUPED_BY = ("Group-by Value1", "Group-by Value2")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    name, more = required(payload, "name"), _more(payload)
    status = STATES.get(line(payload, "alert_action").lower(), Status.UNKNOWN)
    app, subsystem = more.get("application", ""), more.get("subsystem", "")
    service = _forms.filled(payload, _BLANK, "service") or subsystem or app
    labels = _labels(more)
    says = _forms.filled(payload, _BLANK, "description")
    event = replace(
        alarm("coralogix", status, name, place(service or more.get("team", "")), says),
        text=more.get("text", ""),
        severity=PRIORITIES.get(more.get("priority", "")) or graded(more.get("severity", "")),
        url=link(payload, "alert_url", "log_url"),
        service=service or None,
        environment=labels.get("environment") or labels.get("env") or None,
        labels=labels,
        fields=_fields(payload, more),
        occurred_at=when(Payload(dict(more)), "timestampISO", "timestampMs"),
    )
    return [of_problem(event, *_identity(payload))]


def _more(payload: Payload) -> dict[str, str]:
    """The list of keys and values as one, without what was left unfilled; the first of each counts."""
    found: dict[str, str] = {}
    for one in payload.list_at("fields"):
        key, value = line(one, "key"), one.get("value")
        text = "" if value is None or isinstance(value.raw, list | dict) else line(one, "value")
        if key and text and not _BLANK.fullmatch(text):
            found.setdefault(key, text)
    return found


def _labels(more: Mapping[str, str]) -> dict[str, str]:
    pairs = (label.strip().partition(":") for label in more.get("metaLabels", "").split(","))
    return {name: value for name, _, value in pairs if name}


def _identity(payload: Payload) -> tuple[str, ...]:
    more = _more(payload)
    return required(payload, "alert_id", "name"), *(more.get(key, "") for key in GROUPED_BY)


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _fields(payload: Payload, more: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    groups = [
        f"{more[key.replace('Value', 'Field')]}={more[key]}" for key in GROUPED_BY if _grouped(more, key)
    ]
    found = {
        "Application": more.get("application", ""),
        "Subsystem": more.get("subsystem", ""),
        "Group": ", ".join(groups),
        "Hits": more.get("hitCount", ""),
        "Team": more.get("team", ""),
        "Logs": link(payload, "log_url") or "",
    }
    return shown(found)


def _grouped(more: Mapping[str, str], key: str) -> bool:
    return key in more and key.replace("Value", "Field") in more


SOURCE = Source(
    slug="coralogix",
    title="Coralogix",
    docs="https://coralogix.com/docs/user-guides/alerting/outbound-webhooks/"
    "generic-outbound-webhooks-alert-webhooks/",
    home="alerts",
    secret="env://CORALOGIX_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(PRIORITIES, SEVERITIES),
)
