"""Releases of Azure Pipelines on their way through environments, and stages that wait for approval."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.azuredevops._common import Delivery, Readers, name_of

OUTCOMES: Mapping[str, tuple[str, Status, str]] = {
    "succeeded": ("service.deployed", Status.SUCCEEDED, "deployed {it}"),
    "partiallysucceeded": ("deployment.failed", Status.FAILED, "deployed {it} in part"),
    "rejected": ("deployment.failed", Status.FAILED, "failed to deploy {it}"),
    "failed": ("deployment.failed", Status.FAILED, "failed to deploy {it}"),
    "canceled": ("deployment.cancelled", Status.CANCELLED, "cancelled the deployment of {it}"),
    "cancelled": ("deployment.cancelled", Status.CANCELLED, "cancelled the deployment of {it}"),
}
OTHER_OUTCOME = ("deployment.updated", Status.UNKNOWN, "ended the deployment of {it}")
VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved the deployment of {it}"),
    "rejected": (Status.CANCELLED, "rejected the deployment of {it}"),
    "canceled": (Status.CANCELLED, "cancelled the approval of {it}"),
    "timedout": (Status.CANCELLED, "let the approval of {it} time out"),
}
OTHER_VERDICT = (Status.UNKNOWN, "decided on the deployment of {it}")
RELEASES: Mapping[str, tuple[str, Status, str, str]] = {
    "ms.vss-release.release-created-event": (
        "deployment.created",
        Status.QUEUED,
        "created {it}",
        "createdBy",
    ),
    "ms.vss-release.release-abandoned-event": (
        "deployment.cancelled",
        Status.CANCELLED,
        "abandoned {it}",
        "modifiedBy",
    ),
}
RELEASE_PATHS = ("environment.release", "deployment.release", "approval.release", "release")
ENVIRONMENTS = (
    "environment.name",
    "deployment.releaseEnvironment.name",
    "approval.releaseEnvironment.name",
)
DEFINITIONS = (
    "environment.releaseDefinition.name",
    "deployment.releaseDefinition.name",
    "approval.releaseDefinition.name",
    "release.releaseDefinition.name",
)


def release(delivery: Delivery) -> list[Event]:
    kind, status, template, by = RELEASES[delivery.type]
    return [_event(delivery, kind, status, template, delivery.thing.get("release", by))]


def started(delivery: Delivery) -> list[Event]:
    template = "is deploying {it}"
    return [_event(delivery, "deployment.started", Status.RUNNING, template, _asker(delivery))]


def completed(delivery: Delivery) -> list[Event]:
    thing = delivery.thing
    word = line(thing, "environment.status", "deployment.deploymentStatus").lower()
    kind, status, template = OUTCOMES.get(word, OTHER_OUTCOME)
    return [_event(delivery, kind, status, template, _asker(delivery))]


def approval_pending(delivery: Delivery) -> list[Event]:
    kind, template = "deployment.approval_requested", "approval is needed to deploy {it}"
    event = _event(delivery, kind, Status.QUEUED, template, None)
    waits = _approver(delivery)
    return [replace(event, fields=(*event.fields, ("Waits for", waits)) if waits else event.fields)]


def approval_completed(delivery: Delivery) -> list[Event]:
    approval = delivery.thing.at("approval")
    word = line(approval, "status").lower()
    status, template = VERDICTS.get(word, OTHER_VERDICT)
    event = _event(delivery, "deployment.reviewed", status, template, approval.get("approvedBy"))
    who = _approver(delivery)
    if event.actor or not who:
        return [event]
    return [replace(event, actor=who, title=f"{who} {event.title[:1].lower()}{event.title[1:]}")]


def _asker(delivery: Delivery) -> Payload | None:
    thing = delivery.thing
    return (
        thing.get("deployment", "requestedFor")
        or thing.get("deployment", "requestedBy")
        or thing.get("environment", "release", "createdBy")
        or thing.get("environment", "owner")
    )


def _approver(delivery: Delivery) -> str:
    """Who has decided, or is to: the steps of a stage's approval name them one by one."""
    approval = delivery.thing.get("approval")
    steps = approval.list_at("steps") if approval else []
    people = [one.get("actualApprover") or one.get("assignedApprover") for one in steps]
    names = ", ".join(name for one in people if (name := name_of(one)))
    return names or name_of(approval.get("approver") if approval else None)


def _event(delivery: Delivery, kind: str, status: Status, template: str, who: Payload | None) -> Event:
    thing = delivery.thing
    release = next((one for path in RELEASE_PATHS if _named(one := thing.get(*path.split(".")))), None)
    environment, definition = line(thing, *ENVIRONMENTS, "stageName"), line(thing, *DEFINITIONS)
    pipeline = line(thing, "pipeline.name", "run.pipeline.name")
    name = line(release, "name") or line(thing, "run.name")
    number = line(release, "id") or line(thing, "run.id", "approval.id")
    if not number:
        raise BadPayload("$.resource", "names no release and no run")
    service = definition or pipeline
    what = " ".join(part for part in (service, name) if part) or "a run"
    it = f"{what} to {environment}" if environment else what
    place = f" in {delivery.project}" if delivery.project else ""
    event = delivery.event(kind, f"{template.format(it=it)}{place}", who)
    fields = {
        "Environment": environment,
        "Pipeline": service,
        "Release": name,
        "Reason": line(release, "reason") if line(release, "reason") != "none" else "",
    }
    return replace(
        event,
        subject=what,
        name=name,
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        text=prose(release, "description") or prose(thing, "approval.comments", "approval.instructions"),
        url=event.url or link(release, "_links.web.href") or link(thing, "run._links.web.href"),
        service=service or delivery.project or None,
        environment=environment or None,
        fields=shown(fields),
        occurred_at=delivery.at or when(release, "modifiedOn"),
        conversation=delivery.in_project(f"/releases/{number}/{environment}".rstrip("/")),
    )


def _named(release: Payload | None) -> bool:
    """Some bodies carry an empty release beside the true one."""
    return bool(line(release, "name"))


READERS: Readers = {
    **dict.fromkeys(RELEASES, release),
    "ms.vss-release.deployment-started-event": started,
    "ms.vss-release.deployment-completed-event": completed,
    "ms.vss-release.deployment-approval-pending-event": approval_pending,
    "ms.vss-release.deployment-approval-completed-event": approval_completed,
    "ms.vss-pipelinechecks-events.approval-pending": approval_pending,
    "ms.vss-pipelinechecks-events.approval-completed": approval_completed,
}
KINDS = frozenset(kind for kind, _, _ in (*OUTCOMES.values(), OTHER_OUTCOME)) | {
    "deployment.created",
    "deployment.started",
    "deployment.approval_requested",
    "deployment.reviewed",
}
