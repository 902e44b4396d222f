"""Sentry: hooks of the integration platform, and those of its old webhook plugin.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/

The integration platform signs with the client secret. The plugin signs nothing and can be given no more
than an address: `?token=SECRET` there proves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, words
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source, Transmission, by_body, by_header
from sovereign.integrations._stringified import raw_or_stringified
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret
from sovereign.integrations.sentry import alerts, issues
from sovereign.integrations.sentry._common import SEVERITIES, Delivery, Reader, project_of, where

RESOURCE_HEADER = "sentry-hook-resource"
NOT_IN_A_RESOURCE = re.compile(r"[^a-z0-9_]+")
INSTALLATION = {"created": ("app.installed", "installed"), "deleted": ("app.removed", "removed")}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    resource = NOT_IN_A_RESOURCE.sub("_", headers.get(RESOURCE_HEADER, "").lower()).strip("_")[:60]
    if not resource and payload.get("data") is None:
        return [_of_plugin(payload)]
    resource = resource or _resource_of(payload.at("data"))
    return [READERS.get(resource, unknown)(Delivery.read(resource, payload))]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """By Sentry's number; without it the same bytes are a repeat while nothing else was said of the issue."""
    if headers.get("request-id"):
        return by_header("request-id")(headers, body)
    try:
        payload = Payload.from_json(body)
        paths = ("data.issue.id", "data.event.issue_id", "data.metric_alert.alert_rule.id", "id")
        group = line(payload, *paths)
    except BadPayload:
        group = ""
    return replace(by_body(headers, body), group=digest(group) if group else None)


def installation(delivery: Delivery) -> Event:
    found = delivery.facts.at("installation")
    kind, did = INSTALLATION.get(delivery.action, ("app.updated", words(delivery.action) or "changed"))
    app = line(found, "app.slug") or "an integration"
    organisation = line(found, "organization.slug") or "an organisation"
    return Event(
        source="sentry",
        kind=kind,
        subject=app,
        title=f"{delivery.actor} {did} {app} in {organisation}",
        actor=delivery.actor,
    )


def unknown(delivery: Delivery) -> Event:
    """The best that can be said of a resource that Sentry has added since; nobody declares its kind."""
    did = words(delivery.action) or "sent"
    title = f"{delivery.actor} {did} {words(delivery.resource)}{where(project_of(delivery.facts))}"
    return Event(
        source="sentry",
        kind=f"sentry.{delivery.resource}",
        subject=words(delivery.resource),
        title=title,
        actor=delivery.actor,
    )


def _of_plugin(payload: Payload) -> Event:
    """The old plugin sends the bare event, with the issue's number and address around it."""
    found = payload.at("event")
    rules = [one.scalar() for one in payload.list_at("triggering_rules")]
    project = line(payload, "project_slug", "project_name", "project")
    event = alerts.alerted(found, line(payload, "id"), project, ", ".join(rules), Status.FIRING)
    return replace(event, url=link(payload, "url") or event.url)


def _resource_of(facts: Payload) -> str:
    """What a body is about whose header was lost on the way."""
    for key, resource in (("event", "event_alert"), *((name, name) for name in READERS)):
        if facts.get(key) is not None:
            return resource
    raise BadPayload("$.data", f"does not say what it is, and the header {RESOURCE_HEADER} is missing")


READERS: Mapping[str, Reader] = {
    "installation": installation,
    **issues.READERS,
    **alerts.READERS,
}

SOURCE = Source(
    slug="sentry",
    title="Sentry",
    docs="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    home="alerts",
    secret="env://SENTRY_CLIENT_SECRET",
    scheme=any_of(raw_or_stringified(hmac_sha256("sentry-hook-signature")), static_secret()),
    parse=parse,
    kinds=issues.KINDS | alerts.KINDS | {"app.installed", "app.removed", "app.updated"},
    quiet=frozenset({"comment.updated", "error.recorded"}),
    transmission=transmission,
    urgent=telling(SEVERITIES, {word: grade for word, (_, _, grade) in alerts.METRIC.items()}),
    delivery_header="request-id",
    shown_headers=frozenset({RESOURCE_HEADER, "sentry-hook-timestamp", "request-id"}),
)
