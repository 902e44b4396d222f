"""Semaphore: pipelines that have ended, and the builds and deploys of Semaphore Classic.

https://docs.semaphoreci.com/using-semaphore/notifications

With a secret Semaphore signs: `X-Semaphore-Signature-256`, hexadecimal HMAC-SHA256 of the body. Its
own source and receivers of others have the name; they differ on whether `sha256=` stands before, so
that both are taken. There is no delivery id; deliveries are repeated after a time-out.
"""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._builds import by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret
from sovereign.integrations.semaphore.builds import of_build, of_pipeline
from sovereign.integrations.semaphore.deploys import KINDS, of_deploy


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("pipeline"):
        return [event_of(of_pipeline(payload))]
    if line(payload, "event") == "deploy":
        return [of_deploy(payload)]
    return [event_of(of_build(payload))]


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_json(body)
    run = payload.get("pipeline") or payload
    times = "/".join(line(run, key) for key in ("done_at", "started_at", "finished_at"))
    return (line(run, "id", "build_url", "html_url"), line(run, "state", "event"), line(run, "result"), times)


SOURCE = Source(
    slug="semaphore",
    title="Semaphore",
    docs="https://docs.semaphoreci.com/using-semaphore/notifications",
    home="ci-cd-pipeline",
    secret="env://SEMAPHORE_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-semaphore-signature-256", optional_prefix="sha256="), static_secret()),
    parse=parse,
    kinds=kinds("pipelinerun", "finished") | KINDS,
    transmission=by_run(_said),
)
