"""CloudEvents in binary, structured and batched form; those of CDEvents are understood word by word.

https://cloudevents.io/
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._authorization import bearer_or_basic
from sovereign.integrations._greetings import event_grid
from sovereign.integrations._named import kind_of, told
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations.cloudevents import cdevents
from sovereign.integrations.cloudevents._envelope import ATTRIBUTES, Envelope, envelopes

UNNAMED = "cloudevent.received"


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [_event(one) for one in envelopes(headers, body)]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Source and id name an event, so those of all events name the delivery."""
    try:
        names = [part for one in envelopes(headers, body) for part in (one.source, one.id)]
    except BadPayload:
        names = []
    return Transmission(key=f"id:{digest(*names)}") if names else by_body(headers, body)


def _event(envelope: Envelope) -> Event:
    found = cdevents.TYPE.fullmatch(envelope.type)
    event = cdevents.event_of(envelope, found[1], found[2]) if found else _any(envelope)
    return replace(event, occurred_at=envelope.time)


def _any(envelope: Envelope) -> Event:
    data = told(envelope.data)
    title = f"{envelope.type} from {envelope.source}"
    name = envelope.subject or data.name
    return Event(
        source="cloudevents",
        kind=kind_of(envelope.type, otherwise=UNNAMED),
        subject=name or envelope.type,
        title=f"{title}: {name}" if name else title,
        name=data.name,
        text=data.text,
        url=data.url,
        service=data.where or None,
        fields=data.fields,
    )


SOURCE = Source(
    slug="cloudevents",
    title="CloudEvents",
    docs="https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md",
    home="dev-feed",
    secret="env://CLOUDEVENTS_TOKEN",
    scheme=bearer_or_basic(),
    parse=parse,
    kinds=frozenset({UNNAMED}),
    open_kinds=True,
    transmission=transmission,
    greet=event_grid,
    delivery_header="ce-id",
    shown_headers=frozenset({"content-type", *(f"ce-{name}" for name in ATTRIBUTES)}),
)
