"""Gitee: webhooks of repositories and enterprises.

https://help.gitee.com/webhook/gitee-webhook-push-data-format

With a password, it is sent as it is; with a key, `X-Gitee-Token` is an HMAC-SHA256 of the time and the key
alone. Neither covers the body, which carries the same once more: that is not kept. Pushes, pull requests,
issues and comments are read as Gitee describes them. Which words it has for actions is not described:
they are those that its clients know, and that issues can be unassigned or edited, and pull requests
reopened, is not confirmed. Neither is whether it sends a delivery again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations.gitee import changes, notes, pushes, tickets
from sovereign.integrations.gitee._common import Delivery, Reader
from sovereign.integrations.gitee.proof import FORM_FIELD, SCHEME, TIME_HEADER, transmission, without_secrets

EVENT_HEADER = "x-gitee-event"
NOT_IN_A_TYPE = re.compile(r"[^a-z0-9]+")
ENDING = re.compile(r"_hooks?$")
LONGEST_TYPE = 60

PARTS = (changes, notes, pushes, tickets)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
KINDS = frozenset(kind for part in PARTS for kind in part.KINDS)


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body, FORM_FIELD)
    type = _type(headers, payload)
    return [READERS.get(type, unknown)(Delivery.read(type, payload))]


def unknown(delivery: Delivery) -> Event:
    """The best that can be said of a type that was added since; its kind is declared by nobody."""
    name = line(delivery.body, "title", "name")
    did = f"{words(delivery.action) or 'sent'} {words(delivery.type)} in {delivery.place}"
    return replace(delivery.event(f"gitee.{delivery.type}", did), name=name)


def _type(headers: Headers, payload: Payload) -> str:
    """`Merge Request Hook` of the header and `merge_request_hooks` of the body are the same."""
    for named in (headers.get(EVENT_HEADER, ""), line(payload, "hook_name")):
        if type := ENDING.sub("", NOT_IN_A_TYPE.sub("_", named.lower()).strip("_"))[:LONGEST_TYPE]:
            return type
    raise BadPayload("$.hook_name", f"is missing, and so is the header {EVENT_HEADER}")


SOURCE = Source(
    slug="gitee",
    title="Gitee",
    docs="https://help.gitee.com/webhook/gitee-webhook-push-data-format",
    home="dev-feed",
    secret="env://GITEE_WEBHOOK_SECRET",
    scheme=SCHEME,
    parse=parse,
    kinds=KINDS,
    quiet=frozenset({"change.annotated", "comment.updated"}),
    transmission=transmission,
    shown_headers=frozenset({"content-type", "user-agent", EVENT_HEADER, TIME_HEADER}),
    stored=without_secrets,
)
