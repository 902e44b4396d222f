"""Amazon EventBridge, by an API destination: one event in each request.

A connection of the kind "API key" sends the secret in the header that it names: `X-Api-Key` is read, any
other with `auth: header`; a connection of the kind "Basic" works too. EventBridge signs nothing, and tries
again for a day by default. Events of services that are not read in their own words are told as they are.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._eventbridge.events import KINDS, QUIET, event_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Source, Transmission, brief, by_body
from sovereign.integrations._verify import static_secret


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [event_of("aws_eventbridge", Payload.from_json(body))]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """An event has an id of its own, the same in every attempt."""
    try:
        named = line(Payload.from_json(body), "id")
    except BadPayload:
        named = ""
    return Transmission(key=f"id:{brief(named)}") if named else by_body(headers, body)


SOURCE = Source(
    slug="aws_eventbridge",
    title="Amazon EventBridge",
    docs="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html",
    home="cluster-status",
    secret="env://AWS_EVENTBRIDGE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    quiet=QUIET,
    transmission=transmission,
)
