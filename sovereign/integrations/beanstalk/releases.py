"""What else is told of a repository: remarks on its commits, and releases to its servers."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown
from sovereign.integrations.beanstalk._common import event_of, place_of

RELEASES: Mapping[str, tuple[str, Status, str]] = {
    "waiting": ("deployment.queued", Status.QUEUED, "queued the deployment of {what} to {where}"),
    "pending": ("deployment.started", Status.RUNNING, "is deploying {what} to {where}"),
    "success": ("service.deployed", Status.SUCCEEDED, "deployed {what} to {where}"),
    "failed": ("deployment.failed", Status.FAILED, "failed to deploy {what} to {where}"),
    "skipped": ("deployment.cancelled", Status.SKIPPED, "skipped the deployment of {what} to {where}"),
}
OTHER = (
    "deployment.updated",
    Status.UNKNOWN,
    "reported no known state of the deployment of {what} to {where}",
)


def comment(found: Payload) -> Event:
    place, number = place_of(found), line(found, "revision", "changeset_id")
    where = f"commit {number[:10]} in {place}" if number else place
    return replace(
        event_of(found, "commit.commented", f"commented on {where}"), text=prose(found, "body", "message")
    )


def release(found: Payload) -> Event:
    kind, status, did = RELEASES.get(line(found, "state"), OTHER)
    place, number = place_of(found), line(found, "id")
    where = line(found, "environment_name", "server_name") or "a server"
    revision = line(found, "revision")
    return replace(
        event_of(found, kind, did.format(what=f"{place} {revision[:10]}".strip(), where=where)),
        text=prose(found, "comment"),
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        environment=where,
        fields=shown({"Revision": revision}),
        conversation=f"beanstalk:{place}/releases/{number}" if number else None,
    )
