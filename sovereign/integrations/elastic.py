"""Elastic: rules of Kibana and watches of Elasticsearch, in bodies that the customer writes.

https://www.elastic.co/guide/en/kibana/current/webhook-action-type.html
https://www.elastic.co/guide/en/elasticsearch/reference/current/actions-webhook.html

Neither has a body of its own. Give a rule's webhook action, run for each alert, this body; and the
action that runs when the alert has recovered the same one with `"status": "resolved"`:

    {
      "status": "firing",
      "rule": {"id": "{{rule.id}}", "name": "{{rule.name}}", "type": "{{rule.type}}",
               "url": "{{{rule.url}}}", "tags": "{{rule.tags}}"},
      "alert": {"id": "{{alert.id}}", "action_group": "{{alert.actionGroup}}"},
      "reason": "{{context.reason}}", "severity": "", "service": "", "environment": "",
      "details": "{{{context.alertDetailsUrl}}}", "date": "{{date}}"
    }

Without a status the action group says it: `recovered` resolves, the groups below fire. A watch's action:

    {
      "status": "firing", "watch_id": "{{ctx.watch_id}}", "reason": "{{ctx.payload.hits.total}} hits",
      "severity": "", "service": "", "environment": "", "date": "{{ctx.trigger.triggered_time}}"
    }

Fill in severity, service and environment for what the rule watches. Nothing is signed: give the connector
basic authentication with the secret as password, or the header `Authorization: Bearer SECRET`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, names_at, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {"firing": Status.FIRING, "resolved": Status.RESOLVED}
GROUPS: Mapping[str, Status] = {
    "recovered": Status.RESOLVED,
    "active": Status.FIRING,
    "default": Status.FIRING,
    "query matched": Status.FIRING,
    "threshold met": Status.FIRING,
    "threshold_met": Status.FIRING,
    "logs.threshold.fired": Status.FIRING,
    "metrics.threshold.fired": Status.FIRING,
    "metrics.threshold.warning": Status.FIRING,
    "metrics.inventory_threshold.fired": Status.FIRING,
    "metrics.inventory_threshold.warning": Status.FIRING,
    "custom_threshold.fired": Status.FIRING,
    "slo.burnrate.alert": Status.FIRING,
    "xpack.uptime.alerts.actiongroups.monitorstatus": Status.FIRING,
    "xpack.synthetics.alerts.actiongroups.monitorstatus": Status.FIRING,
}
"""Kibana's names for why an alert is active differ by rule; any other is unknown without a status."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    name, status = _name(payload), _status(payload)
    service, environment = line(payload, "service"), line(payload, "environment")
    group = line(payload, "alert.id")
    one = group if group not in ("*", name, "query matched") else ""
    where = f" for {one}" if one else place(service, environment)
    reason = prose(payload, "reason", "message")
    event = replace(
        alarm("elastic", status, name, where, " ".join(reason.split())),
        text=reason if "\n" in reason else "",
        severity=graded(line(payload, "severity")),
        url=link(payload, "details", "rule.url", "url"),
        service=service or None,
        environment=environment or None,
        labels=_labels(payload),
        fields=_fields(payload, one),
        occurred_at=when(payload, "date"),
    )
    return [of_problem(event, *_identity(payload))]


def _name(payload: Payload) -> str:
    return required(payload, "rule.name", "watch_id", "rule.id")


def _status(payload: Payload) -> Status:
    if state := line(payload, "status"):
        return STATES.get(state.lower(), Status.UNKNOWN)
    return GROUPS.get(line(payload, "alert.action_group", "alert.actionGroup").lower(), Status.UNKNOWN)


def _identity(payload: Payload) -> tuple[str, str]:
    return (line(payload, "rule.id", "watch_id") or _name(payload), line(payload, "alert.id"))


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _labels(payload: Payload) -> dict[str, str]:
    tags = [tag.strip() for text in names_at(payload, "rule.tags") for tag in text.split(",")]
    return {tag: "" for tag in tags if tag}


def _fields(payload: Payload, one: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Alert": one,
        "Rule": line(payload, "rule.type"),
        "Group": line(payload, "alert.action_group", "alert.actionGroup"),
    }
    return shown(found)


SOURCE = Source(
    slug="elastic",
    title="Elastic (Kibana and Watcher)",
    docs="https://www.elastic.co/guide/en/kibana/current/webhook-action-type.html",
    home="alerts",
    secret="env://ELASTIC_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
