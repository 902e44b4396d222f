"""One source for each of Gitea, Forgejo and Gogs, whose webhooks are one family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._gitea import changes, plain, pushes, runs, tickets
from sovereign.integrations._gitea._common import Delivery, Flavour, Reader
from sovereign.integrations._gitea.proof import scheme_of, without_secret
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, words
from sovereign.integrations._source import Headers, Source, by_header

PARTS = (changes, plain, pushes, runs, tickets)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
KINDS = frozenset(kind for part in PARTS for kind in part.KINDS)
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
        # what another event tells better
        "ref.created",
        "ref.deleted",
        # what nobody has to act on
        "repository.forked",
    }
)
FAMILY = ("forgejo", "gitea", "gogs", "github")
"""Each sends its own headers and those of its elders."""

NOT_IN_A_TYPE = re.compile(r"[^a-z0-9_]+")
LONGEST_TYPE = 60
SIGNS: Mapping[str, str] = {
    "workflow_job": "workflow_job",
    "workflow_run": "workflow_run",
    "package": "package",
    "release": "release",
    "comment": "issue_comment",
    "pull_request": "pull_request",
    "issue": "issues",
    "forkee": "fork",
    "page": "wiki",
    "commits": "push",
}
"""What tells the type of a body whose header is empty, as some versions send it for newer types."""


def source_of(flavour: Flavour) -> Source:
    kinds = KINDS - flavour.lacks
    delivery = f"x-{flavour.slug}-delivery"
    return Source(
        slug=flavour.slug,
        title=flavour.title,
        docs=flavour.docs,
        home="dev-feed",
        secret=f"env://{flavour.slug.upper()}_WEBHOOK_SECRET",
        scheme=scheme_of(flavour.slug),
        parse=partial(parse, flavour),
        kinds=kinds,
        quiet=QUIET & kinds,
        transmission=by_header(delivery),
        delivery_header=delivery,
        shown_headers=frozenset(
            {"content-type", "user-agent", delivery}
            | {f"x-{name}-event{more}" for name in FAMILY for more in ("", "-type")}
        ),
        stored=without_secret,
    )


def parse(flavour: Flavour, headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    type = _type(headers, payload)
    return [READERS.get(type, unknown)(Delivery.read(flavour, type, payload))]


def unknown(delivery: Delivery) -> Event:
    """The best that can be said of a type that was added since; its kind is declared by nobody."""
    thing = delivery.body.get(delivery.type)
    name = line(thing, "title", "name", "login", "number")
    what = " ".join(part for part in (words(delivery.type), name) if part)
    did = f"{words(delivery.action) or 'sent'} {what} in {delivery.place}"
    event = delivery.event(f"{delivery.flavour.slug}.{delivery.type}", did)
    return replace(event, name=name, url=link(thing, "html_url") or event.url)


def _type(headers: Headers, payload: Payload) -> str:
    named = next((found for name in FAMILY if (found := headers.get(f"x-{name}-event"))), "")
    if type := NOT_IN_A_TYPE.sub("_", named.lower()).strip("_")[:LONGEST_TYPE]:
        return type
    keys = frozenset(payload.keys())
    found = next((type for sign, type in SIGNS.items() if sign in keys), "")
    if not found:
        raise BadPayload("$", "does not say what it is, and the event header is missing")
    return found
