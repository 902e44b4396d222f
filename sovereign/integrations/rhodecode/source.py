"""RhodeCode: the webhook integration of a server, a group of repositories or one of them.

https://code.rhodecode.com/rhodecode-enterprise-ce/files/stable/docs/integrations/webhook.rst?at=stable

Confirmed in its own code: the bodies, the secret token inside them, which is not kept, and name and
password or a header beside it; nothing is signed. It tries up to three times more where the answer is
400, 401, 403, 500, 502 or 504, with the same body; where the address asks for one call for each branch or
commit these have the same body too, and count once. Not confirmed are the words for a review and what it
calls an edited comment on a commit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._inside import passcode_in_body, without
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations.rhodecode import changes, pushes, repositories
from sovereign.integrations.rhodecode._common import Delivery, Reader

FIELD = "token"
NOT_IN_A_KIND = re.compile(r"[^a-z0-9]+")
LONGEST_TYPE = 60

PARTS = (changes, pushes, repositories)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
KINDS = frozenset(kind for part in PARTS for kind in part.KINDS)


def parse(headers: Headers, body: bytes) -> list[Event]:
    event = Payload.from_json(body).at("event")
    type = line(event, "name").lower()[:LONGEST_TYPE]
    if not type:
        raise BadPayload("$.event.name", "is missing")
    return list(READERS.get(type, unknown)(Delivery.read(type, event)))


def unknown(delivery: Delivery) -> list[Event]:
    """The best that can be said of a type that was added since; its kind is declared by nobody."""
    type = NOT_IN_A_KIND.sub("_", delivery.type).strip("_") or "event"
    event = delivery.event(f"rhodecode.{type}", f"sent {words(type)} in {delivery.place}")
    return [replace(event, name=line(delivery.body, "pullrequest.title"))]


SOURCE = Source(
    slug="rhodecode",
    title="RhodeCode",
    docs="https://code.rhodecode.com/rhodecode-enterprise-ce/files/stable/docs/integrations/webhook.rst?at=stable",
    home="dev-feed",
    secret="env://RHODECODE_WEBHOOK_SECRET",
    scheme=passcode_in_body(FIELD),
    parse=parse,
    kinds=KINDS,
    quiet=frozenset({"change.annotated", "comment.updated", "repository.updated"}),
    shown_headers=frozenset({"content-type", "user-agent"}),
    stored=without(FIELD),
)
