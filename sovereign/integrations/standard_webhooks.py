"""Standard Webhooks: what many services send to their customers, signed alike, with a body of their own.

The secret is what the sender gives out: `whsec_…`, or its public key `whpk_…` where it keeps the other half.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._named import kind_of, told
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._timed import standard_webhooks

UNNAMED = "webhook.received"


def parse(headers: Headers, body: bytes) -> list[Event]:
    """The body that the specification advises has `type`, `timestamp` and `data`; none of them is certain."""
    payload = Payload.from_json(body)
    payload.require_object()
    found = told(payload.get("data") or payload)
    type = line(payload, "type", "event_type", "event", "eventType") or "message"
    title = f"{type}: {found.name}" if found.name else f"{type} received"
    event = Event(
        source="standard_webhooks",
        kind=kind_of(type, otherwise=UNNAMED),
        subject=found.name or type,
        title=f"{title} ({found.where})" if found.where else title,
        name=found.name,
        text=found.text,
        url=found.url,
        service=found.where or None,
        fields=found.fields,
        occurred_at=when(payload, "timestamp"),
    )
    return [event]


SOURCE = Source(
    slug="standard_webhooks",
    title="Standard Webhooks",
    docs="https://www.standardwebhooks.com/",
    home="dev-feed",
    secret="env://STANDARD_WEBHOOKS_SECRET",
    scheme=standard_webhooks(),
    parse=parse,
    kinds=frozenset({UNNAMED}),
    open_kinds=True,
    transmission=by_header("webhook-id"),
    delivery_header="webhook-id",
    shown_headers=frozenset({"webhook-id", "webhook-timestamp"}),
)
