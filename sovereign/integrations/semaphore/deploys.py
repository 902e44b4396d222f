"""Deploys of Semaphore Classic: a build that went to a server."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, link, prose, shown, when

RESULTS: Mapping[str, tuple[str, Status, str]] = {
    "passed": ("service.deployed", Status.SUCCEEDED, "deployed {what} to {where}"),
    "failed": ("deployment.failed", Status.FAILED, "failed to deploy {what} to {where}"),
    "stopped": ("deployment.failed", Status.CANCELLED, "stopped the deploy of {what} to {where}"),
    "pending": ("deployment.started", Status.RUNNING, "is deploying {what} to {where}"),
}
OTHER = ("deployment.updated", Status.UNKNOWN, "reported no known state of the deploy of {what} to {where}")


def of_deploy(payload: Payload) -> Event:
    kind, status, did = RESULTS.get(line(payload, "result"), OTHER)
    project, server = line(payload, "project_name") or "a project", line(payload, "server_name") or "a server"
    number, build = line(payload, "number"), line(payload, "build_number")
    what = f"{project} {line(payload, 'branch_name')}".strip()
    start, end = when(payload, "started_at", "created_at"), when(payload, "finished_at")
    who = line(payload, "commit.author_name")
    title = f"Semaphore {did.format(what=what, where=server)}"
    fields = {
        "Environment": server,
        "Build": f"#{build}" if build else "",
        "Commit": line(payload, "commit.id")[:7],
        "Duration": duration(between(start, end)),
    }
    return Event(
        source="semaphore",
        kind=kind,
        subject=what,
        title=f"{title} ({who})" if who else title,
        text=prose(payload, "commit.message").partition("\n")[0],
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        url=link(payload, "html_url", "build_html_url"),
        actor=who or None,
        service=project,
        environment=server,
        branch=line(payload, "branch_name") or None,
        fields=shown(fields),
        occurred_at=end or start,
        conversation=f"semaphore:{project}/{server}/{number}" if number else None,
    )


KINDS = frozenset(kind for kind, _, _ in (*RESULTS.values(), OTHER))
