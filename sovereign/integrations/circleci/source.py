"""CircleCI: workflows and jobs that have ended, and the notifications of version 1.

https://circleci.com/docs/webhooks-reference/

Signature, event names, fields and `id`, which stays the same when a delivery is repeated, are as
CircleCI's documentation has them. The notifications of version 1 were not signed and are read as
they were.
"""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._builds import RUN, TASK, by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_list, static_secret
from sovereign.integrations.circleci.runs import of_run, of_version_1


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    if old := payload.get("payload"):
        return [event_of(of_version_1(old))]
    if line(payload, "type") == "ping":
        return [_ping(payload)]
    return [event_of(of_run(payload))]


def _ping(payload: Payload) -> Event:
    name = line(payload, "webhook.name") or "unnamed"
    return Event(
        source="circleci",
        kind="ping.received",
        subject=name,
        title=f"CircleCI tried the webhook {name}",
        fields=shown({"Webhook": line(payload, "webhook.id")}),
        occurred_at=when(payload, "happened_at"),
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    """CircleCI numbers its events; a repeated delivery has the number of the first."""
    return ("event", line(Payload.from_body(headers, body), "id"))


SOURCE = Source(
    slug="circleci",
    title="CircleCI",
    docs="https://circleci.com/docs/outbound-webhooks/",
    home="ci-cd-pipeline",
    secret="env://CIRCLECI_WEBHOOK_SECRET",
    scheme=any_of(hmac_list("circleci-signature", "v1"), static_secret()),
    parse=parse,
    kinds=kinds(RUN, "finished") | kinds(TASK, "finished") | {"ping.received"},
    quiet=frozenset({"ping.received"}),
    transmission=by_run(_said, window=None),
    shown_headers=frozenset({"circleci-event-type"}),
)
