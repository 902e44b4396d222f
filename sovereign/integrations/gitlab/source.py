"""GitLab: webhooks of projects and groups, and the system hooks of an instance.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, words
from sovereign.integrations._source import Headers, Inbound, Source, Transmission, by_body, by_header
from sovereign.integrations._timed import standard_webhooks
from sovereign.integrations._verify import any_of, token_in_clear
from sovereign.integrations.gitlab import (
    changes,
    deliveries,
    findings,
    instance,
    pipelines,
    plain,
    pushes,
    tickets,
)
from sovereign.integrations.gitlab._common import Delivery, Reader

EVENT_HEADER = "x-gitlab-event"
DELIVERY_HEADERS = ("webhook-id", "idempotency-key")
"""The signed one first: what is not signed, somebody who repeats a delivery could change."""
EVENT_ID = "x-gitlab-event-uuid"
NOT_IN_A_TYPE = re.compile(r"[^a-z0-9_]+")

PARTS = (changes, deliveries, findings, instance, pipelines, plain, pushes, tickets)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
QUIET = frozenset(
    {
        # small notes on something whose head message follows them anyway
        "change.annotated",
        "ticket.annotated",
        "comment.updated",
        "release.updated",
        # work that has not begun, or that only says that it goes on
        "pipelinerun.queued",
        "pipelinerun.started",
        "taskrun.queued",
        "taskrun.started",
        "deployment.queued",
        # what another event tells better
        "repository.updated",
        # what nobody has to act on
        "reaction.changed",
    }
)
TOKEN, SIGNED = token_in_clear("x-gitlab-token"), standard_webhooks()


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type = _type(headers, payload)
    return [READERS.get(type, unknown)(Delivery.read(type, payload))]


def unknown(delivery: Delivery) -> Event:
    """The best that can be said of a type that GitLab has added since; its kind is declared by nobody."""
    found = delivery.body.get("object_attributes")
    name = line(found, "title", "name", "iid")
    what = " ".join(part for part in (words(delivery.type), name) if part)
    did = f"{words(delivery.action) or 'sent'} {what} in {delivery.place}"
    event = delivery.event(f"gitlab.{delivery.type}", did)
    return replace(event, name=name, url=link(found, "url") or event.url)


def transmission(headers: Headers, body: bytes) -> Transmission:
    """By GitLab's number of the delivery. Before it had one, by the body and the number of the event, which
    all share that follow from it; else by the body, while nothing else was said of the thing."""
    for name in DELIVERY_HEADERS:
        if headers.get(name):
            return by_header(name)(headers, body)
    whole = by_body(headers, body)
    if headers.get(EVENT_ID):
        return Transmission(key=f"event:{digest(headers[EVENT_ID], whole.key)}")
    try:
        payload = Payload.from_json(body)
        paths = (
            "object_kind",
            "project.id",
            "object_attributes.id",
            "build_id",
            "deployment_id",
            "ref",
            "tag",
        )
        return replace(whole, group=digest(*(line(payload, path) for path in paths)))
    except BadPayload:
        return whole


def sign(inbound: Inbound, secret: str) -> Headers:
    """By the form of the secret, as GitLab itself hands out the two of them."""
    return (SIGNED if secret.startswith("whsec_") else TOKEN).sign(inbound, secret)


def _type(headers: Headers, payload: Payload) -> str:
    named = line(payload, "object_kind", "event_name")
    hook = headers.get(EVENT_HEADER, "").lower().removesuffix(" hook")
    found = NOT_IN_A_TYPE.sub("_", (named or hook).lower()).strip("_")[:60]
    if not found:
        raise BadPayload("$.object_kind", f"is missing, and so is the header {EVENT_HEADER}")
    return found


SOURCE = Source(
    slug="gitlab",
    title="GitLab",
    docs="https://docs.gitlab.com/user/project/integrations/webhook_events/",
    home="dev-feed",
    secret="env://GITLAB_WEBHOOK_TOKEN",
    scheme=replace(any_of(SIGNED, TOKEN), sign=sign),
    parse=parse,
    kinds=frozenset(kind for part in PARTS for kind in part.KINDS),
    quiet=QUIET,
    transmission=transmission,
    delivery_header="idempotency-key",
    shown_headers=frozenset(
        {
            "content-type",
            "user-agent",
            EVENT_HEADER,
            EVENT_ID,
            *DELIVERY_HEADERS,
            "webhook-timestamp",
            "x-gitlab-instance",
            "x-gitlab-webhook-uuid",
        }
    ),
)
