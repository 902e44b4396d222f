"""Buildkite: builds and jobs of a pipeline, and agents that are lost.

https://buildkite.com/docs/apis/webhooks/pipelines

Token, signature, event names and the fields of builds and jobs are as Buildkite's documentation has
them; that a point joins timestamp and body in what is signed, several receivers of others agree on.
There is no delivery id: the run, the event and the state name a transmission for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event, Severity
from sovereign.integrations._builds import RUN, TASK, by_run, event_of, kinds
from sovereign.integrations._named import kind_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._timed import listed_hmac_sha256
from sovereign.integrations._verify import any_of, token_in_clear
from sovereign.integrations.buildkite.builds import PHASES, of_build, of_job

AGENTS: Mapping[str, str] = {
    "agent.connected": "connected",
    "agent.disconnected": "disconnected",
    "agent.stopping": "is stopping",
    "agent.stopped": "stopped",
    "agent.lost": "was lost",
    "agent.blocked": "was kept out by its address",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    event = line(payload, "event") or headers.get("x-buildkite-event", "")
    if event in PHASES:
        return [event_of(of_job(payload) if event.startswith("job.") else of_build(payload))]
    if not event:
        raise BadPayload("$.event", "is missing")
    if event.startswith("agent."):
        return [_of_agent(payload, event)]
    kind = "ping.received" if event == "ping" else kind_of(event, otherwise="webhook.received")
    did = "tried the webhook" if event == "ping" else f"sent {event}"
    who = line(payload, "sender.name")
    return [
        Event(
            source="buildkite",
            kind=kind,
            subject=line(payload, "organization.name", "pipeline.name") or "Buildkite",
            title=f"{who} {did} of Buildkite" if who and event == "ping" else f"Buildkite {did}",
            actor=who or None,
        )
    ]


def _of_agent(payload: Payload, event: str) -> Event:
    agent = payload.get("agent")
    name, host = line(agent, "name") or "(unnamed)", line(agent, "hostname")
    did = AGENTS.get(event) or f"sent {event}"
    return Event(
        source="buildkite",
        kind="agent.lost" if event == "agent.lost" else "agent.changed",
        subject=name,
        title=f"Agent {name} of Buildkite {did}" + (f" ({host})" if host else ""),
        severity=Severity.LOW if event == "agent.lost" else Severity.INFO,
        url=link(agent, "web_url"),
        fields=shown({"Host": host, "Version": line(agent, "version")}),
        occurred_at=when(agent, "lost_at", "disconnected_at", "stopped_at", "created_at"),
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    """A job that is tried again is another one; a build that goes on after a block has another time."""
    payload = Payload.from_json(body)
    event, thing = line(payload, "event"), "job" if line(payload, "event").startswith("job.") else "build"
    found = payload.get(thing)
    times = "/".join(
        line(found, key) for key in ("scheduled_at", "started_at", "finished_at", "unblocked_at")
    )
    return (line(found, "id"), event, f"{line(found, 'state')}/{line(found, 'blocked')}", times)


SOURCE = Source(
    slug="buildkite",
    title="Buildkite",
    docs="https://buildkite.com/docs/apis/webhooks/pipelines",
    home="ci-cd-pipeline",
    secret="env://BUILDKITE_WEBHOOK_SECRET",
    scheme=any_of(listed_hmac_sha256("x-buildkite-signature"), token_in_clear("x-buildkite-token")),
    parse=parse,
    kinds=kinds(RUN, "queued", "started", "finished")
    | kinds(TASK, "queued", "started", "finished")
    | {"agent.lost", "agent.changed", "ping.received"},
    quiet=kinds(RUN, "queued", "started")
    | kinds(TASK, "queued", "started")
    | {"agent.changed", "ping.received"},
    transmission=by_run(_said),
    shown_headers=frozenset({"x-buildkite-event"}),
)
