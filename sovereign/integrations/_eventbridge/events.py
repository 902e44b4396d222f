"""Reads events of EventBridge: of the services that deploy, build and alarm in their words, others as told.

https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations import _alarms, _cloudwatch
from sovereign.integrations._eventbridge import builds, deployments
from sovereign.integrations._eventbridge.bus import Bus, Readers
from sovereign.integrations._named import told
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when

OTHER = "eventbridge.event"


def is_event(payload: Payload) -> bool:
    return payload.get("detail-type") is not None and payload.get("detail") is not None


def event_of(source: str, payload: Payload) -> Event:
    """Raises BadPayload for what is no event of EventBridge."""
    region = line(payload, "region")
    bus = Bus(
        source=source,
        type=" ".join(payload.at("detail-type").text().split()),
        sender=line(payload, "source"),
        id=line(payload, "id"),
        region=region,
        account=line(payload, "account"),
        place=_alarms.place(region),
        resources=tuple(_alarms.names_at(payload, "resources")),
        at=when(payload, "time"),
        detail=payload.at("detail"),
    )
    return READERS.get(bus.type, _any)(bus)


def _any(bus: Bus) -> Event:
    found = told(bus.detail)
    what = f"{bus.type or 'An event'} of {bus.sender or 'an unnamed sender'}{bus.place}"
    event = bus.event(
        OTHER, found.name or bus.type or "event", f"{what}: {found.name}" if found.name else what
    )
    fields = (*found.fields, *event.fields, *shown({"Resource": ", ".join(bus.resources[:3])}))
    return replace(
        event, name=found.name, text=found.text, url=found.url, service=found.where or None, fields=fields[:6]
    )


def _alarm(bus: Bus) -> Event:
    detail = bus.detail
    metrics = detail.list_at("configuration", "metrics")
    metric = next((found for one in metrics if (found := one.get("metricStat", "metric"))), None)
    dimensions = metric.get("dimensions") if metric else None
    alarm = _cloudwatch.Alarm(
        name=line(detail, "alarmName"),
        id=bus.resources[0] if bus.resources else f"{bus.account} {bus.region} {line(detail, 'alarmName')}",
        state=line(detail, "state.value"),
        before=line(detail, "previousState.value"),
        reason=prose(detail, "state.reason"),
        description=prose(detail, "configuration.description"),
        region=bus.region,
        account=bus.account,
        metric=" ".join(filter(None, [line(metric, "namespace"), line(metric, "name")])),
        dimensions=dimensions.texts() if dimensions else {},
        at=when(detail, "state.timestamp") or bus.at,
    )
    return _cloudwatch.event_of(bus.source, alarm)


READERS: Readers = {"CloudWatch Alarm State Change": _alarm, **builds.READERS, **deployments.READERS}
KINDS = frozenset({OTHER}) | _alarms.KINDS | builds.KINDS | deployments.KINDS
QUIET = frozenset({"environment.modified", "taskrun.started"})
