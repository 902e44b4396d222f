"""Amazon SNS, by HTTPS subscriptions: alarms of CloudWatch, events of EventBridge, and any other message.

SNS signs what it sends, for whoever publishes: name the topics whose messages count as `topics` of the
endpoint. Their subscription is then confirmed, and they need no secret. Without topics, and for raw message
delivery, which is not signed, put the secret into the address: `https://sns:SECRET@host/hooks/sns` or
`?token=SECRET`.

https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
"""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._sns import ENDED, KINDS, REQUESTED, notices, read, transmission
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, static_secret
from sovereign.integrations.sns._signature import SIGNATURE, confirmation


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [read("sns", one) for one in notices(headers, body)]


SOURCE = Source(
    slug="sns",
    title="Amazon SNS",
    docs="https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html",
    home="cluster-status",
    secret="env://SNS_WEBHOOK_SECRET",
    scheme=any_of(static_secret(), SIGNATURE),
    parse=parse,
    kinds=KINDS | {REQUESTED, ENDED},
    open_kinds=True,
    transmission=transmission,
    shown_headers=frozenset(
        {"x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn", "x-amz-sns-rawdelivery"}
    ),
    confirm=confirmation,
)
