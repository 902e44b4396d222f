"""Bodies of Azure Monitor from before the common alert schema: metrics, autoscale, activity, logs."""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import names_at, of_problem
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import graded
from sovereign.integrations.azuremonitor._resources import STATES, alert, conditions, measured, severity


def metric(data: Payload, context: Payload) -> Event:
    """Metric alerts and autoscale, whose bodies differ by their `operation` only."""
    scaled = line(data, "operation")
    status = Status.INFO if scaled else STATES.get(line(data, "status").lower(), Status.UNKNOWN)
    resource = line(context, "resourceName")
    event = alert(status, line(context, "name"), [resource], [line(context, "resourceId")])
    condition = context.get("condition")
    measures = conditions(condition) or ([condition] if condition else [])
    event = replace(
        event,
        text=prose(context, "description", "details"),
        severity=severity(line(context, "severity")),
        url=link(context, "portalLink"),
        fields=event.fields + shown({"Condition": "; ".join(measured(one) for one in measures)}),
        occurred_at=when(context, "timestamp"),
    )
    if scaled:
        title = f"{scaled} of {resource or event.name}: {line(context, 'details')}".rstrip(": ")
        event = replace(event, title=title, severity=Severity.INFO)
    return of_problem(event, line(context, "id"), line(context, "resourceId") or event.name)


def activity(data: Payload, found: Payload) -> Event:
    status = STATES.get(line(data, "status").lower(), Status.UNKNOWN)
    operation, target = line(found, "operationName"), line(found, "resourceId")
    event = alert(status, operation, [target.rpartition("/")[2]], [target])
    event = replace(
        event,
        text=prose(found, "description"),
        severity=graded(line(found, "level")),
        fields=event.fields + shown({"Status": line(found, "status"), "Done by": line(found, "caller")}),
        occurred_at=when(found, "eventTimestamp", "submissionTimestamp"),
    )
    return of_problem(event, line(found, "correlationId"), operation, target)


def log(data: Payload) -> Event:
    """A log alert only ever says that it found something."""
    names = names_at(data, "AffectedConfigurationItems")
    event = alert(Status.FIRING, line(data, "AlertRuleName"), names, [])
    bound = f"{line(data, 'AlertThresholdOperator')} {line(data, 'AlertThresholdValue')}".strip()
    found = {"Results": line(data, "ResultCount"), "Threshold": bound, "Query": line(data, "SearchQuery")}
    event = replace(
        event,
        text=prose(data, "Description"),
        severity=severity(line(data, "Severity")),
        url=link(data, "LinkToFilteredSearchResultsUI", "LinkToSearchResults"),
        fields=event.fields + shown(found),
        occurred_at=when(data, "SearchIntervalEndtimeUtc"),
    )
    return of_problem(event, line(data, "SubscriptionId"), event.name, *names)
