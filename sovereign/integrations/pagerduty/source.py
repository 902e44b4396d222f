"""PagerDuty: webhook subscriptions (version 3), and the extensions of versions 2 and 1.

https://developer.pagerduty.com/docs/webhooks-overview

Version 3 signs, with one signature for each secret while it is being changed. The older ones do not: write
the secret as password into the address. `X-Webhook-Id` is the same for every attempt to deliver, and so is
the number of the event.
"""

from __future__ import annotations

from collections.abc import Iterator

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._alarms import KINDS, by_problem, names_at, required
from sovereign.integrations._named import kind_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when
from sovereign.integrations._source import Headers, Source, Transmission, brief, by_header
from sovereign.integrations._verify import any_of, hmac_list, static_secret
from sovereign.integrations.pagerduty._happening import ACT_KINDS, Happening

DELIVERY = "x-webhook-id"


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("messages") is not None:
        return [_of_message(one) for one in payload.at("messages").each()]
    return [_of_event(payload.at("event"))]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """By the number of the event, which is never sent anew and is signed: that of the delivery stands in a
    header, which whoever replays what was signed can change. Versions 2 and 1 sign neither."""
    try:
        payload = Payload.from_json(body)
        event = line(payload, "event.id")
        messages = ",".join(filter(None, (line(one, "id") for one in payload.list_at("messages"))))
    except BadPayload:
        event = messages = ""
    if headers.get(DELIVERY) and not event:
        return by_header(DELIVERY)(headers, body)
    key = event or messages
    return Transmission(key=f"event:{brief(key)}") if key else _by_incident(headers, body)


_by_incident = by_problem(
    lambda headers, body: line(Payload.from_json(body), "event.data.incident.id", "event.data.id")
)


def _of_event(event: Payload) -> Event:
    """Version 3. Notes, updates and responders carry a reference to the incident, without its service."""
    word, found = required(event, "event_type"), event.at("data")
    if word == "pagey.ping":
        return _ping(found)
    if not word.startswith("incident."):
        return _other(event, word)
    actor = line(event, "agent.summary") if line(event, "agent.type") == "user_reference" else ""
    whom = [line(one, "summary") for one in found.list_at("assignees")] or [line(found, "user.summary")]
    return Happening(
        word=word.removeprefix("incident."),
        identity=required(found, "incident.id", "id"),
        name=line(found, "title", "incident.summary") or "(unnamed incident)",
        number=line(found, "number"),
        service=line(found, "service.summary"),
        actor=actor,
        whom=", ".join(filter(None, whom)),
        policy=line(found, "escalation_policy.summary"),
        urgency=line(found, "urgency"),
        priority=line(found, "priority.summary"),
        text=prose(found, "content", "message"),
        url=link(found, "incident.html_url", "html_url"),
        at=when(event, "occurred_at"),
    ).event()


def _of_message(message: Payload) -> Event:
    """Version 2 has the incident and a log of what happened; version 1 the incident inside `data`."""
    word = line(message, "event", "type")
    found = message.get("data", "incident") or message.at("incident")
    log = next(iter(message.list_at("log_entries")), None)
    actor = line(log, "agent.summary") if line(log, "agent.type") == "user_reference" else ""
    changed_by = (
        "resolved_by_user.name" if word.startswith("incident.resolve") else "last_status_change_by.name"
    )
    return Happening(
        word=word.removeprefix("incident."),
        identity=required(found, "id", "incident_key"),
        name=line(found, "title", "trigger_summary_data.subject", "trigger_summary_data.description")
        or line(found, "incident_key")
        or "(unnamed incident)",
        number=line(found, "incident_number"),
        service=line(found, "service.name", "service.summary"),
        actor=actor or line(found, changed_by),
        whom=", ".join(_assignees(found)),
        policy=line(found, "escalation_policy.summary", "escalation_policy.name"),
        urgency=line(found, "urgency"),
        priority=line(found, "priority.summary", "priority.name"),
        text=prose(log, "channel.summary", "note") if word == "incident.annotate" else "",
        url=link(found, "html_url"),
        at=when(log, "created_at") or when(message, "created_on"),
    ).event()


def _assignees(found: Payload) -> Iterator[str]:
    for one in found.list_at("assignments"):
        yield from names_at(one, "assignee.summary")
    for one in found.list_at("assigned_to"):
        yield from names_at(one, "object.name")


def _ping(found: Payload) -> Event:
    return Event(
        source="pagerduty",
        kind="ping.received",
        subject="webhook",
        title="PagerDuty tried this webhook",
        text=prose(found, "message"),
    )


def _other(event: Payload, word: str) -> Event:
    """What is not about an incident, such as a changed service: nobody declares its kind."""
    name = line(event, "data.summary")
    return Event(
        source="pagerduty",
        kind=kind_of(f"pagerduty.{word}", otherwise="pagerduty.sent"),
        subject=name or word,
        title=f"PagerDuty reports {word}{f' of {name}' if name else ''}",
        url=link(event, "data.html_url"),
        occurred_at=when(event, "occurred_at"),
    )


SOURCE = Source(
    slug="pagerduty",
    title="PagerDuty",
    docs="https://developer.pagerduty.com/docs/webhooks-overview",
    home="alerts",
    secret="env://PAGERDUTY_WEBHOOK_SECRET",
    scheme=any_of(hmac_list("x-pagerduty-signature", "v1"), static_secret()),
    parse=parse,
    kinds=KINDS | ACT_KINDS | {"ping.received"},
    transmission=transmission,
    delivery_header=DELIVERY,
    shown_headers=frozenset({DELIVERY, "x-webhook-subscription"}),
)
