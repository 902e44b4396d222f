"""Trivy: the report of a scan, and the reports that its operator keeps in a cluster.

https://trivy.dev/latest/docs/configuration/reporting/

Trivy itself sends nothing: post what `trivy image --format json` writes, with a bearer token. The
operator posts its reports to OPERATOR_WEBHOOK_BROADCAST_URL, with
OPERATOR_WEBHOOK_BROADCAST_CUSTOM_HEADERS `Authorization:Bearer SECRET`, and those that it deletes
with OPERATOR_SEND_DELETED_REPORTS. What is read of them rests on the schema of the reports, as the
operator documents it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import by_problem
from sovereign.integrations._findings import Finding, Scan, counted, event_of, grade_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

VULNERABILITY = ("vulnerability", "vulnerabilities")
PROBLEM = ("problem", "problems")
NOUNS: Mapping[str, tuple[str, str]] = {
    "VulnerabilityReport": VULNERABILITY,
    "ClusterVulnerabilityReport": VULNERABILITY,
    "ExposedSecretReport": ("exposed secret", "exposed secrets"),
}
"""What the operator's reports count; all others count checks that failed."""
SUMMARY = ("critical", "high", "medium", "low", "unknown")
LABELS = "trivy-operator."
IMAGE = "container_image"


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    found = payload.get("operatorObject") or payload
    if found.get("report") is None:
        return [_of_scan(found)]
    event = _of_report(found)
    return [_gone(event) if line(payload, "verb").lower() == "delete" else event]


def _of_scan(payload: Payload) -> Event:
    payload.at("ArtifactName")
    what = line(payload, "ArtifactName") or "something without a name"
    results = payload.list_at("Results")
    findings = tuple(
        _finding(one, line(result, "Target"))
        for result in results
        for key in ("Vulnerabilities", "Misconfigurations", "Secrets")
        for one in result.list_at(key)
        if line(one, "Status") != "PASS"
    )
    only = all(not result.get(key) for result in results for key in ("Misconfigurations", "Secrets"))
    scan = Scan(
        source="trivy",
        scanner="Trivy",
        what=what,
        counts=counted(findings),
        thread=what,
        findings=findings,
        nouns=VULNERABILITY if only else PROBLEM,
        service=_image_name(what) if line(payload, "ArtifactType") == IMAGE else "",
        more={
            "Type": line(payload, "ArtifactType").replace("_", " "),
            "System": " ".join(
                filter(None, (line(payload, f"Metadata.OS.{key}") for key in ("Family", "Name")))
            ),
            "Targets": str(len(results)),
        },
    )
    return replace(event_of(scan), occurred_at=when(payload, "CreatedAt"))


def _of_report(found: Payload) -> Event:
    labels, report = found.get("metadata", "labels"), found.at("report")
    kind, name = line(found, "kind"), line(found, "metadata.name")
    image = ":".join(filter(None, (line(report, f"artifact.{key}") for key in ("repository", "tag"))))
    resource = _label(labels, "resource.name")
    what = resource or image or name or "something without a name"
    namespace = _label(labels, "resource.namespace") or line(found, "metadata.namespace")
    scan = Scan(
        source="trivy",
        scanner="Trivy",
        what=f"{namespace}/{what}" if namespace else what,
        counts=_counts(report),
        thread=f"{kind}/{namespace}/{name or what}",
        findings=_findings(report),
        nouns=NOUNS.get(kind, PROBLEM),
        service=_label(labels, "container.name") or resource,
        more={
            "Image": image,
            "Kind": _label(labels, "resource.kind"),
            "Container": _label(labels, "container.name"),
            "Namespace": namespace,
        },
    )
    return replace(event_of(scan), occurred_at=when(report, "updateTimestamp"))


def _image_name(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def _gone(event: Event) -> Event:
    title = f"Trivy's report on {event.subject} is deleted"
    return replace(
        event,
        kind="vulnerability.resolved",
        title=title,
        text="",
        status=Status.CLOSED,
        severity=Severity.INFO,
    )


def _findings(report: Payload) -> tuple[Finding, ...]:
    found = [one for key in ("vulnerabilities", "secrets", "checks") for one in report.list_at(key)]
    return tuple(
        Finding(
            grade=grade_of(line(one, "severity")),
            id=line(one, "vulnerabilityID", "ruleID", "checkID") or "a finding",
            where=" ".join(filter(None, (line(one, "resource", "target"), line(one, "installedVersion")))),
            title=line(one, "title"),
            fix=line(one, "fixedVersion"),
        )
        for one in found
        if not one.flag("success")
    )


def _finding(one: Payload, target: str) -> Finding:
    package = " ".join(filter(None, (line(one, "PkgName"), line(one, "InstalledVersion"))))
    return Finding(
        grade=grade_of(line(one, "Severity")),
        id=line(one, "VulnerabilityID", "ID", "RuleID") or "a finding",
        where=package or target,
        title=line(one, "Title"),
        fix=line(one, "FixedVersion"),
    )


def _counts(report: Payload) -> dict[str, int]:
    found = {grade: report.integer_at("summary", f"{grade}Count") for grade in SUMMARY}
    return {grade: number for grade, number in found.items() if number > 0}


def _label(labels: Payload | None, name: str) -> str:
    found = labels.get(f"{LABELS}{name}") if labels else None
    return " ".join(found.text().split()) if found else ""


def _subject(headers: Headers, body: bytes) -> str:
    (event,) = parse(headers, body)
    return event.conversation or ""


SOURCE = Source(
    slug="trivy",
    title="Trivy",
    docs="https://aquasecurity.github.io/trivy-operator/latest/tutorials/integrations/webhook/",
    home="alerts",
    secret="env://TRIVY_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"vulnerability.detected", "vulnerability.resolved", "vulnerability.scanned"}),
    quiet=frozenset({"vulnerability.scanned"}),
    transmission=by_problem(_subject),
)
