"""
Jira: issues from creation to done, with their comments, sprints, versions and projects.

Jira Cloud signs with `X-Hub-Signature` what a webhook with a secret sends that an administrator has made;
Jira Data Center and Jira Automation sign nothing and bring the secret as `?token=` of the address or in a
header. Bodies of before `issue_event_type_name`, and the bare issue of Jira Automation, are read too.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._tickets import REORDERED
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret
from sovereign.integrations.jira import comments, issues, things

DELIVERY = "x-atlassian-webhook-identifier"


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    name = line(payload, "webhookEvent").removeprefix("jira:")
    found = payload.get("issue") or (payload if payload.get("fields") else None)
    if found is None:
        return [things.told(payload, name)]
    issue = issues.ticket(found)
    told = comments.told(payload, name, issue) or issues.told(payload, name, issue, found)
    return [replace(told, occurred_at=when(payload, "timestamp") or when(found, "fields.updated"))]


SOURCE = Source(
    slug="jira",
    title="Jira",
    docs="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    home="kanban-updates",
    secret="env://JIRA_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-hub-signature", prefix="sha256="), static_secret()),
    parse=parse,
    kinds=issues.KINDS | comments.KINDS | things.KINDS,
    quiet=frozenset({REORDERED}),
    transmission=by_header(DELIVERY),
    delivery_header=DELIVERY,
    shown_headers=frozenset({DELIVERY}),
)
