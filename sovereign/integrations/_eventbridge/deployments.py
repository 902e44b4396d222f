"""What CodeDeploy and ECS deploy, what the registry gets, and what Auto Scaling does with its machines."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._eventbridge.bus import Bus, Readers
from sovereign.integrations._reading import line, shown

DEPLOYMENTS: Mapping[str, tuple[str, Status, str]] = {
    "START": ("deployment.started", Status.RUNNING, "{what} is being deployed{to}"),
    "READY": ("deployment.started", Status.RUNNING, "{what} is ready to take over{to}"),
    "SUCCESS": ("service.deployed", Status.SUCCEEDED, "{what} was deployed{to}"),
    "FAILURE": ("deployment.failed", Status.FAILED, "The deployment of {what}{to} failed"),
    "STOP": ("deployment.cancelled", Status.CANCELLED, "The deployment of {what}{to} was stopped"),
}
SERVICES: Mapping[str, str] = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "START",
    "SERVICE_DEPLOYMENT_COMPLETED": "SUCCESS",
    "SERVICE_DEPLOYMENT_FAILED": "FAILURE",
}
"""What ECS says, in the words of CodeDeploy."""
OTHER_DEPLOYMENT = (
    "deployment.updated",
    Status.UNKNOWN,
    "The deployment of {what}{to} is in a state that is not known",
)


def _deployment(bus: Bus) -> Event:
    """Of CodeDeploy or of ECS. What one machine does is a check of the whole."""
    detail = bus.detail
    named, machine = line(detail, "deploymentId"), line(detail, "instanceId")
    cluster, _, service = _of_arn(bus.resources, ":service/").rpartition("/")
    what = line(detail, "application") or service or cluster
    if not named or not what:
        raise BadPayload("$.detail.deploymentId", "does not say what is deployed")
    state = line(detail, "state", "eventName")
    kind, status, did = DEPLOYMENTS.get(SERVICES.get(state, state), OTHER_DEPLOYMENT)
    group = line(detail, "deploymentGroup") or cluster
    where = f" to {group}" if group and group != what else ""
    to = f"{where} on {machine}" if machine else where
    fields = {"Group": group, "Machine": machine, "Deployment": named, "Reason": line(detail, "reason")}
    if machine:
        kind = "taskrun.finished" if status in FINISHED else "taskrun.started"
    event = bus.event(kind, what, did.format(what=what, to=to) + bus.place)
    return replace(
        event,
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        service=what,
        environment=group or None,
        check=machine or None,
        fields=(*shown(fields), *event.fields)[:6],
        conversation=f"{bus.source}:{bus.account}/{what}/{named}",
    )


IMAGES: Mapping[tuple[str, str], tuple[str, Status, str]] = {
    ("PUSH", "SUCCESS"): ("artifact.published", Status.INFO, "pushed"),
    ("DELETE", "SUCCESS"): ("artifact.deleted", Status.INFO, "deleted"),
    ("PUSH", "FAILURE"): ("artifact.failed", Status.FAILED, "could not be pushed"),
    ("DELETE", "FAILURE"): ("artifact.failed", Status.FAILED, "could not be deleted"),
}
OTHER_IMAGE = ("artifact.updated", Status.UNKNOWN, "changed in a way that is not known")


def _image(bus: Bus) -> Event:
    """A push to the registry, or a deletion."""
    detail = bus.detail
    repo, digest = line(detail, "repository-name"), line(detail, "image-digest")
    tag = line(detail, "image-tag") or digest[:19] or "untagged"
    done = (line(detail, "action-type"), line(detail, "result"))
    kind, status, did = IMAGES.get(done, OTHER_IMAGE)
    image = f"{repo or 'an unnamed repository'}:{tag}"
    event = bus.event(kind, image, f"{image} {did}{bus.place}")
    fields = (*shown({"Digest": digest}), *event.fields)
    severity = Severity.LOW if status is Status.FAILED else Severity.INFO
    return replace(event, service=repo or None, status=status, severity=severity, fields=fields)


def _scaling(bus: Bus) -> Event:
    """What an Auto Scaling group does with its machines; what it fails to do is told as an alert."""
    detail = bus.detail
    group, machine = line(detail, "AutoScalingGroupName"), line(detail, "EC2InstanceId", "instance-id")
    failed = line(detail, "StatusCode") == "Failed" or "Unsuccessful" in bus.type
    did = line(detail, "LifecycleTransition").removeprefix("autoscaling:") or line(detail, "state")
    about = f" in {group}" if group else ""
    title = f"{bus.type}{about}{': ' if did or machine else ''}{' '.join(filter(None, [did, machine]))}"
    event = bus.event(
        "incident.reported" if failed else "environment.modified", group or machine or "EC2", title
    )
    fields = {"Group": group, "Machine": machine, "Hook": line(detail, "LifecycleHookName")}
    return replace(
        event,
        name=bus.type if failed else "",
        text="\n".join(filter(None, [line(detail, "StatusMessage"), line(detail, "Cause")])),
        severity=Severity.MEDIUM if failed else Severity.INFO,
        service=group or None,
        fields=(*shown(fields), *event.fields)[:6],
    )


def _of_arn(resources: tuple[str, ...], mark: str) -> str:
    return next((arn.partition(mark)[2] for arn in resources if mark in arn), "")


READERS: Readers = {
    "CodeDeploy Deployment State-change Notification": _deployment,
    "CodeDeploy Instance State-change Notification": _deployment,
    "ECS Deployment State Change": _deployment,
    "ECR Image Action": _image,
    "EC2 Instance State-change Notification": _scaling,
    "EC2 Instance Launch Successful": _scaling,
    "EC2 Instance Launch Unsuccessful": _scaling,
    "EC2 Instance Terminate Successful": _scaling,
    "EC2 Instance Terminate Unsuccessful": _scaling,
    "EC2 Instance-launch Lifecycle Action": _scaling,
    "EC2 Instance-terminate Lifecycle Action": _scaling,
}
KINDS = frozenset(kind for kind, _, _ in (*DEPLOYMENTS.values(), OTHER_DEPLOYMENT)) | {
    "artifact.published",
    "artifact.deleted",
    "artifact.failed",
    "artifact.updated",
    "environment.modified",
    "incident.reported",
}
