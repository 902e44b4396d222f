"""Harbor: images pushed, scanned and deleted, quotas, replication and retention.

https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/

Both payload formats are read, and the event names of version 1. Harbor signs nothing: what is
entered as the webhook's auth header comes as `Authorization`, so enter `Bearer SECRET`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Source, Transmission, brief, by_body
from sovereign.integrations._verify import static_secret
from sovereign.integrations.harbor._common import Delivery
from sovereign.integrations.harbor.images import VERBS, artifact, scan
from sovereign.integrations.harbor.projects import quota, replication, retention

TYPES: Mapping[str, str] = {
    "PUSH_ARTIFACT": "artifact.published",
    "pushImage": "artifact.published",
    "UPLOAD_CHART": "artifact.published",
    "harbor.artifact.pushed": "artifact.published",
    "PULL_ARTIFACT": "artifact.downloaded",
    "pullImage": "artifact.downloaded",
    "DOWNLOAD_CHART": "artifact.downloaded",
    "harbor.artifact.pulled": "artifact.downloaded",
    "DELETE_ARTIFACT": "artifact.deleted",
    "deleteImage": "artifact.deleted",
    "DELETE_CHART": "artifact.deleted",
    "harbor.artifact.deleted": "artifact.deleted",
    "SCANNING_COMPLETED": "scanned",
    "scanningCompleted": "scanned",
    "harbor.scan.completed": "scanned",
    "SCANNING_FAILED": "scan failed",
    "scanningFailed": "scan failed",
    "harbor.scan.failed": "scan failed",
    "SCANNING_STOPPED": "scan stopped",
    "harbor.scan.stopped": "scan stopped",
    "QUOTA_EXCEED": "quota exceeded",
    "harbor.quota.exceeded": "quota exceeded",
    "QUOTA_WARNING": "quota nearly used up",
    "harbor.quota.warned": "quota nearly used up",
    "REPLICATION": "replicated",
    "harbor.replication.status.changed": "replicated",
    "TAG_RETENTION": "retained",
    "harbor.tag_retention.finished": "retained",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    delivery = Delivery.read(Payload.from_json(body))
    told = TYPES.get(delivery.type, "")
    if told in VERBS:
        return [artifact(delivery, told)]
    if told.startswith("scan"):
        return [scan(delivery, told)]
    if told.startswith("quota"):
        return [quota(delivery, told)]
    if told in ("replicated", "retained"):
        return [replication(delivery) if told == "replicated" else retention(delivery)]
    what = f"{delivery.type} of {delivery.what}" if delivery.what else delivery.type
    return [delivery.event("harbor.event", f"Harbor sent {what or 'something'}", "Harbor")]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """CloudEvents are numbered; the other format is not."""
    try:
        payload = Payload.from_json(body)
        id, source = (line(payload, key) for key in ("id", "source"))
    except BadPayload:
        return by_body(headers, body)
    return Transmission(key=f"event:{brief(source)}:{brief(id)}") if id else by_body(headers, body)


SOURCE = Source(
    slug="harbor",
    title="Harbor",
    docs="https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/",
    home="deployments",
    secret="env://HARBOR_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(VERBS)
    | {"vulnerability.detected", "vulnerability.scanned", "vulnerability.scan_failed"}
    | {"incident.reported", "artifact.replicated", "artifact.retained"},
    quiet=frozenset({"artifact.downloaded", "vulnerability.scanned"}),
    transmission=transmission,
)
