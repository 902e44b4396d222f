"""Deployments: asked for, approved, under way, done; a successful one is `service.deployed`."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.github._common import Delivery, Readers

DEPLOYMENTS: Mapping[str, tuple[str, Status, str]] = {
    "pending": ("deployment.queued", Status.QUEUED, "queued the deployment of {what} to {where}"),
    "queued": ("deployment.queued", Status.QUEUED, "queued the deployment of {what} to {where}"),
    "waiting": ("deployment.queued", Status.QUEUED, "waits to deploy {what} to {where}"),
    "in_progress": ("deployment.started", Status.RUNNING, "is deploying {what} to {where}"),
    "success": ("service.deployed", Status.SUCCEEDED, "deployed {what} to {where}"),
    "failure": ("deployment.failed", Status.FAILED, "failed to deploy {what} to {where}"),
    "error": ("deployment.failed", Status.FAILED, "failed to deploy {what} to {where}"),
    "inactive": ("deployment.retired", Status.INFO, "replaced the deployment of {what} to {where}"),
}
OTHER_STATE = ("deployment.updated", Status.UNKNOWN, "changed the deployment of {what} to {where}")
REVIEWS: Mapping[str, tuple[str, Status, str]] = {
    "requested": ("approval_requested", Status.QUEUED, "asks for approval to deploy {what} to {where}"),
    "approved": ("reviewed", Status.APPROVED, "approved the deployment of {what} to {where}"),
    "rejected": ("reviewed", Status.CANCELLED, "rejected the deployment of {what} to {where}"),
}
OTHER_REVIEW = ("reviewed", Status.UNKNOWN, "reviewed the deployment of {what} to {where}")


def deployment(delivery: Delivery) -> Event:
    found = delivery.body.at("deployment")
    did = "asked to deploy {what} to {where}"
    return _deployment(delivery, found, "deployment.created", Status.QUEUED, did, _environment(found))


def deployment_status(delivery: Delivery) -> Event:
    found, state = delivery.body.at("deployment"), delivery.body.at("deployment_status")
    kind, status, did = DEPLOYMENTS.get(line(state, "state"), OTHER_STATE)
    environment = line(state, "environment") or _environment(found)
    event = _deployment(delivery, found, kind, status, did, environment)
    serious = Severity.HIGH if found.flag("production_environment") else Severity.MEDIUM
    address = line(state, "environment_url")
    return replace(
        event,
        severity=serious if status is Status.FAILED else Severity.INFO,
        text=prose(state, "description") or event.text,
        url=link(state, "log_url", "target_url", "environment_url") or event.url,
        fields=(*event.fields, ("Address", address)) if address else event.fields,
        occurred_at=when(state, "updated_at", "created_at"),
    )


def deployment_review(delivery: Delivery) -> Event:
    """A workflow that waits for people before it may deploy. Not every body says which run it is."""
    body = delivery.body
    run, environment = body.get("workflow_run"), _reviewed(body)
    if not run and not environment:
        raise BadPayload("$.workflow_run", "is missing")
    branch, sha = line(run, "head_branch"), line(run, "head_sha")
    what = f"{delivery.place} {branch or sha[:7]}".strip()
    kind, status, did = REVIEWS.get(delivery.action, OTHER_REVIEW)
    named = line(run, "id") or sha
    return replace(
        delivery.event(f"deployment.{kind}", did.format(what=what, where=environment or "an environment")),
        subject=what,
        name=line(run, "name"),
        status=status,
        text=prose(body, "comment", "approver_comment"),
        url=link(run, "html_url"),
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
        environment=environment or None,
        occurred_at=when(body, "since") or when(run, "updated_at"),
        conversation=delivery.thread(f"/runs/{named}/{environment}") if named else None,
    )


def _reviewed(body: Payload) -> str:
    """The environment under review: a body names it itself, or in one of the jobs that wait for it."""
    jobs = [line(job, "environment") for job in body.list_at("workflow_job_runs")]
    return line(body, "environment", "workflow_job_run.environment") or next(filter(None, jobs), "")


def deployment_protection_rule(delivery: Delivery) -> Event:
    """A deployment that waits for an app's verdict; some bodies carry no deployment."""
    body = delivery.body
    environment, found = line(body, "environment"), body.get("deployment")
    if not found and not environment:
        raise BadPayload("$.environment", "is missing")
    kind, status, did = REVIEWS["requested"]
    if found:
        return _deployment(delivery, found, f"deployment.{kind}", status, did, environment)
    did = did.format(what=delivery.place, where=environment)
    return replace(delivery.event(f"deployment.{kind}", did), status=status, environment=environment)


def _environment(found: Payload) -> str:
    return line(found, "environment", "original_environment")


def _deployment(
    delivery: Delivery, found: Payload, kind: str, status: Status, did: str, environment: str
) -> Event:
    ref, sha = line(found, "ref"), line(found, "sha")[:7]
    named = line(found, "id") or sha
    if not named:
        raise BadPayload("$.deployment.id", "is missing")
    what = f"{delivery.place} {ref or sha}".strip()
    branch = "" if sha and ref.startswith(sha) else ref.removeprefix("refs/heads/")
    fields = {"Environment": environment, "Version": ref or sha, "Commit": sha}
    return replace(
        delivery.event(kind, did.format(what=what, where=environment or "an environment")),
        subject=what,
        status=status,
        text=prose(found, "description"),
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
        environment=environment or None,
        fields=shown(fields),
        occurred_at=when(found, "updated_at", "created_at"),
        conversation=delivery.thread(f"/deployments/{named}"),
    )


READERS: Readers = {
    "deployment": deployment,
    "deployment_status": deployment_status,
    "deployment_review": deployment_review,
    "deployment_protection_rule": deployment_protection_rule,
}
KINDS = frozenset(kind for kind, _, _ in (*DEPLOYMENTS.values(), OTHER_STATE)) | {
    "deployment.created",
    "deployment.approval_requested",
    "deployment.reviewed",
}
