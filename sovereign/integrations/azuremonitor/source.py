"""Azure Monitor: alerts of action groups, in the common alert schema and in the ones before it.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema

Turn the common alert schema on. Nothing is signed: put `?token=SECRET` behind the address of the
webhook action. Metric, log, activity log and autoscale bodies without the common schema are read
too; what autoscale did is reported, and never fires. A budget that is spent fires, and never
resolves by itself.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import KINDS, by_problem, names_at, of_problem
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES as WORDS
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.azuremonitor import _older
from sovereign.integrations.azuremonitor._resources import (
    SEVERITIES,
    STATES,
    alert,
    conditions,
    measured,
    severity,
)

LOG_ALERT = "Microsoft.Insights/LogAlert"
BUDGETS = "CostAlerts"
MOST_FIELDS = 6


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    data = payload.get("data") or payload
    if data.get("essentials") is not None:
        return [_common(data, data.at("essentials"))]
    if line(payload, "schemaId") == LOG_ALERT:
        return [_older.log(data)]
    if (activity := data.get("context", "activityLog")) is not None:
        return [_older.activity(data, activity)]
    return [_older.metric(data, data.at("context"))]


def _common(data: Payload, found: Payload) -> Event:
    budget = data.get("alertContext", "AlertData")
    status = STATES.get(_condition(found), Status.UNKNOWN)
    ids = names_at(found, "alertTargetIDs")
    condition = data.get("alertContext", "condition")
    event = alert(status, _rule(found, budget), [] if budget else names_at(found, "configurationItems"), ids)
    links = [link(one, "linkToFilteredSearchResultsUI") for one in conditions(condition)]
    event = replace(
        event,
        text=prose(found, "description"),
        severity=severity(line(found, "severity")),
        url=link(found, "investigationLink") or next(iter(links), None),
        fields=(*event.fields, *_fields(data, found))[:MOST_FIELDS],
        occurred_at=when(found, "resolvedDateTime" if status is Status.RESOLVED else "firedDateTime"),
    )
    name = line(found, "alertId", "originAlertId")
    return of_problem(event, name) if name else of_problem(event, event.name, *ids)


def _fields(data: Payload, found: Payload) -> tuple[tuple[str, str], ...]:
    budget, condition = data.get("alertContext", "AlertData"), data.get("alertContext", "condition")
    told = {
        "Condition": "; ".join(measured(one) for one in conditions(condition)),
        "Scope": line(budget, "Scope"),
        "Spent": line(budget, "SpentAmount"),
        "Threshold": line(budget, "NotificationThresholdAmount"),
        "Done by": line(data, "alertContext.caller"),
        "Watched by": line(found, "monitoringService"),
    }
    return shown(told)


def _condition(found: Payload) -> str:
    """A budget that is spent fires, and has no word for it."""
    spent = line(found, "monitoringService") == BUDGETS and when(found, "firedDateTime")
    return line(found, "monitorCondition").lower() or ("fired" if spent else "")


def _rule(found: Payload, budget: Payload | None) -> str:
    if name := line(budget, "BudgetName"):
        return f"Budget {name}"
    return line(found, "alertRule", "monitoringService")


def _problem(headers: Headers, body: bytes) -> str:
    (event,) = parse(headers, body)
    return event.conversation or ""


SOURCE = Source(
    slug="azuremonitor",
    title="Azure Monitor",
    docs="https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema",
    home="alerts",
    secret="env://AZUREMONITOR_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(WORDS, {f"sev{number}": grade for number, grade in SEVERITIES.items()}),
)
