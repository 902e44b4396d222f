"""Google Cloud Monitoring: incidents of alerting policies, by webhook.

https://cloud.google.com/monitoring/support/notification-options#webhooks

Nothing is signed: choose basic authentication with the secret as password, or put `?token=SECRET`
behind the address. The test of a channel looks like an incident and says version `test`: it is
reported, and never fires. Policies whose channel is Pub/Sub belong to the source `pubsub`.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations import _gcpmonitoring
from sovereign.integrations._alarms import KINDS, by_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._severity import SEVERITIES, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

EPOCH = 0
"""Seconds that stand for no time at all."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    event = _gcpmonitoring.event_of("gcpmonitoring", payload)
    if event.occurred_at is not None and event.occurred_at.timestamp() == EPOCH:
        event = replace(event, occurred_at=None)
    if line(payload, "version") == "test":
        event = replace(
            event,
            kind="incident.reported",
            title=f"Test of the notification channel: {event.name}",
            status=Status.INFO,
            severity=Severity.INFO,
            fingerprint=None,
            conversation=None,
        )
    return [event]


def _problem(headers: Headers, body: bytes) -> str:
    return required(Payload.from_json(body), "incident.incident_id")


SOURCE = Source(
    slug="gcpmonitoring",
    title="Google Cloud Monitoring",
    docs="https://cloud.google.com/monitoring/support/notification-options#webhooks",
    home="alerts",
    secret="env://GCPMONITORING_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
