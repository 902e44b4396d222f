"""CloudWatch alarms, however they come: in a message of SNS, as an event of EventBridge, or as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import headline, kind_of, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when

STATES: Mapping[str, Status] = {
    "ALARM": Status.FIRING,
    "OK": Status.RESOLVED,
    "INSUFFICIENT_DATA": Status.INFO,
}
"""Without data an alarm says nothing of its problem, neither that it is there nor that it is gone."""
SERVICES = (
    "ServiceName", "FunctionName", "ApiName", "QueueName", "TopicName", "DBInstanceIdentifier",
    "DBClusterIdentifier", "TableName", "LoadBalancer", "ClusterName", "AutoScalingGroupName", "InstanceId",
)  # fmt: skip
"""Dimensions that say what a metric is of, in the order in which people know it by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """`id` is the alarm's ARN where the sender says it; `dimensions` are those of its metric."""

    name: str
    id: str
    state: str
    before: str
    reason: str
    description: str
    region: str
    account: str
    metric: str
    dimensions: Mapping[str, str]
    at: datetime | None


def is_alarm(message: Payload) -> bool:
    return message.get("AlarmName") is not None and message.get("NewStateValue") is not None


def of_message(message: Payload) -> Alarm:
    """What CloudWatch publishes to a topic. Composite alarms have a rule and no trigger."""
    name, region, account = line(message, "AlarmName"), line(message, "Region"), line(message, "AWSAccountId")
    pairs = message.list_at("Trigger", "Dimensions")
    metric = [line(message, "Trigger.Namespace"), line(message, "Trigger.MetricName")]
    return Alarm(
        name=name,
        id=line(message, "AlarmArn") or f"{account} {region} {name}",
        state=line(message, "NewStateValue"),
        before=line(message, "OldStateValue"),
        reason=prose(message, "NewStateReason"),
        description=prose(message, "AlarmDescription"),
        region=region,
        account=account,
        metric=" ".join(filter(None, metric)),
        dimensions={
            key: value for one in pairs if (key := line(one, "name")) and (value := line(one, "value"))
        },
        at=when(message, "StateChangeTime"),
    )


def event_of(source: str, alarm: Alarm) -> Event:
    """Firing or resolved, one problem for each alarm; anything else is reported."""
    status = STATES.get(alarm.state, Status.UNKNOWN)
    dimension = next((key for key in (*SERVICES, *alarm.dimensions) if key in alarm.dimensions), "")
    service = alarm.dimensions.get(dimension, "")
    name = alarm.name or "(unnamed alarm)"
    where = place(service or alarm.region)
    no_data = f"{name} has insufficient data{where}" if status is Status.INFO else ""
    told = status in (
        Status.FIRING,
        Status.RESOLVED,
    )  # by the title; a card that is resolved keeps its fields
    state = f"{alarm.before} → {alarm.state}" if alarm.before else alarm.state
    fields = {
        "State": "" if told else state,
        "Metric": alarm.metric,
        dimension or "Dimension": service,
        "Region": alarm.region,
        "Account": alarm.account,
    }
    event = Event(
        source=source,
        kind=kind_of(status),
        subject=name,
        name=name,
        title=no_data or headline(name, status, where),
        text="\n\n".join(filter(None, [alarm.description, alarm.reason])),
        status=status,
        severity=Severity.INFO if no_data else Severity.UNKNOWN,  # alarms are not graded
        service=service or None,
        labels=alarm.dimensions,
        fields=shown(fields),
        occurred_at=alarm.at,
    )
    return of_problem(event, alarm.id)
