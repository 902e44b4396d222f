"""
Shortcut (once Clubhouse): stories and epics from creation to done.

A body lists what one change did to several things, and names stories, epics, states and labels, but never who
did it: people are ids. `Payload-Signature` is there where the webhook has a secret.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._tickets import REORDERED, by_fields
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret
from sovereign.integrations.shortcut import parts, stories

MAIN = ("story", "epic")


def parse(headers: Headers, body: bytes) -> list[Event]:
    """An event for each story and epic; parts of a story are told alone where it is not there itself."""
    payload = Payload.from_json(body)
    actions = list(payload.at("actions").each())
    every = (*payload.list_at("references"), *actions)
    named = {(line(one, "entity_type"), line(one, "id")): one for one in every}
    mains = [one for one in actions if line(one, "entity_type") in MAIN]
    others = [one for one in actions if line(one, "entity_type") not in MAIN]
    told = [stories.told(one, others, named) for one in mains] or [parts.told(one, named) for one in others]
    return [replace(event, occurred_at=when(payload, "changed_at")) for event in told]


SOURCE = Source(
    slug="shortcut",
    title="Shortcut",
    docs="https://developer.shortcut.com/api/webhook/v1",
    home="kanban-updates",
    secret="env://SHORTCUT_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("payload-signature"), static_secret()),
    parse=parse,
    kinds=stories.KINDS | parts.KINDS,
    quiet=frozenset({REORDERED}),
    transmission=by_fields("id"),
)
