"""What a topic of Amazon SNS delivers: alarms, events of EventBridge, or what somebody publishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations import _cloudwatch
from sovereign.integrations._alarms import KINDS as ALARMS
from sovereign.integrations._alarms import by_problem
from sovereign.integrations._eventbridge import events
from sovereign.integrations._named import told
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when
from sovereign.integrations._source import Headers, Transmission, brief

REQUESTED, ENDED, RECEIVED = "subscription.requested", "subscription.ended", "notification.received"
KINDS = ALARMS | {RECEIVED}
"""Of what is published; a message may be an event of EventBridge, or name any other kind."""
MOST = 100
"""Messages that are read out of one body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message and what is known of its way; `topic` is an ARN, empty where it is not told."""

    type: str = "Notification"
    id: str = ""
    topic: str = ""
    subject: str = ""
    text: str
    at: datetime | None = None

    @property
    def topic_name(self) -> str:
        return self.topic.rpartition(":")[2]


def notices(headers: Headers, body: bytes) -> Iterator[Notice]:
    """The messages in a body: SNS's envelope, the form that functions get, or, with raw delivery, the message
    itself. Raises BadPayload for what is no text."""
    try:
        payload = Payload.from_json(body)
    except BadPayload:
        yield _raw(headers, body)
        return
    records = payload.get("Records")
    if payload.get("Type") is not None and payload.get("Message") is not None:
        yield _enveloped(payload)  # the only form that is signed: nothing beside it may pass for the message
    elif records and isinstance(records.raw, list):
        for record in list(records.each())[:MOST]:
            yield _enveloped(record.at("Sns"))
    else:
        yield _raw(headers, body)


def transmission(headers: Headers, body: bytes) -> Transmission:
    """The number of the message, the same in every attempt; without one, what it says of its alarm."""
    try:
        ids = [one.id for one in notices(headers, body)]
    except BadPayload:
        ids = []
    return Transmission(key=f"id:{brief(ids[0])}") if len(ids) == 1 and ids[0] else _by_alarm(headers, body)


def _problem(headers: Headers, body: bytes) -> str:
    return " ".join(read("sns", one).fingerprint or "" for one in notices(headers, body)).strip()


_by_alarm = by_problem(_problem)


def _enveloped(found: Payload) -> Notice:
    return Notice(
        type=line(found, "Type"),
        id=line(found, "MessageId"),
        topic=line(found, "TopicArn"),
        subject=line(found, "Subject"),
        text=found.at("Message").text(),
        at=when(found, "Timestamp"),
    )


def _raw(headers: Headers, body: bytes) -> Notice:
    try:
        text = body.decode().strip()
    except ValueError:
        raise BadPayload("$", "is not a text") from None
    if not text:
        raise BadPayload("$", "is empty")
    topic = headers.get("x-amz-sns-topic-arn", "")
    return Notice(id=headers.get("x-amz-sns-message-id", ""), topic=topic, text=text)


def read(source: str, notice: Notice) -> Event:
    """The event that a message is."""
    if notice.type in _SUBSCRIPTIONS:
        return _subscription(source, notice)
    try:
        message = Payload.from_json(notice.text.encode())
    except BadPayload:
        return _plain(source, notice)
    if _cloudwatch.is_alarm(message):
        event = _cloudwatch.event_of(source, _cloudwatch.of_message(message))
    elif events.is_event(message):
        event = events.event_of(source, message)
    else:
        return _other(source, notice, message)
    fields = (*event.fields, *shown({"Topic": notice.topic_name}))
    return replace(event, fields=fields[:6], occurred_at=event.occurred_at or notice.at)


_SUBSCRIPTIONS = {
    "SubscriptionConfirmation": (REQUESTED, "asks to confirm its subscription"),
    "UnsubscribeConfirmation": (ENDED, "no longer sends here"),
}


def _subscription(source: str, notice: Notice) -> Event:
    kind, did = _SUBSCRIPTIONS[notice.type]
    name = notice.topic_name or "(unnamed topic)"
    asked = "It is confirmed if `topics` of the endpoint names it. If not, name it and have SNS ask again."
    return Event(
        source=source,
        kind=kind,
        subject=name,
        name=name,
        title=f"The SNS topic {name} {did}",
        text=asked if kind == REQUESTED else "",
        fields=shown({"Topic": notice.topic}),
        occurred_at=notice.at,
    )


def _plain(source: str, notice: Notice) -> Event:
    """Words that somebody publishes for people."""
    first, _, rest = notice.text.strip().partition("\n")
    headline = notice.subject or " ".join(first.split())[:200] or "A message without words"
    return _received(source, notice, headline, notice.text if notice.subject else rest.strip())


def _other(source: str, notice: Notice, message: Payload) -> Event:
    found = told(message)
    event = _received(source, notice, notice.subject or found.name or "A message", found.text)
    fields = (*found.fields, *event.fields)
    return replace(event, url=found.url, service=found.where or event.service, fields=fields[:6])


def _received(source: str, notice: Notice, headline: str, text: str) -> Event:
    topic = notice.topic_name
    return Event(
        source=source,
        kind=RECEIVED,
        subject=topic or headline,
        name=headline,
        title=f"{headline} ({topic})" if topic else headline,
        text=text,
        service=topic or None,
        fields=shown({"Topic": topic}),
        occurred_at=notice.at,
    )
