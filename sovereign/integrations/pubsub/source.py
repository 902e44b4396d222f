"""Google Cloud Pub/Sub, by push subscriptions: incidents, builds, images, and any other message.

With authentication enabled on the subscription, its tokens count: name its `service_account` and
`audience` at the endpoint. Everybody may have Google sign a token for our address, so that the account is
what proves anything. Or put a secret into the address, `/hooks/pubsub?token=SECRET`. Neither covers the
message. Read in their own words are Cloud Monitoring, Cloud Build and Artifact Registry.

https://cloud.google.com/pubsub/docs/push
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._source import Headers, Source, Transmission, brief, by_body
from sovereign.integrations._verify import any_of, static_secret
from sovereign.integrations.pubsub import _messages
from sovereign.integrations.pubsub._token import TOKEN


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [_messages.read(_messages.message_of(headers, body))]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """`messageId`, the same in every attempt; it is unique within its topic."""
    try:
        message = _messages.message_of(headers, body)
    except BadPayload:
        return by_body(headers, body)
    if not message.id:
        return by_body(headers, body)
    return Transmission(key=f"id:{brief(message.id)} {brief(message.subscription)}")


SOURCE = Source(
    slug="pubsub",
    title="Google Cloud Pub/Sub",
    docs="https://cloud.google.com/pubsub/docs/push",
    home="cluster-status",
    secret="env://PUBSUB_WEBHOOK_SECRET",
    scheme=any_of(static_secret(), TOKEN),
    parse=parse,
    kinds=_messages.KINDS,
    open_kinds=True,
    transmission=transmission,
    shown_headers=frozenset({"x-goog-pubsub-message-id", "x-goog-pubsub-subscription-name"}),
)
