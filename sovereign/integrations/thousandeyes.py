"""ThousandEyes: alerts of tests and of agents, which trigger and clear.

https://docs.thousandeyes.com/product-documentation/alerts/integrations/webhooks

Nothing is signed: choose basic authentication with the secret as password, or put `?token=SECRET`
behind the address. A list of notifications in one body is read as well as one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, names_at, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

TYPES: Mapping[str, Status] = {
    "ALERT_NOTIFICATION_TRIGGER": Status.FIRING,
    "AGENT_ALERT_NOTIFICATION_TRIGGER": Status.FIRING,
    "ALERT_NOTIFICATION_CLEAR": Status.RESOLVED,
    "AGENT_ALERT_NOTIFICATION_CLEAR": Status.RESOLVED,
}
TRIAL = "WEBHOOK_TEST"
MOST_NAMED = 3
"""Agents that a field names."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [_event(one) for one in _each(Payload.from_json(body))]


def _each(payload: Payload) -> list[Payload]:
    return list(payload.each()) if isinstance(payload.raw, list) else [payload]


def _alert(found: Payload) -> Payload:
    return found.get("alert") or found.at("agentAlert")


def _event(found: Payload) -> Event:
    type = line(found, "eventType")
    if type == TRIAL:
        event = alarm("thousandeyes", Status.INFO, "Test of the webhook")
        return replace(event, title="ThousandEyes tried the webhook", severity=Severity.INFO)
    alert, status = _alert(found), TYPES.get(type, Status.UNKNOWN)
    rule, where = line(alert, "ruleName") or "(unnamed rule)", _where(alert)
    event = replace(
        alarm("thousandeyes", status, rule, f" on {where}" if where else "", line(alert, "ruleExpression")),
        severity=graded(line(alert, "severity")),
        url=link(alert, "permalink"),
        service=line(alert, "testName") or None,
        fields=_fields(alert),
        occurred_at=_moment(alert, "End" if status is Status.RESOLVED else "Start"),
    )
    return of_problem(event, _identity(found))


def _where(alert: Payload) -> str:
    """The test, or the agent that an alert of agents is about."""
    return line(alert, "testName") or line(alert, "agentName", "hostname", "ipAddress")


def _moment(alert: Payload, which: str) -> datetime | None:
    """Without a zone it is UTC."""
    return when(alert, f"date{which}Zoned", f"date{which}")


def _identity(found: Payload) -> str:
    alert = _alert(found)
    if number := line(alert, "alertId"):
        return number
    return f"{required(alert, 'ruleId', 'ruleName')} {_where(alert)}"


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(sorted(_identity(one) for one in _each(Payload.from_json(body))))


def _fields(alert: Payload) -> tuple[tuple[str, str], ...]:
    agents = alert.list_at("agents")
    metrics = [line(one, "metricsAtStart") for one in agents]
    found = {
        "Rule": line(alert, "ruleExpression"),
        "Target": ", ".join(names_at(alert, "testTargetsDescription")) or line(alert, "ipAddress"),
        "Type": line(alert, "type"),
        "Measured": next(filter(None, metrics), ""),
        "Seen from": _seen(agents),
    }
    return shown(found)


def _seen(agents: list[Payload]) -> str:
    names = [name for one in agents if (name := line(one, "agentName"))]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return "; ".join(names[:MOST_NAMED]) + more


SOURCE = Source(
    slug="thousandeyes",
    title="ThousandEyes",
    docs="https://docs.thousandeyes.com/product-documentation/alerts/integrations/webhooks",
    home="alerts",
    secret="env://THOUSANDEYES_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
