"""Snyk: what a test of a project found since the one before.

https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis

Snyk sends a snapshot after every test, mostly with nothing new; such are kept and not posted. It
signs with the secret that the call which creates the webhook gives; its webhooks are in beta.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._findings import (
    GRADES,
    MOST_TOLD,
    Finding,
    Scan,
    counted,
    event_of,
    grade_of,
    in_words,
    worst_first,
)
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import count, line, link, when
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._stringified import raw_or_stringified
from sovereign.integrations._verify import hmac_sha256

EVENT_HEADER, TIME_HEADER = "x-snyk-event", "x-snyk-timestamp"
DELIVERY_HEADER = "x-snyk-transport-id"


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    payload.require_object()
    type = headers.get(EVENT_HEADER, "").partition("/")[0]
    if type == "ping" or (not type and payload.get("webhookId")):
        return [_ping(payload)]
    at = when(Payload({"at": headers.get(TIME_HEADER)}), "at")
    return [replace(event, occurred_at=at) for event in _snapshot(payload)]


def _snapshot(payload: Payload) -> list[Event]:
    """What is gone first, so that what is new has the last word."""
    new = _findings([one for one in payload.list_at("newIssues") if not one.flag("isIgnored")])
    gone = _findings(payload.list_at("removedIssues"))
    left = _left(payload)
    scan = _scan(payload, new, left)
    scanned = event_of(scan)
    found = [_detected(scanned, new, scan.what)] if new else []
    nothing = [replace(scanned, title=f"Snyk tested {scan.what} and found nothing new", status=Status.INFO)]
    ended = [_resolved(scanned, gone, left, scan.what)] if gone else []
    return [*ended, *found] or nothing


def _scan(payload: Payload, new: tuple[Finding, ...], left: dict[str, int]) -> Scan:
    project = payload.at("project")
    name, id = line(project, "name"), line(project, "id")
    if not name or not id:
        raise BadPayload("$.project", "has no name or no id")
    return Scan(
        source="snyk",
        scanner="Snyk",
        what=name,
        counts=counted(new),
        thread=f"projects/{id}",
        findings=new,
        url=link(project, "browseUrl"),
        service=name.partition(":")[0],
        more={
            "Still open": in_words(left),
            "Organization": line(payload, "org.name"),
            "Type": line(project, "type"),
            "Image": ":".join(filter(None, (line(project, "imageId")[:19], line(project, "imageTag")))),
        },
    )


def _detected(scanned: Event, new: tuple[Finding, ...], what: str) -> Event:
    first = worst_first(new)[0]
    more = f" and {len(new) - 1} more" if len(new) > 1 else ""
    title = f"Snyk found {first.title or first.id} in {first.where or 'a package'}{more} in {what}"
    return replace(scanned, title=f"{title}: {in_words(counted(new))}")


def _resolved(scanned: Event, gone: tuple[Finding, ...], left: dict[str, int], what: str) -> Event:
    named = ", ".join(finding.title or finding.id for finding in worst_first(gone)[:MOST_TOLD])
    return replace(
        scanned,
        kind="vulnerability.resolved",
        title=f"Snyk no longer finds {count(len(gone), 'issue')} in {what}: {named}",
        text="",
        status=Status.INFO if any(left.values()) else Status.RESOLVED,
    )


def _findings(issues: list[Payload]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            grade=grade_of(line(issue, "issueData.severity", "severity")),
            id=line(issue, "issueData.id", "id") or "an issue without a name",
            where=" ".join(filter(None, (line(issue, "pkgName"), _version(issue)))),
            title=line(issue, "issueData.title"),
            fix=line(issue, "fixInfo.nearestFixedInVersion", "issueData.nearestFixedInVersion"),
        )
        for issue in issues
    )


def _version(issue: Payload) -> str:
    return one_line(", ".join(one.scalar() for one in issue.list_at("pkgVersions")[:3]))


def _left(payload: Payload) -> dict[str, int]:
    counts = payload.get("project", "issueCountsBySeverity")
    return {grade: counts.integer_at(grade) for grade in GRADES} if counts else {}


def _ping(payload: Payload) -> Event:
    return Event(
        source="snyk",
        kind="ping.received",
        subject=line(payload, "webhookId") or "webhook",
        title="Snyk tried this webhook",
    )


SOURCE = Source(
    slug="snyk",
    title="Snyk",
    docs="https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/webhooks",
    home="alerts",
    secret="env://SNYK_WEBHOOK_SECRET",
    scheme=raw_or_stringified(hmac_sha256("x-hub-signature", prefix="sha256=")),
    parse=parse,
    kinds=frozenset({"vulnerability.detected", "vulnerability.resolved", "vulnerability.scanned"})
    | {"ping.received"},
    quiet=frozenset({"vulnerability.scanned", "ping.received"}),
    transmission=by_header(DELIVERY_HEADER),
    delivery_header=DELIVERY_HEADER,
    shown_headers=frozenset({EVENT_HEADER, TIME_HEADER, DELIVERY_HEADER}),
)
