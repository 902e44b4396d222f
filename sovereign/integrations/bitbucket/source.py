"""Bitbucket Cloud: webhooks of repositories and workspaces, and the POST service of old.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/

A webhook without a secret is sent unsigned, and is refused here; so is the POST service, which signs
nothing, unless a relay signs for it. Bitbucket tries three times in all; that `X-Request-UUID` stays
the same over them is not confirmed. It sends no body of more than 256 KB, and does not say so. Build
statuses are read after descriptions of their fields; no body of theirs was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._verify import hmac_sha256
from sovereign.integrations.bitbucket import changes, pushes, repositories, tickets
from sovereign.integrations.bitbucket._common import Delivery, Reader

EVENT_HEADER, DELIVERY_HEADER = "x-event-key", "x-request-uuid"
NOT_IN_A_KIND = re.compile(r"[^a-z0-9_]+")
LONGEST_TYPE = 60

PARTS = (changes, pushes, repositories, tickets)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
KINDS = frozenset(kind for part in PARTS for kind in part.KINDS)
QUIET = frozenset({"comment.updated", "repository.forked", "repository.updated", "taskrun.started"})
SIGNS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"pullrequest", "comment"}), "pullrequest:comment_created"),
    (frozenset({"pullrequest"}), "pullrequest:updated"),
    (frozenset({"issue", "changes"}), "issue:updated"),
    (frozenset({"issue", "comment"}), "issue:comment_created"),
    (frozenset({"issue"}), "issue:created"),
    (frozenset({"commit_status"}), "repo:commit_status_updated"),
    (frozenset({"comment", "commit"}), "repo:commit_comment_created"),
    (frozenset({"push"}), "repo:push"),
    (frozenset({"fork"}), "repo:fork"),
)
"""What tells the type of a body whose header was lost on the way, through a relay for one."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    if payload.get("canon_url") is not None and not headers.get(EVENT_HEADER):
        return pushes.old_push(pushes.old_delivery(payload))
    type = _type(headers, payload)
    return list(READERS.get(type, unknown)(Delivery.read(type, payload)))


def unknown(delivery: Delivery) -> list[Event]:
    """The best that can be said of a type that was added since; its kind is declared by nobody."""
    type = NOT_IN_A_KIND.sub("_", delivery.type).strip("_") or "event"
    name = line(delivery.body, "pullrequest.title", "issue.title", "project.name")
    event = delivery.event(f"bitbucket.{type}", f"sent {words(type)} in {delivery.place}")
    return [replace(event, name=name)]


def _type(headers: Headers, payload: Payload) -> str:
    if named := " ".join(headers.get(EVENT_HEADER, "").lower().split())[:LONGEST_TYPE]:
        return named
    keys = frozenset(payload.keys())
    for signs, type in SIGNS:
        if signs <= keys:
            return type
    raise BadPayload("$", f"does not say what it is, and the header {EVENT_HEADER} is missing")


SOURCE = Source(
    slug="bitbucket",
    title="Bitbucket Cloud",
    docs="https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/",
    home="dev-feed",
    secret="env://BITBUCKET_WEBHOOK_SECRET",
    scheme=hmac_sha256("x-hub-signature", prefix="sha256="),
    parse=parse,
    kinds=KINDS,
    quiet=QUIET,
    transmission=by_header(DELIVERY_HEADER),
    delivery_header=DELIVERY_HEADER,
    shown_headers=frozenset(
        {"content-type", "user-agent", EVENT_HEADER, DELIVERY_HEADER, "x-hook-uuid", "x-attempt-number"}
    ),
)
