"""Bitbucket Data Center (and Server): webhooks of repositories and projects.

https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html

Proved by `X-Hub-Signature: sha256=…` where the webhook has a secret, else by the user name and password
of HTTP basic, of which the password is compared. Bodies of mirrors, renamings, found secrets and the
button that tries a webhook are read after their descriptions; none of theirs was at hand. Most versions
give no addresses, so events may have no link. Nothing says which branch is the default one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._authorization import bearer_or_basic
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._verify import any_of, hmac_sha256
from sovereign.integrations.bitbucket_server import changes, repositories
from sovereign.integrations.bitbucket_server._common import Delivery, Reader

EVENT_HEADER, DELIVERY_HEADER = "x-event-key", "x-request-id"
NOT_IN_A_KIND = re.compile(r"[^a-z0-9_]+")
LONGEST_TYPE = 60

READERS: Mapping[str, Reader] = {**changes.READERS, **repositories.READERS}
QUIET = frozenset({"comment.updated", "ping.received", "repository.forked", "repository.updated"})


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type = _type(headers, payload)
    return list(READERS.get(type, unknown)(Delivery.read(type, payload)))


def unknown(delivery: Delivery) -> list[Event]:
    """The best that can be said of a type that was added since; its kind is declared by nobody."""
    type = NOT_IN_A_KIND.sub("_", delivery.type).strip("_") or "event"
    event = delivery.event(f"bitbucket_server.{type}", f"sent {words(type)} in {delivery.place}")
    return [replace(event, name=line(delivery.body, "pullRequest.title"))]


def _type(headers: Headers, payload: Payload) -> str:
    payload.require_object()
    named = line(payload, "eventKey") or " ".join(headers.get(EVENT_HEADER, "").split())
    if not named:
        raise BadPayload("$.eventKey", f"is missing, and so is the header {EVENT_HEADER}")
    return named.lower()[:LONGEST_TYPE]


SOURCE = Source(
    slug="bitbucket_server",
    title="Bitbucket Data Center",
    docs="https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html",
    home="dev-feed",
    secret="env://BITBUCKET_SERVER_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-hub-signature", prefix="sha256="), bearer_or_basic()),
    parse=parse,
    kinds=changes.KINDS | repositories.KINDS,
    quiet=QUIET,
    transmission=by_header(DELIVERY_HEADER),
    delivery_header=DELIVERY_HEADER,
    shown_headers=frozenset({"content-type", "user-agent", EVENT_HEADER, DELIVERY_HEADER}),
)
