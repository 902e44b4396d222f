"""What the findings of all scanners share: how bad they are, and whether they are found, or done with."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when
from sovereign.integrations.github._common import Delivery
from sovereign.integrations.github.numbered import OTHER_ACTION, told

SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    # Code scanning grades findings that are no vulnerabilities in a linter's words.
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.INFO,
}
FOUND: Mapping[str, str] = {
    "create": "reported {it}",
    "created": "reported {it}",
    "reopen": "reopened {it}",
    "reopened": "reopened {it}",
    "reopened_by_user": "reopened {it}",
    "auto_reopened": "reopened {it}",
    "reintroduced": "found {it} again",
    "appeared_in_branch": "found {it} in another branch",
    "publicly_leaked": "found the secret of {it} in public",
}
ENDED: Mapping[str, str] = {
    "fixed": "marked {it} as fixed",
    "closed_by_user": "closed {it}",
    "dismiss": "dismissed {it}",
    "dismissed": "dismissed {it}",
    "auto_dismissed": "dismissed {it}",
    "resolve": "resolved {it}",
    "resolved": "resolved {it}",
    "revoked": "marked the secret of {it} as revoked",
}
"""Actions → what the actor did with the finding; any other action is an update."""

VULNERABILITY = {True: "vulnerability.detected", False: "vulnerability.resolved"}


def finding(delivery: Delivery, alert: Payload, noun: str, family: str, *, update: str = "") -> Event:
    """What every alert of one of the scanners says; `update` are words for what is news about a known one."""
    number = line(alert, "number", "id")
    if not number:
        raise BadPayload("$.alert.number", "is missing")
    action = "" if update else delivery.action or "created"
    found, ended = FOUND.get(action), ENDED.get(action)
    kind, status = "vulnerability.updated", Status.INFO
    if found or ended:
        kind = VULNERABILITY[bool(found)]
        status = Status.OPEN if found else Status.RESOLVED
    template = found or ended or update or OTHER_ACTION[1]
    return replace(
        delivery.event(kind, told(delivery, template, f"{noun} #{number} in {delivery.place}")),
        subject=f"{delivery.place} {noun} #{number}",
        status=status,
        url=link(alert, "html_url") or link(delivery.body, "repository.html_url"),
        occurred_at=when(alert, "updated_at", "dismissed_at", "fixed_at", "resolved_at", "created_at"),
        conversation=delivery.thread(f"/{family}/{number}"),
    )


def named(event: Event, name: str) -> Event:
    """The event of a finding, with what was found."""
    return replace(event, name=name, title=f"{event.title}: {name}") if name else event


def graded(word: str) -> Severity:
    """Our word for GitHub's; a word that we do not know stays unknown."""
    return SEVERITIES.get(word.lower(), Severity.UNKNOWN)
