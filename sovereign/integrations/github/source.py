"""GitHub: repository, organisation and app webhooks, of github.com and of GitHub Enterprise Server.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from functools import lru_cache

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._verify import hmac_sha256
from sovereign.integrations.github._common import Delivery
from sovereign.integrations.github.numbered import words
from sovereign.integrations.github.vocabulary import KINDS, QUIET, READERS

EVENT_HEADER = "x-github-event"
NOT_IN_A_TYPE = re.compile(r"[^a-z0-9_]+")
LONGEST_TYPE = 60

SIGNS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(keys.split()), type)
    for keys, type in (
        ("review pull_request", "pull_request_review"),
        ("comment pull_request", "pull_request_review_comment"),
        ("comment issue", "issue_comment"),
        ("pull_request", "pull_request"),
        ("issue", "issues"),
        ("check_run", "check_run"),
        ("check_suite", "check_suite"),
        ("workflow_job", "workflow_job"),
        ("workflow_run", "workflow_run"),
        ("deployment_status", "deployment_status"),
        ("release", "release"),
        ("ref commits", "push"),
        ("hook_id", "ping"),
        ("repositories_added", "installation_repositories"),
        ("installation sender action repositories", "installation"),
    )
)
"""What tells the type of a body whose header was lost on the way, through a relay for one."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    type = _type(headers, payload)
    delivery = Delivery.read(type, payload)
    return [READERS.get(type, unknown)(delivery)]


def unknown(delivery: Delivery) -> Event:
    """The best that can be said of a type that GitHub has added since; its kind is declared by nobody."""
    thing = delivery.body.get(delivery.type)
    name = line(thing, "title", "name", "login", "number")
    what = " ".join(part for part in (words(delivery.type), name) if part)
    did = f"{words(delivery.action) or 'sent'} {what} in {delivery.place}"
    event = delivery.event(f"github.{delivery.type}", did)
    return replace(event, name=name, url=link(thing, "html_url") or event.url)


def _type(headers: Headers, payload: Payload) -> str:
    if named := _tidied(headers.get(EVENT_HEADER, "")):
        return named
    keys = frozenset(payload.keys())
    for signs, type in SIGNS:
        if signs <= keys:
            return type
    raise BadPayload("$", f"does not say what it is, and the header {EVENT_HEADER} is missing")


@lru_cache(maxsize=256)
def _tidied(type: str) -> str:
    """There are some seventy types, which come again and again."""
    return NOT_IN_A_TYPE.sub("_", type.lower()).strip("_")[:LONGEST_TYPE]


SOURCE = Source(
    slug="github",
    title="GitHub",
    docs="https://docs.github.com/en/webhooks/webhook-events-and-payloads",
    home="dev-feed",
    secret="env://GITHUB_WEBHOOK_SECRET",
    scheme=hmac_sha256("x-hub-signature-256", prefix="sha256="),
    parse=parse,
    kinds=KINDS,
    quiet=QUIET,
    transmission=by_header("x-github-delivery"),
    delivery_header="x-github-delivery",
    shown_headers=frozenset(
        {
            "content-type",
            "user-agent",
            EVENT_HEADER,
            "x-github-delivery",
            "x-github-enterprise-host",
            "x-github-enterprise-version",
            "x-github-hook-id",
            "x-github-hook-installation-target-id",
            "x-github-hook-installation-target-type",
        }
    ),
)
