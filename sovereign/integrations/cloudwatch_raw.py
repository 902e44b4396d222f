"""CloudWatch alarms without the envelope of SNS: raw message delivery, or a function that hands its event on.

Nothing signs them: the secret comes as HTTP basic or as `?token=` of the address, which is all that a
subscription can be given. With the envelope, and signed, alarms come by the source `sns`.

https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
"""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._sns import KINDS, notices, read, transmission
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [read("cloudwatch_raw", one) for one in notices(headers, body)]


SOURCE = Source(
    slug="cloudwatch_raw",
    title="Amazon CloudWatch (raw)",
    docs="https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html",
    home="alerts",
    secret="env://CLOUDWATCH_RAW_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    open_kinds=True,
    transmission=transmission,
    shown_headers=frozenset({"x-amz-sns-message-id", "x-amz-sns-topic-arn", "x-amz-sns-rawdelivery"}),
)
