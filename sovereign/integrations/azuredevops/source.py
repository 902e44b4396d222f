"""Azure DevOps: service hooks of Repos, Pipelines and Boards.

https://learn.microsoft.com/azure/devops/service-hooks/events

It signs nothing: give the subscription a password for HTTP basic, or a header such as
`Authorization: Bearer …`. A notification is named by its number within its subscription, which a retry
keeps; older bodies have no such number and are named by themselves for ten minutes. Bodies of pull
request updates, releases, runs, stages, jobs and work items are read after the samples that Microsoft
prints; how a sentence tells which update it was is not documented, so an update may be told as no more
than that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._verify import static_secret
from sovereign.integrations.azuredevops import changes, deployments, pushes, runs, tickets
from sovereign.integrations.azuredevops._common import Delivery, Reader

NOT_IN_A_KIND = re.compile(r"[^a-z0-9_.]+")
LONGEST_TYPE = 80
PARTS = (changes, deployments, pushes, runs, tickets)
READERS: Mapping[str, Reader] = {type: reader for part in PARTS for type, reader in part.READERS.items()}
QUIET = frozenset(
    {
        # what Azure DevOps does with every pull request by itself
        "change.annotated",
        "comment.updated",
        # work that has not begun, or that only says that it goes on
        "pipelinerun.started",
        "taskrun.queued",
        "taskrun.started",
        "repository.updated",
    }
)


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type = " ".join(payload.at("eventType").text().split())[:LONGEST_TYPE]
    if not type:
        raise BadPayload("$.eventType", "is empty")
    return list(READERS.get(type, unknown)(Delivery.read(type, payload)))


def unknown(delivery: Delivery) -> list[Event]:
    """Azure DevOps' own sentence, for a type that was added since; its kind is declared by nobody."""
    type = NOT_IN_A_KIND.sub("_", delivery.type.lower()).strip("_.") or "event"
    event = delivery.event(f"azuredevops.{type}", f"sent {delivery.type} in {delivery.place}")
    if not delivery.said:
        return [event]
    return [replace(event, title=f"{delivery.said} ({delivery.place})")]


def transmission(headers: Headers, body: bytes) -> Transmission:
    whole = by_body(headers, body)
    try:
        payload = Payload.from_json(body)
        payload.require_object()
        parts = [line(payload, key) for key in ("subscriptionId", "notificationId", "id")]
    except BadPayload:
        return whole
    if not all(parts) or not parts[0].strip("0-"):  # what the button for trying it sends is always the same
        return whole
    return Transmission(key=f"notification:{digest(*parts)}")


SOURCE = Source(
    slug="azuredevops",
    title="Azure DevOps",
    docs="https://learn.microsoft.com/azure/devops/service-hooks/events",
    home="dev-feed",
    secret="env://AZUREDEVOPS_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(kind for part in PARTS for kind in part.KINDS),
    quiet=QUIET,
    transmission=transmission,
    shown_headers=frozenset({"content-type", "user-agent"}),
)
