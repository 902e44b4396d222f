"""Images and charts: pushed, pulled, deleted, and what a scan found in them."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._findings import GRADES, Scan, event_of, grade_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations.harbor._common import Delivery, ended

SCANS = {"scan failed": "failed", "scan stopped": "stopped"}
"""Kinds of event that say by themselves how the scan ended."""
VERBS = {"artifact.published": "pushed", "artifact.downloaded": "pulled", "artifact.deleted": "deleted"}


def artifact(delivery: Delivery, kind: str) -> Event:
    _insist(delivery)
    title = f"{delivery.actor or 'Somebody'} {VERBS[kind]} {delivery.what}"
    return delivery.event(kind, title, delivery.what)


def scan(delivery: Delivery, told: str) -> Event:
    """The first of the reports on the first image; several scanners give several."""
    _insist(delivery)
    resources = delivery.facts.list_at("resources")
    reports = resources[0].get("scan_overview") if resources else None
    report = reports.at(reports.keys()[0]) if reports and reports.keys() else Payload({})
    verb, status = ended(SCANS.get(told) or line(report, "scan_status") or "success")
    if status is not Status.SUCCEEDED:
        event = delivery.event(
            "vulnerability.scan_failed", f"The scan of {delivery.what} {verb}", delivery.what
        )
        return replace(event, status=status, severity=Severity.LOW)
    scan = Scan(
        source="harbor",
        scanner=line(report, "scanner.name") or "Harbor",
        what=delivery.what,
        counts=_counts(report),
        thread=f"{delivery.repo}@{delivery.digest}",
        service=delivery.repo.rpartition("/")[2],
        more={
            "Fixable": line(report, "summary.fixable"),
            "Repository": delivery.repo,
            "Digest": delivery.digest[:19],
        },
    )
    return replace(event_of(scan), occurred_at=delivery.at)


def _insist(delivery: Delivery) -> None:
    """Raises BadPayload where the body names no image."""
    if not delivery.what:
        raise BadPayload("$.event_data.repository.repo_full_name", "is missing")


def _counts(report: Payload) -> dict[str, int]:
    """By Harbor's words; one that we do not know counts as unknown."""
    summary = report.get("summary", "summary")
    counts = dict.fromkeys(GRADES, 0)
    for word in summary.keys() if summary else ():
        counts[grade_of(word)] += max(summary.integer_at(word), 0) if summary else 0
    return {grade: number for grade, number in counts.items() if number}
