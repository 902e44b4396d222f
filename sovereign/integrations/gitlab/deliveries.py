"""What is handed out: deployments and releases; a successful deployment is `service.deployed`."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._reading import count, line, link, prose, shown, when, words
from sovereign.integrations.gitlab._common import Delivery, Readers

DEPLOYMENTS: Mapping[str, tuple[str, Status, str]] = {
    "created": ("deployment.queued", Status.QUEUED, "queued the deployment of {what} to {where}"),
    "blocked": (
        "deployment.approval_requested",
        Status.QUEUED,
        "waits for approval to deploy {what} to {where}",
    ),
    "running": ("deployment.started", Status.RUNNING, "is deploying {what} to {where}"),
    "success": ("service.deployed", Status.SUCCEEDED, "deployed {what} to {where}"),
    "failed": ("deployment.failed", Status.FAILED, "failed to deploy {what} to {where}"),
    "canceled": ("deployment.cancelled", Status.CANCELLED, "cancelled the deployment of {what} to {where}"),
    "skipped": ("deployment.cancelled", Status.SKIPPED, "skipped the deployment of {what} to {where}"),
}
OTHER_STATE = ("deployment.updated", Status.UNKNOWN, "changed the deployment of {what} to {where}")
RELEASES = {
    "create": ("published", "published {it}"),
    "update": ("updated", "edited {it}"),
    "delete": ("deleted", "deleted {it}"),
}
OTHER_RELEASE = ("updated", "changed {it}")


def deployment(delivery: Delivery) -> Event:
    body = delivery.body
    number, ref, sha = line(body, "deployment_id"), line(body, "ref"), line(body, "short_sha")
    if not (named := number or sha):
        raise BadPayload("$.deployment_id", "is missing")
    environment, tier = line(body, "environment"), line(body, "environment_tier")
    kind, status, template = DEPLOYMENTS.get(line(body, "status"), OTHER_STATE)
    what = f"{delivery.place} {ref or sha}".strip()
    serious = Severity.HIGH if tier == "production" else Severity.MEDIUM
    fields = {
        "Environment": environment,
        "Tier": tier if tier != environment else "",
        "Version": ref or sha,
        "Commit": " ".join(filter(None, [sha, line(body, "commit_title")])),
        "Address": line(body, "environment_external_url"),
    }
    event = delivery.event(kind, template.format(what=what, where=environment or "an environment"))
    return replace(
        event,
        subject=what,
        name=line(body, "commit_title"),
        status=status,
        severity=serious if status is Status.FAILED else Severity.INFO,
        url=link(body, "deployable_url", "commit_url") or event.url,
        on_default_branch=delivery.on_default(ref),
        environment=environment or None,
        fields=shown(fields),
        occurred_at=when(body, "status_changed_at"),
        conversation=delivery.thread(f"/deployments/{named}"),
    )


def release(delivery: Delivery) -> Event:
    """GitLab does not say who did it."""
    body = delivery.body
    tag = line(body, "tag")
    if not tag:
        raise BadPayload("$.tag", "is missing")
    name = line(body, "name")
    kind, template = RELEASES.get(delivery.action, OTHER_RELEASE)
    did = template.format(it=f"release {tag} of {delivery.place}", did=words(delivery.action))
    links = len(body.list_at("assets", "links"))
    fields = {
        "Tag": tag,
        "Commit": line(body, "commit.id")[:8],
        "Assets": count(links, "file") if links else "",
    }
    event = delivery.event(f"release.{kind}", f"{did}: {name}" if name and name != tag else did)
    return replace(
        event,
        subject=f"{delivery.place} {tag}",
        name=name or tag,
        text=prose(body, "description"),
        url=link(body, "url") or event.url,
        fields=shown(fields),
        occurred_at=when(body, "released_at", "created_at") if kind == "published" else None,
        conversation=delivery.thread(f"/releases/{tag}"),
    )


READERS: Readers = {"deployment": deployment, "release": release}
KINDS = frozenset(kind for kind, _, _ in (*DEPLOYMENTS.values(), OTHER_STATE)) | frozenset(
    f"release.{kind}" for kind, _ in RELEASES.values()
)
